import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { roughly, stepsOf } from "../../src/train/duration.ts";

const options = (given: object) => parseRunOptions({ model: "/m", task: "/a.task.json", out: "/r", ...given });

test("a run has as many steps as its epochs have batches, and no more than its limit", () => {
  assert.equal(stepsOf(65, options({ epochs: 2 })), 6);
  assert.equal(stepsOf(65, options({ epochs: 2, accumulate: 2 })), 4);
  assert.equal(stepsOf(65, options({ epochs: 2, maxSteps: 5 })), 5);
});

test("an estimate is rounded to what can be known", () => {
  const shown = ["5 s", "5 s", "45 s", "2 min 10 s", "21 min", "2 h"];
  assert.deepEqual([0, 7, 43, 127, 1250, 7200].map(roughly), shown);
});
