// Which values of a metric are better, and how they are shown.

import assert from "node:assert/strict";
import test from "node:test";
import { KINDS, type TaskKind } from "../src/data/examples.ts";
import { isBetter, isLowerBetter, isShare, METRICS, metricTitle, signOf, valueText } from "../src/metric.ts";
import { Stopping } from "../src/train/stopping.ts";

test("every metric of every kind of task has a direction and a unit", () => {
  const used = new Set((Object.keys(KINDS) as TaskKind[]).flatMap((kind): readonly string[] => KINDS[kind].metrics));
  assert.deepEqual([...used].sort(), Object.keys(METRICS).sort());
});

test("lower values of costs are better, higher ones of everything else, also of metrics of later versions", () => {
  assert.deepEqual(Object.keys(METRICS).filter(isLowerBetter), ["perplexity", "bitsPerByte"]);
  assert.deepEqual(
    [isBetter("perplexity", 3, 4), isBetter("bleu", 3, 4), isBetter("later", 3, 4)],
    [true, false, false],
  );
  assert.deepEqual([isBetter("perplexity", 3, 3), isBetter("bleu", 3, 3)], [false, false]);
});

test("the best evaluation of a run is that with the lowest perplexity, and others count for early stopping", () => {
  const stopping = new Stopping("perplexity", 2);
  const better = [30, 20, 25, 20].map((value, i) => stopping.observe(i + 1, value));
  assert.deepEqual(better, [true, true, false, false]);
  assert.deepEqual([stopping.best, stopping.over], [{ value: 20, step: 2 }, true]);
  const higher = new Stopping("accuracy", 2);
  assert.deepEqual(
    [0.3, 0.2, 0.4].map((value, i) => higher.observe(i + 1, value)),
    [true, false, true],
  );
});

test("shares are shown in percent, other metrics as they are, and a metric without a name as a share", () => {
  assert.deepEqual([isShare("exactMatch"), isShare("bleu"), isShare(null)], [true, false, true]);
  assert.equal(`${valueText("accuracy", 0.8765, 2)}${signOf("accuracy")}`, "87.65 %");
  assert.equal(`${valueText("perplexity", 12.345)}${signOf("perplexity")}`, "12.35");
  assert.deepEqual([valueText("perplexity", 50257.1), valueText("perplexity", 1.5e9)], ["50,257.10", "1.50e+9"]);
});

test("texts spell metrics out, and say of which ones lower values are better", () => {
  assert.deepEqual(["bleu", "chrf", "exactMatch", "macroF1", "later"].map(metricTitle), [
    ...["BLEU", "chrF", "exact match", "macroF1", "later"],
  ]);
  assert.equal(metricTitle("bitsPerByte"), "bits per byte (lower is better)");
});
