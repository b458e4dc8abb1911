// Ten steps of masked training and of finetuning against PyTorch's (test/fixtures/models), through the step graph.
import assert from "node:assert/strict";
import test from "node:test";
import { WHOLE } from "../../src/graph/graph.ts";
import { auxiliaryOf, auxiliaryRate } from "../../src/recipe/auxiliary.ts";
import { close } from "./close.ts";
import { FAMILIES, maskedReference, tenSteps, tensors } from "./ten-steps.ts";

/** As in auxiliary.py. */
const RATE = { learningRate: 2e-3, schedule: "linear", warmup: 2 } as const;

for (const family of FAMILIES) {
  test(`${family}: ten masked steps give PyTorch's losses, scores and logits`, async () => {
    const { want, masked, treatment, start, learningRate } = await maskedReference(family);
    const have = await tenSteps(family, treatment, start, learningRate);
    close(have.losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
    close(have.logits, want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
    for (const name of masked) {
      const scores = want.get(`scores.10.${name.replace(/\.weight$/, "")}`)!.data as Float32Array;
      const mine = have.learning.array(name);
      scores.forEach((s, i) => {
        if (Math.abs(s - 0.01) > 1e-6)
          assert.equal(mine[i]! > Math.fround(0.01), s > Math.fround(0.01), `${name}[${i}]`);
      });
      // Adam divides by the gradient's own size: where that is rounding noise, so is the step.
      close(mine, scores, 1e-3, name);
    }
    const first = /^(scores|grad)\.0\./; // of the first step (encoder.test.ts)
    assert.deepEqual(
      want.left.filter((name) => !first.test(name)),
      [],
    );
  });

  test(`${family}: ten steps of masks and auxiliary parameters, each with its learning rate, give PyTorch's results`, async () => {
    const { masked, start } = await maskedReference(family);
    const want = await tensors(family, "auxiliary");
    const names = [...(await tensors(family, "model")).keys()];
    const beside = new Set(auxiliaryOf({ parameters: "norm-and-bias", ...RATE }, names, masked, []));
    const treatment = (name: string) => (masked.has(name) ? "masked" : beside.has(name) ? "trained" : "frozen");
    const have = await tenSteps(family, treatment, start, 1e-2, {
      directRate: (step) => auxiliaryRate({ parameters: "", ...RATE }, { step: step - 1, steps: 10 }),
    });
    close(have.losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
    close(have.logits, want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
    for (const name of masked) {
      const scores = want.get(`scores.10.${name.replace(/\.weight$/, "")}`)!.data as Float32Array;
      close(have.learning.array(name), scores, 1e-3, name);
    }
    for (const name of beside) {
      const trained = want.get(`param.10.${name}`)!.data as Float32Array;
      // A key's bias adds the same to all of a query's products: its gradient is rounding noise.
      if (!/\.(key|k_lin)\.bias$/.test(name)) close(have.weights.array(name), trained, 1e-3, name);
    }
    assert.deepEqual(want.left, []);
  });

  test(`${family}: ten steps that distil from a teacher's logits give PyTorch's losses and logits`, async () => {
    const { treatment, start, learningRate } = await maskedReference(family);
    const want = await tensors(family, "distillation");
    const teacher = want.get("teacher")!.data as Float32Array;
    const logitsOf = (example: number) => teacher.subarray(3 * example, 3 * example + 3);
    const have = await tenSteps(family, treatment, start, learningRate, {
      distilled: { weight: 0.3, temperature: 2, logitsOf },
    });
    close(have.losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
    close(have.logits, want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
    assert.deepEqual(want.left, []);
  });

  test(`${family}: ten steps of finetuning give PyTorch's losses and logits`, async () => {
    const want = await tensors(family, "finetune");
    const have = await tenSteps(family, () => "trained", new Map(), 1e-3);
    close(have.losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
    close(have.logits, want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
    assert.deepEqual(want.left, []);
  });

  test(`${family}: elementwise chains in small blocks, in a CPU's and whole leave the same bits`, async () => {
    const { treatment, start, learningRate } = await maskedReference(family);
    const [small, cached, whole] = await Promise.all(
      [64, undefined, WHOLE].map((block) => tenSteps(family, treatment, start, learningRate, block ? { block } : {})),
    );
    for (const other of [small!, whole!]) {
      assert.deepEqual(other.losses, cached!.losses);
      assert.deepEqual(other.logits, cached!.logits);
    }
  });
}
