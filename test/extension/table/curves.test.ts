import assert from "node:assert/strict";
import test from "node:test";
import { averaged, CurveBuilder, MOST_POINTS, noCurves } from "../../../src/extension/table/curves.ts";
import { eventsOf } from "../../pages/runs/fixture.ts";

test("a run's curves are its steps and evaluations, in order, with intervals and flips per step", () => {
  const { loss, metric, flips, every, secondsPerStep } = new CurveBuilder(
    "/r",
    eventsOf("a", 80, 40, 60, 0.8),
  ).curves();
  assert.deepEqual([loss.steps.length, loss.steps[79], every, loss.low], [80, 80, 1, undefined]);
  assert.deepEqual([...metric.steps], [40, 80]);
  assert.ok(metric.low![0]! < metric.values[0]! && metric.values[0]! < metric.high![0]!);
  assert.equal(flips.values[0], Math.fround((3 * Math.round(1 + 400 * Math.exp(-2))) / 3000 / 40));
  assert.equal(secondsPerStep, null); // no step is left, and there is no result
});

test("the time per step is that of the result, or of the steps that are left", () => {
  const events = eventsOf("a", 80, 40, 60, 0.8);
  const builder = new CurveBuilder("/r", events.slice(0, 41));
  assert.equal(builder.curves().secondsPerStep, 60 / 80);
  const metrics = { examples: 1 };
  const result = {
    adaptation: "a",
    steps: 80,
    seconds: 40,
    sparsity: null,
    bytes: 1,
    validation: metrics,
    test: metrics,
  };
  builder.add({ type: "done", result });
  assert.equal(builder.curves().secondsPerStep, 0.5);
});

test("steps that a resumed run repeats replace the earlier ones", () => {
  const events = eventsOf("a", 80, 40, 60, 0.8);
  const start = { ...events[0]!, step: 40 } as (typeof events)[number];
  const again = { type: "step", step: 41, epoch: 1, loss: 9, learningRate: 1, sparsity: null, secondsLeft: 1 } as const;
  const { loss, metric, sparsity } = new CurveBuilder("/r", [...events, start, again]).curves();
  assert.deepEqual([loss.steps.length, loss.values[40], metric.steps.length, sparsity.steps.length], [41, 9, 1, 40]);
  assert.equal(new CurveBuilder("/r", [...events, ...events.slice(1)]).curves().loss.steps.length, 80);
});

test("a long run's points are means of the same number of steps, with the least and greatest of them", () => {
  const { steps, values, low, high } = averaged([1, 2, 3, 4, 5], [1, 5, 2, 2, 7], 3);
  assert.deepEqual(
    [[...steps], [...values], [...low!], [...high!]],
    [
      [1.5, 3.5, 5],
      [3, 2, 7],
      [1, 2, 7],
      [5, 2, 7],
    ],
  );
  const { loss, every } = new CurveBuilder("/r", eventsOf("a", 4001, 40, 60, 0.8)).curves();
  assert.deepEqual([every, loss.steps.length <= MOST_POINTS], [3, true]);
});

test("a run whose log cannot be read has empty curves and the reason", () => {
  const { reason, loss, metric } = noCurves("/r", "log.jsonl, line 6: it is not JSON");
  assert.deepEqual([reason, loss.steps.length, metric.steps.length], ["log.jsonl, line 6: it is not JSON", 0, 0]);
});
