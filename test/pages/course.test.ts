import assert from "node:assert/strict";
import test from "node:test";
import { spread, ticks, timeTicks } from "../../webview/draw/axes.ts";
import { courseOf, flipsByLayer, metricOf, runningMean, thinned } from "../../webview/run/course.ts";
import { evaluation, runEvents } from "./fixture.ts";

test("steps that a resumed run makes again count once, and those after its checkpoint are forgotten", () => {
  const events = runEvents();
  const { steps, evaluations } = courseOf([...events, { ...events[0]!, step: 30 } as (typeof events)[number]]);
  assert.deepEqual([steps.length, evaluations.length], [30, 1]);
  assert.equal(courseOf([...events, ...events.slice(1)]).steps.length, 40);
});

test("the metric is the one that has the value of every evaluation", () => {
  assert.equal(metricOf(courseOf(runEvents())), "accuracy");
});

test("flips of a layer are a share of its weights for each step since the evaluation before", () => {
  const [first, , , above] = flipsByLayer(courseOf(runEvents()));
  assert.deepEqual(first!.points, [
    { step: 30, since: 0, flips: 30, rate: 0.001 },
    { step: 40, since: 30, flips: 20, rate: 0.002 },
  ]);
  assert.equal(above!.layer, null);
  assert.deepEqual(flipsByLayer(courseOf([{ ...evaluation(1, 0.5, true, [1]), dynamics: null }])), []);
});

test("a running mean is over the steps so far and never over more than its width", () => {
  assert.deepEqual(runningMean([1, 3, 5, 7], 2), [1, 2, 4, 6]);
});

test("many points become means of neighbours, few stay as they are", () => {
  const points = [1, 2, 3, 4, 5].map((x) => ({ x, y: x * x }));
  assert.deepEqual(thinned(points, 5), points);
  assert.deepEqual(thinned(points, 3), [
    { x: 1.5, y: 2.5 },
    { x: 3.5, y: 12.5 },
    { x: 5, y: 25 },
  ]);
});

test("ticks of a time are whole seconds, minutes, hours or days", () => {
  assert.deepEqual(timeTicks(0, 44, 4), [0, 15, 30, 45]);
  assert.deepEqual(timeTicks(0, 212, 5), [0, 60, 120, 180, 240]);
  assert.deepEqual(timeTicks(3000, 9000, 3), [0, 3600, 7200, 10_800]);
  assert.deepEqual(
    timeTicks(0, 20 * 86_400, 4),
    [0, 5, 10, 15, 20].map((days) => days * 86_400),
  );
  assert.deepEqual(timeTicks(0, 0.9, 3), [0, 0.5, 1]);
});

test("ticks are round numbers around the values", () => {
  assert.deepEqual(ticks(0.21, 0.68, 4), [0.2, 0.4, 0.6, 0.8]);
  assert.deepEqual(ticks(0, 132, 5), [0, 50, 100, 150]);
});

test("labels that would cover each other move apart and stay above the lowest place", () => {
  assert.deepEqual(spread([10, 12, 50], 12, 100), [10, 22, 50]);
  assert.deepEqual(spread([99, 100], 12, 100), [88, 100]);
});
