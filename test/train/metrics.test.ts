// Scores and intervals against scikit-learn, seqeval, SciPy and numpy (test/fixtures/metrics/make.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Interval, Scores } from "../../src/mask/metadata.ts";
import { entitiesOf, scoresOf, wilson } from "../../src/train/metrics.ts";

interface Case<T, L> {
  name: string;
  labels: L;
  targets: T[];
  predictions: T[];
  values: Record<string, number>;
  intervals: Record<string, [number, number]>;
}
const expected = JSON.parse(readFileSync("test/fixtures/metrics/expected.json", "utf8")) as {
  cases: Case<number, number>[];
  tagged: Case<number[], string[]>[];
  entities: { tags: string[]; entities: string[] }[];
  wilson: { share: number; n: number; low: number; high: number }[];
};

const near = (a: number, b: number, what: string) =>
  assert.ok(Math.abs(a - b) < 1e-12, `${what}: ${a} instead of ${b}`);

function compare(scores: Scores, { values, intervals }: Pick<Case<unknown, unknown>, "values" | "intervals">): void {
  for (const [metric, value] of Object.entries(values)) near((scores[metric] as Interval).value, value, metric);
  for (const [metric, [low, high]] of Object.entries(intervals)) {
    near((scores[metric] as Interval).low, low, `low ${metric}`);
    near((scores[metric] as Interval).high, high, `high ${metric}`);
  }
}

for (const { name, labels, targets, predictions, ...wanted } of expected.cases)
  test(`classes score as in scikit-learn: ${name}`, () => {
    const names = Array.from({ length: labels }, (_, i) => `label ${i}`);
    const lists = (numbers: number[]) => numbers.map((number) => [number]);
    const scores = scoresOf("sentence", "accuracy", lists(targets), lists(predictions), names);
    assert.equal(scores.rows, targets.length);
    assert.equal("f1" in scores, labels === 2);
    compare(scores, wanted);
  });

for (const { name, labels, targets, predictions, ...wanted } of expected.tagged)
  test(`tags score as in seqeval: ${name}`, () => {
    compare(scoresOf("tagging", "entityF1", targets, predictions, labels), wanted);
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

test("no rows give zeros and the widest intervals", () => {
  const scores = scoresOf("pair", "f1", [], [], ["no", "yes"]);
  const share = { value: 0, low: 0, high: 1 };
  assert.deepEqual(scores, { rows: 0, accuracy: share, f1: share, macroF1: share, matthews: { ...share, low: -1 } });
});

test("tags without B- and I- have no entities unless asked for", () => {
  const [targets, labels] = [[[0, 1]], ["NOUN", "VERB"]];
  assert.deepEqual(Object.keys(scoresOf("tagging", "accuracy", targets, targets, labels)), [
    "rows",
    "accuracy",
    "macroF1",
  ]);
});

test("scores are the same each time", () => {
  const targets = Array.from({ length: 50 }, (_, i) => [i % 3, (i * 7) % 3]);
  const predictions = Array.from({ length: 50 }, (_, i) => [i % 3, i % 2]);
  const once = () => scoresOf("document", "macroF1", targets, predictions, ["a", "b", "c"]);
  assert.deepEqual(once(), once());
});

test("a choice has accuracy only", () => {
  assert.deepEqual(Object.keys(scoresOf("choice", "accuracy", [[3]], [[2]], ["0", "1", "2", "3"])), [
    "rows",
    "accuracy",
  ]);
});
