// The time that a run still takes, as its steps and evaluations are measured.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Clock } from "../../src/train/clock.ts";
import { outlineOf } from "../../src/train/outline.ts";
import { Pace } from "../../src/train/pace.ts";
import { OPTIONS } from "./fake-run.ts";

/** A clock, and work that takes so many seconds by it. */
function clockOfTest() {
  let now = 0;
  mock.method(performance, "now", () => now);
  const clock = new Clock(0, 0);
  const taking = (seconds: number) => async () => {
    now += 1000 * seconds;
  };
  return { clock, taking };
}

test("the time left is the median step times the steps left, plus the examples to evaluate at their measured pace", async () => {
  const { clock, taking } = clockOfTest();
  try {
    await clock.stepping(taking(60)); // the first one compiles
    for (let i = 0; i < 4; i++) await clock.stepping(taking(0.5));
    assert.equal(clock.secondsLeft({ steps: 10, evaluated: 0, perStep: 8 }), 5);
    // Before an evaluation is measured, its examples take a third of those of a step.
    assert.ok(Math.abs(clock.secondsLeft({ steps: 0, evaluated: 48, perStep: 8 }) - 1) < 1e-9);
    await clock.evaluating(10, taking(5));
    assert.equal(clock.secondsLeft({ steps: 10, evaluated: 20, perStep: 8 }), 15);
  } finally {
    mock.restoreAll();
  }
});

test("evaluations left are those due at this step and later, with one at the end", () => {
  const paceOf = (evaluateEvery: number, maxSteps: number) =>
    new Pace({
      options: { ...OPTIONS, evaluateEvery, maxSteps, epochs: 100, accumulate: 1 },
      data: { rows: 80, size: 8 },
      program: {},
    } as unknown as ConstructorParameters<typeof Pace>[0]);
  for (const [every, steps] of [
    [4, 30],
    [10, 30],
    [0, 25],
    [7, 5],
  ] as const) {
    const pace = paceOf(every, steps);
    for (let step = 1; step <= steps; step++) {
      let due = 0;
      for (let later = step; later <= steps; later++) due += Number(pace.evaluationDue(later, 0));
      assert.equal(pace.evaluationsLeft(step), due, `every ${every} steps, at step ${step} of ${steps}`);
    }
  }
});

test("the outline of a finished run has its mean seconds per step", () => {
  const metrics = { examples: 8 };
  const result = {
    adaptation: "/a",
    steps: 40,
    seconds: 20,
    sparsity: null,
    bytes: 1,
    validation: metrics,
    test: metrics,
  };
  assert.equal(outlineOf([{ type: "done", result }]).secondsPerStep, 0.5);
  assert.equal(outlineOf([]).secondsPerStep, undefined);
});
