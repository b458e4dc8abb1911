// Finetuning under a fixed mask against PyTorch's ten steps (test/fixtures/models/pruned.py).

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InitialRecipe } from "../../src/mask/metadata.ts";
import { readConfig } from "../../src/model/config.ts";
import { expectedTensors } from "../../src/model/tensors.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { maskedWeights, masksBy } from "../../src/recipe/fixed.ts";
import { scoredWeights } from "../../src/recipe/units.ts";
import { close } from "./close.ts";
import { maskedMatrices, referenceBatch, referenceProgram } from "./reference-program.ts";
import { FAMILIES, tensors } from "./ten-steps.ts";

/** The smallest half of each matrix, as in pruned.py. */
const SMALLEST: InitialRecipe = {
  ...{ generator: "philox4x32-10", kind: "magnitude" },
  ...{ maskSeed: 1, threshold: 0.01, sparsity: 0.5, low: -0.02, high: 0.04 },
};

for (const family of FAMILIES)
  for (const parts of [1, 2])
    test(`${family}: ten steps of finetuning what a mask keeps give PyTorch's losses and weights (batches a step: ${parts})`, async () => {
      const folder = `test/fixtures/models/tiny-${family}`;
      const [want, matrices] = [await tensors(family, "pruned"), await maskedMatrices(family)];
      const pretrained = await openPretrained(folder);
      const weightsOf = (name: string) => pretrained.readFloat32(name);
      const { tensors: start, sparsity } = await maskedWeights(weightsOf, masksBy(SMALLEST), scoredWeights(matrices));
      await pretrained.close();
      assert.equal(sparsity, 0.5);
      const program = await referenceProgram(family, {
        matrices: [],
        trained: [
          ...new Set([...expectedTensors(await readConfig(folder)).keys(), ...(await tensors(family, "model")).keys()]),
        ],
        pruned: start.map(({ name }) => name),
      });
      program.adapt({ matrices: [], tensors: start });
      const batch = await referenceBatch(family);
      const batches = Array<typeof batch>(parts).fill(batch); // the same rows twice have the same mean
      const losses: number[] = [];
      for (let step = 1; step <= 10; step++)
        losses.push((await program.step(batches, { step, learningRate: 1e-3 })).loss);
      close(losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
      close(await program.logits(batch), want.get("logits.10")!.data as Float32Array, 1e-4, "logits");
      const { tensors: trained } = await program.adaptation();
      for (const { name } of start) {
        const have = trained.find((tensor) => tensor.name === name)!.data;
        const pruned = want.get(`param.10.${name}`)!.data as Float32Array;
        for (const [i, value] of pruned.entries()) assert.equal(have[i] === 0, value === 0, `${name}[${i}]`);
        close(have, pruned, 1e-3, name);
      }
      assert.deepEqual(want.left, []);
      await program.release();
    });
