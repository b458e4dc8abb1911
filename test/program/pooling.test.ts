// A classifier of the mean of all tokens, against PyTorch's ten steps (test/fixtures/models/pooling.py).

import assert from "node:assert/strict";
import { test } from "node:test";
import { close } from "./close.ts";
import { maskedMatrices, referenceBatch, referenceProgram } from "./reference-program.ts";
import { FAMILIES, maskedReference, tensors } from "./ten-steps.ts";

for (const family of FAMILIES)
  test(`${family}: ten masked steps under the mean of all tokens give PyTorch's losses and logits`, async () => {
    const [{ start }, want] = [await maskedReference(family), await tensors(family, "pooling")];
    const program = await referenceProgram(family, {
      ...{ matrices: await maskedMatrices(family), trained: [], pooling: "mean" },
      initialScores: ({ name }) => start.get(name)!.data as Float32Array,
    });
    const batch = await referenceBatch(family);
    const losses: number[] = [];
    for (let step = 1; step <= 10; step++)
      losses.push((await program.step([batch], { step, learningRate: 1e-2 })).loss);
    close(losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
    close(await program.logits(batch), want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
    assert.deepEqual(want.left, []);
    await program.release();
  });
