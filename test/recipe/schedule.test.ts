import assert from "node:assert/strict";
import { test } from "node:test";
import {
  learningRateFactor,
  raisedLambda,
  SCHEDULES,
  type Schedule,
  type TargetSparsity,
  targetSparsity,
} from "../../src/recipe/schedule.ts";

// transformers 5.18: optimizer.param_groups[0]["lr"] before steps 0…9 of get_X_schedule_with_warmup over a rate of 1,
// num_warmup_steps=4, num_training_steps=10.
const FROM_TRANSFORMERS: Record<Schedule, number[]> = {
  constant: [0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1],
  linear: [0, 0.25, 0.5, 0.75, 1, 0.8333333333, 0.6666666667, 0.5, 0.3333333333, 0.1666666667],
  cosine: [0, 0.25, 0.5, 0.75, 1, 0.9330127019, 0.75, 0.5, 0.25, 0.0669872981],
};

for (const schedule of SCHEDULES)
  test(`the ${schedule} schedule gives transformers' learning rates`, () => {
    const factors = Array.from({ length: 10 }, (_, step) =>
      learningRateFactor(schedule, { step, steps: 10, warmup: 4 }),
    );
    for (const [step, factor] of factors.entries())
      assert.ok(Math.abs(factor - FROM_TRANSFORMERS[schedule][step]!) < 1e-9, `step ${step}: ${factor}`);
  });

test("without warm-up the first step has the full rate", () => {
  for (const schedule of SCHEDULES) assert.equal(learningRateFactor(schedule, { step: 0, steps: 10, warmup: 0 }), 1);
});

test("the cubic target runs from start to target as Zhu and Gupta's formula", () => {
  const sparsity: TargetSparsity = { start: 0.05, target: 0.5, schedule: "cubic", rate: 1 };
  assert.ok(Math.abs(targetSparsity(sparsity, { step: 0, steps: 100 }) - 0.05) < 1e-12);
  assert.ok(Math.abs(targetSparsity(sparsity, { step: 50, steps: 100 }) - (0.5 - 0.45 * 0.125)) < 1e-12);
  assert.equal(targetSparsity(sparsity, { step: 100, steps: 100 }), 0.5);
  assert.equal(targetSparsity({ ...sparsity, schedule: "constant" }, { step: 3, steps: 100 }), 0.5);
});

test("lambda rises by the squared miss and never falls", () => {
  assert.equal(raisedLambda(1, 10, 0.5, 0.3), 1 + 10 * (0.5 - 0.3) ** 2);
  assert.ok(raisedLambda(1, 10, 0.3, 0.5) > 1);
  assert.equal(raisedLambda(1, 10, 0.5, 0.5), 1);
});
