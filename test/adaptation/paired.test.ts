// Two predictions on the same examples, against scikit-learn, numpy and SciPy (test/fixtures/metrics/make.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Outcome } from "../../src/adaptation/metrics.ts";
import { differenceOf, evenSplit, type McNemar, paired, sampled } from "../../src/adaptation/paired.ts";

const { pairs, mcnemar } = JSON.parse(readFileSync("test/fixtures/metrics/expected.json", "utf8")) as {
  pairs: {
    name: string;
    metric: "accuracy" | "macroF1" | "matthews";
    labels: number;
    targets: number[];
    a: number[];
    b: number[];
    value: number;
    interval: [number, number] | [null, null];
    mcnemar: McNemar;
  }[];
  mcnemar: { a: number; b: number; p: number }[];
};

const near = (a: number | null, b: number | null, what: string) =>
  assert.ok(a === b || Math.abs(a! - b!) < 1e-12, `${what}: ${a} instead of ${b}`);

/** The two outcomes of a pair. */
const outcomesOf = ({ metric, labels, targets, a, b }: (typeof pairs)[number]) =>
  [a, b].map((predictions) =>
    sampled({
      ...{ kind: "sentence", metric, labels: Array.from({ length: labels }, (_, i) => `label ${i}`) },
      targets: targets.map((target) => [target]),
      predictions: predictions.map((prediction) => [prediction]),
    }),
  );

for (const pair of pairs)
  test(`a difference on the same examples: ${pair.name}`, () => {
    const [a, b] = outcomesOf(pair);
    const { metric, difference, mcnemar: test } = paired(a!, b!);
    assert.equal(metric, pair.metric);
    near(difference.value, pair.value, "value");
    near(difference.low, pair.interval[0], "low");
    near(difference.high, pair.interval[1], "high");
    if (metric !== "accuracy") return assert.equal(test, null);
    assert.deepEqual([test!.onlyA, test!.onlyB], [pair.mcnemar.onlyA, pair.mcnemar.onlyB]);
    near(test!.p, pair.mcnemar.p, "p");
    const back = paired(b!, a!);
    assert.deepEqual([back.mcnemar!.onlyA, back.mcnemar!.onlyB], [pair.mcnemar.onlyB, pair.mcnemar.onlyA]);
    near(back.difference.value, -pair.value, "the other way round");
  });

test("predictions that are the same differ by 0, without an interval, and McNemar's p is 1", () => {
  const same = pairs.find(({ name }) => name === "the same predictions")!;
  const [a, b] = outcomesOf(same);
  assert.deepEqual(paired(a!, b!), {
    metric: "accuracy",
    difference: {
      ...{ value: 0, low: null, high: null },
      reason: "no interval: every bootstrap sample gives this difference",
    },
    mcnemar: { onlyA: 0, onlyB: 0, p: 1 },
  });
});

test("McNemar's p is SciPy's exact binomial one, for thousands of examples too", () => {
  for (const { a, b, p } of mcnemar) {
    assert.ok(Math.abs(evenSplit(a, b) - p) <= 1e-9 * p, `${a}, ${b}: ${evenSplit(a, b)} instead of ${p}`);
    assert.equal(evenSplit(b, a), evenSplit(a, b));
  }
});

test("sentences of documents have no McNemar test, since they are not independent", () => {
  const outcome: Outcome = {
    ...{ kind: "document", metric: "accuracy", labels: ["a", "b"] },
    ...{ targets: [[0, 1], [1]], predictions: [[0, 0], [1]] },
  };
  assert.equal(paired(sampled(outcome), sampled(outcome)).mcnemar, null);
});

test("the difference of several runs is that of their means, with one interval", () => {
  const [a, b] = outcomesOf(pairs[0]!);
  const [c] = outcomesOf(pairs[1]!).slice(1);
  const both = differenceOf([a!, c!], [b!]);
  near(both.value, (a!.value + c!.value) / 2 - b!.value, "value");
  assert.ok(both.low! < both.value && both.value < both.high!);
  assert.deepEqual(differenceOf([a!, a!], [b!]).low, differenceOf([a!], [b!]).low);
});

test("outcomes over different examples are not compared", () => {
  const [a] = outcomesOf(pairs[0]!);
  const [b] = outcomesOf(pairs[2]!);
  assert.throws(() => differenceOf([a!], [b!]), /are not paired/);
});
