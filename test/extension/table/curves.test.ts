import assert from "node:assert/strict";
import test from "node:test";
import { averaged, CurveBuilder, MOST_POINTS, noCurves } from "../../../src/extension/table/curves.ts";
import { eventsOf } from "../../pages/runs/fixture.ts";

test("a run's curves are its steps and evaluations, in order, with intervals and flips per step", () => {
  const { loss, metric, flips, every } = new CurveBuilder("/r", eventsOf("a", 80, 40, 60, 0.8)).curves();
  assert.deepEqual([loss.steps.length, loss.steps[79], every, loss.low], [80, 80, 1, undefined]);
  assert.deepEqual([...metric.steps], [40, 80]);
  assert.ok(metric.low![0]! < metric.values[0]! && metric.values[0]! < metric.high![0]!);
  assert.equal(flips.values[0], Math.fround((3 * Math.round(1 + 400 * Math.exp(-2))) / 3000 / 40));
});

test("points have the times at which they were measured, unless a log has none", () => {
  const events = eventsOf("a", 4000, 40, 60, 0.8);
  const { loss, metric, flips } = new CurveBuilder("/r", events).curves();
  assert.deepEqual([loss.seconds![0], loss.seconds!.length], [Math.fround((1.5 * 60) / 4000), 2000]); // of steps 1 and 2
  assert.deepEqual([metric.seconds![0], flips.seconds![99]], [Math.fround((40 * 60) / 4000), 60]);
  const untimed = events.map((event) => (event.type === "step" ? { ...event, seconds: undefined } : event));
  const without = new CurveBuilder("/r", JSON.parse(JSON.stringify(untimed))).curves();
  assert.deepEqual([without.loss.seconds, without.metric.seconds?.length], [null, 100]);
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
