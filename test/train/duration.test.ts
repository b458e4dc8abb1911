import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { mostAlike, roughly, secondsPerStep, stepsOf } from "../../src/train/duration.ts";
import type { TrainEvent } from "../../src/train/events.ts";

const options = (given: object = {}) => parseRunOptions({ model: "/m", task: "/a.task.json", out: "/r", ...given });
const timed = (name: string, given: object = {}) => ({ name, options: options(given), secondsPerStep: 1 });

const examples = { train: 64, validation: 8, test: 8 };
const start: TrainEvent = { type: "start", run: "a", step: 0, steps: 100, examples, cut: examples, labels: [] };
const step = (step: number, secondsLeft: number): TrainEvent => {
  return { type: "step", step, epoch: 1, loss: 1, learningRate: 1, sparsity: null, secondsLeft };
};

test("a run has as many steps as its epochs have batches, and no more than its limit", () => {
  assert.equal(stepsOf(65, options({ epochs: 2 })), 6);
  assert.equal(stepsOf(65, options({ epochs: 2, accumulate: 2 })), 4);
  assert.equal(stepsOf(65, options({ epochs: 2, maxSteps: 5 })), 5);
});

test("the time of a step is measured while a run trains, and over the whole run once it is done", () => {
  assert.equal(secondsPerStep([]), undefined);
  assert.equal(secondsPerStep([start]), undefined);
  assert.equal(secondsPerStep([start, step(20, 40)]), 0.5);
  assert.equal(secondsPerStep([start, step(100, 0)]), undefined, "the last step has no time left to measure");
  const result = { adaptation: "a", steps: 100, seconds: 60, sparsity: null, bytes: 1 };
  const metrics = { validation: { examples: 8 }, test: { examples: 8 } };
  assert.equal(secondsPerStep([start, step(100, 0), { type: "done", result: { ...result, ...metrics } }]), 0.6);
});

test("a run is compared with one of the same task and layers if there is one, and never with another method or model", () => {
  const wanted = options({ layers: "all" });
  assert.equal(
    mostAlike(wanted, [timed("method", { method: "finetune" }), timed("model", { model: "/n" })]),
    undefined,
  );
  const other = timed("other task", { task: "/b.task.json", layers: "all" });
  assert.equal(mostAlike(wanted, [other])?.name, "other task");
  assert.equal(mostAlike(wanted, [timed("same task"), other])?.name, "same task");
  const same = timed("same", { layers: "all" });
  assert.equal(mostAlike(wanted, [same, timed("same task"), other])?.name, "same");
  assert.equal(mostAlike(wanted, [same, timed("later", { layers: "all" })])?.name, "later");
});

test("an estimate is rounded to what can be known", () => {
  const shown = ["5 s", "5 s", "45 s", "2 min 10 s", "21 min", "2 h"];
  assert.deepEqual([0, 7, 43, 127, 1250, 7200].map(roughly), shown);
});
