// Labels that are permuted for a control, against Python (test/fixtures/train/make.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { permuteLabels } from "../../src/recipe/control.ts";

const { permuted } = JSON.parse(readFileSync("test/fixtures/train/expected.json", "utf8")) as {
  permuted: { seed: number; labels: number[] }[];
};
/** The labels that the script permutes. */
const labels = Array.from({ length: 30 }, (_, i) => Math.floor(i / 4));

test("labels are permuted among the examples by the seed, and nothing else of an example is changed", () => {
  const rows = labels.map((label, i) => ({ text: `text ${i}`, textPair: `pair ${i}`, label }));
  for (const { seed, labels: wanted } of permuted) {
    const control = permuteLabels("pair", rows, seed);
    assert.deepEqual(
      control,
      rows.map((row, i) => ({ ...row, label: wanted[i]! })),
    );
  }
});

test("in tagging and documents the labels of all words or sentences are permuted, each example as long as it was", () => {
  const lengths = [4, 1, 9, 6, 10];
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0));
  const cut = (all: readonly number[], i: number) => all.slice(starts[i]!, starts[i]! + lengths[i]!);
  const words = lengths.map((length, i) => Array.from({ length }, (_, j) => `word ${i} ${j}`));
  const [{ seed, labels: wanted }] = permuted as [(typeof permuted)[number]];
  const tagged = words.map((words, i) => ({ words, tags: cut(labels, i) }));
  assert.deepEqual(
    permuteLabels("tagging", tagged, seed),
    words.map((words, i) => ({ words, tags: cut(wanted, i) })),
  );
  const documents = words.map((sentences, i) => ({ sentences, labels: cut(labels, i) }));
  assert.deepEqual(
    permuteLabels("document", documents, seed),
    words.map((sentences, i) => ({ sentences, labels: cut(wanted, i) })),
  );
});

test("the choices' right answers are permuted, too", () => {
  const choices = ["a", "b", "c", "d"];
  const rows = labels.map((label) => ({ text: "t", choices, label: label % 4 }));
  const control = permuteLabels("choice", rows, 3);
  const counts = (all: typeof rows) => choices.map((_, label) => all.filter((row) => row.label === label).length);
  assert.deepEqual(counts(control as typeof rows), counts(rows));
  assert.notDeepEqual(control, rows);
});
