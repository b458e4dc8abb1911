// Metrics and intervals against scikit-learn, seqeval, SciPy and numpy (test/fixtures/metrics/make.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { wilson } from "../../src/adaptation/intervals.ts";
import { entitiesOf, metricsOf, NOTHING, type Outcome } from "../../src/adaptation/metrics.ts";
import type { Interval, Metrics } from "../../src/mask/metadata.ts";

interface Case<T, L> {
  name: string;
  labels: L;
  targets: T[];
  predictions: T[];
  values: Record<string, number>;
  intervals: Record<string, [number, number] | [null, null]>;
}
const expected = JSON.parse(readFileSync("test/fixtures/metrics/expected.json", "utf8")) as {
  cases: Case<number, number>[];
  tagged: Case<number[], string[]>[];
  documents: Case<number[], number>[];
  entities: { tags: string[]; entities: string[] }[];
  wilson: { share: number; n: number; low: number; high: number }[];
};

const near = (a: number | null, b: number | null, what: string) =>
  assert.ok(a === b || Math.abs(a! - b!) < 1e-12, `${what}: ${a} instead of ${b}`);

const metricOf = (metrics: Metrics, metric: string) => metrics[metric] as Interval;

function compare(metrics: Metrics, { values, intervals }: Pick<Case<unknown, unknown>, "values" | "intervals">): void {
  for (const [metric, value] of Object.entries(values)) near(metricOf(metrics, metric).value, value, metric);
  for (const [metric, [low, high]] of Object.entries(intervals)) {
    const found = metricOf(metrics, metric);
    near(found.low, low, `low ${metric}`);
    near(found.high, high, `high ${metric}`);
    assert.equal("reason" in found, low === null, `${metric} has a reason where it has no interval`);
  }
}

const named = (count: number) => Array.from({ length: count }, (_, i) => `label ${i}`);
/** Examples with one class each. */
const single = (targets: number[], predictions: number[], labels: readonly string[]): Outcome => ({
  ...{ kind: "sentence", metric: "accuracy", labels },
  targets: targets.map((target) => [target]),
  predictions: predictions.map((prediction) => [prediction]),
});

for (const { name, labels, targets, predictions, ...wanted } of expected.cases)
  test(`classes score as in scikit-learn: ${name}`, () => {
    const metrics = metricsOf(single(targets, predictions, named(labels)));
    assert.equal(metrics.examples, targets.length);
    assert.equal("f1" in metrics, labels === 2);
    compare(metrics, wanted);
  });

for (const { name, labels, targets, predictions, ...wanted } of expected.tagged)
  test(`tags score as in seqeval: ${name}`, () => {
    compare(metricsOf({ kind: "tagging", metric: "entityF1", targets, predictions, labels }), wanted);
  });

for (const { name, labels, targets, predictions, ...wanted } of expected.documents)
  test(`intervals of sentences are over what they are drawn with: ${name}`, () => {
    const metrics = metricsOf({ kind: "document", metric: "macroF1", targets, predictions, labels: named(labels) });
    assert.equal(metrics.examples, targets.length);
    compare(metrics, wanted);
  });

test("documents whose sentences are alike have a wider interval than their halves as documents would", () => {
  const [whole, halves] = expected.documents.map(({ intervals }) => intervals.accuracy as [number, number]);
  assert.ok(whole![1] - whole![0] > halves![1] - halves![0]);
});

/** Why a metric has no interval. */
const reason = (outcome: Outcome, metric: string) => metricOf(metricsOf(outcome), metric).reason;

test("a metric without an interval says why", () => {
  const labels = ["no", "yes"];
  const all = (label: number) => Array.from({ length: 8 }, () => label);
  const some = [0, 1, 1, 0, 1, 0, 1, 1];
  assert.equal(reason(single(some, all(0), labels), "matthews"), 'undefined, reported as 0: all predictions are "no"');
  assert.equal(reason(single(some, all(0), labels), "f1"), 'no interval: "yes" is never predicted');
  assert.equal(reason(single(all(1), some, labels), "matthews"), 'undefined, reported as 0: all labels are "yes"');
  assert.equal(
    reason(single(all(0), all(0), labels), "f1"),
    'undefined, reported as 0: no example has the label "yes" or is predicted to have it',
  );
  assert.equal(reason(single(some, some, labels), "matthews"), "no interval: every bootstrap sample gives this value");
  assert.equal(reason(single(some, some, labels), "accuracy"), undefined, "Wilson's has a width");
  const tagged = (targets: number[][], predictions: number[][]): Outcome => ({
    ...{ kind: "tagging", metric: "entityF1", labels: ["O", "B-X", "I-X"], targets, predictions },
  });
  const [none, one] = [
    [[0, 0], [0]],
    [[0, 1], [0]],
  ];
  assert.equal(
    reason(tagged(none, none), "entityF1"),
    "undefined, reported as 0: there are no entities, and none are predicted",
  );
  assert.equal(reason(tagged(one, none), "entityF1"), "no interval: no entity is predicted");
  assert.equal(reason(tagged([[]], [[]]), "accuracy"), "undefined, reported as 0: no word has a prediction");
});

test("one document or sentence has no interval over documents or sentences", () => {
  const outcome: Outcome = {
    ...{ kind: "document", metric: "macroF1", labels: ["a", "b"] },
    ...{ targets: [[0, 1, 1, 0]], predictions: [[0, 1, 0, NOTHING]] },
  };
  for (const metric of ["accuracy", "macroF1", "matthews"]) {
    assert.equal(metricOf(metricsOf(outcome), metric).low, null, metric);
    assert.equal(reason(outcome, metric), "no interval: every bootstrap sample gives this value");
  }
});

test("entities are those of seqeval, whatever the tags", () => {
  for (const { tags, entities } of expected.entities) assert.deepEqual(entitiesOf(tags), entities, tags.join(" "));
});

test("Wilson's interval is SciPy's", () => {
  for (const { share, n, low, high } of expected.wilson) {
    near(wilson(share, n).low, low, `low of ${share}`);
    near(wilson(share, n).high, high, `high of ${share}`);
  }
});

test("without examples every metric is undefined", () => {
  const metrics = metricsOf({ kind: "pair", metric: "f1", targets: [], predictions: [], labels: ["no", "yes"] });
  const share = { value: 0, low: null, high: null, reason: "undefined, reported as 0: there are no examples" };
  assert.deepEqual(metrics, { examples: 0, accuracy: share, f1: share, macroF1: share, matthews: share });
});

test("tags without B- and I- have no entities unless asked for", () => {
  const [targets, labels] = [[[0, 1]], ["NOUN", "VERB"]];
  const outcome: Outcome = { kind: "tagging", metric: "accuracy", targets, predictions: targets, labels };
  assert.deepEqual(Object.keys(metricsOf(outcome)), ["examples", "accuracy", "macroF1"]);
});

test("scores are the same each time", () => {
  const targets = Array.from({ length: 50 }, (_, i) => [i % 3, (i * 7) % 3]);
  const predictions = Array.from({ length: 50 }, (_, i) => [i % 3, i % 2]);
  const once = () => metricsOf({ kind: "document", metric: "macroF1", targets, predictions, labels: ["a", "b", "c"] });
  assert.deepEqual(once(), once());
});

test("a choice has accuracy only", () => {
  const outcome: Outcome = { ...single([3], [2], ["0", "1", "2", "3"]), kind: "choice" };
  assert.deepEqual(Object.keys(metricsOf(outcome)), ["examples", "accuracy"]);
});
