// A running mean of the scores, whose mask is evaluated, against PyTorch's ten steps (test/fixtures/models/average.py).

import assert from "node:assert/strict";
import { test } from "node:test";
import { close } from "./close.ts";
import { maskedMatrices, referenceBatch, referenceProgram } from "./reference-program.ts";
import { FAMILIES, maskedReference, tensors } from "./ten-steps.ts";

for (const family of FAMILIES)
  for (const [residence, parts] of [
    ["process", 1],
    ["process", 2],
    ["device", 1],
    ["device", 2],
  ] as const)
    test(`${family}: the mean of the scores over ten steps and its mask's logits are PyTorch's (${residence}, batches a step: ${parts})`, async () => {
      const [{ start }, want] = [await maskedReference(family), await tensors(family, "average")];
      const masked = await maskedMatrices(family);
      const create = () =>
        referenceProgram(family, {
          ...{ matrices: masked, trained: [], residence, scoreAverage: 0.8 },
          initialScores: ({ name }) => start.get(name)!.data as Float32Array,
        });
      let program = await create();
      const batch = await referenceBatch(family);
      const batches = Array<typeof batch>(parts).fill(batch); // the same rows twice have the same mean
      const losses: number[] = [];
      for (let step = 1; step <= 10; step++) {
        losses.push((await program.step(batches, { step, learningRate: 1e-2 })).loss);
        if (step !== 5) continue;
        const resumed = await create();
        resumed.restore(await program.state());
        await program.release();
        program = resumed;
      }
      close(losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
      close(await program.logits(batch), want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
      const { matrices } = await program.adaptation();
      let zeros = 0;
      for (const { name, scores, threshold } of matrices) {
        close(scores, want.get(`average.10.${name}`)!.data as Float32Array, 1e-3, name);
        zeros += scores.filter((score) => score <= Math.fround(threshold)).length;
      }
      const all = matrices.reduce((sum, { scores }) => sum + scores.length, 0);
      assert.equal(program.sparsity(), zeros / all);
      assert.deepEqual(want.left, []);
      await program.release();
    });
