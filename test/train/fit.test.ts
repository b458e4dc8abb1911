// What is said of data that does not fit a model, and how labels are counted.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EncodedPart } from "../../src/data/encode.ts";
import { type ModelConfig, readConfig } from "../../src/model/config.ts";
import { fitNotes, labelCounts, trainedCounts } from "../../src/train/fit.ts";

const config = await readConfig("test/fixtures/models/tiny-bert");
let examples = 0;
/** A row of an example of its own, where `more` does not say otherwise. */
const row = (more: Partial<EncodedPart> = {}): EncodedPart => ({
  ...{ sequences: [{ ids: [1], typeIds: [0] }], target: 0, cut: false, unscored: [], example: examples++, ...more },
});
const of = (train: EncodedPart[], validation: EncodedPart[], test: EncodedPart[]) => ({ train, validation, test });
const notes = (
  rows: ReturnType<typeof of>,
  {
    unscored = "wrong",
    asked = 64,
    ...more
  }: Partial<ModelConfig> & { unscored?: "wrong" | "leave-out"; asked?: number } = {},
) => fitNotes({ kind: "tagging", unscored }, rows, { config: { ...config, ...more }, asked });

test("nothing is said of data that fits", () => {
  assert.deepEqual(notes(of([row()], [row()], [row()])), []);
});

test("a maximum length that the model has no positions for is lowered, and said", () => {
  assert.deepEqual(notes(of([row()], [], []), { asked: 128 }), [
    "The maximum length was reduced from 128 to 64 tokens, the model's number of positions.",
  ]);
});

test("cut examples are counted by split", () => {
  const cut = () => row({ cut: true });
  assert.deepEqual(notes(of([cut(), row(), cut()], [row()], [cut()])), [
    "Truncated to 64 tokens: 2 of 3 training and 1 of 1 test examples.",
  ]);
  const half = cut();
  assert.deepEqual(
    notes(of([half, { ...half }, row()], [row()], [row()])),
    ["Truncated to 64 tokens: 1 of 2 training examples."],
    "both halves of a document are one example",
  );
});

test("words without a prediction are counted where they are scored, with what becomes of them", () => {
  const lost = row({
    cut: false,
    unscored: [
      { word: 1, label: 0 },
      { word: 2, label: 0 },
    ],
  });
  const rows = of([lost], [lost, lost], [lost]);
  assert.deepEqual(notes(rows), [
    'Truncated words have no prediction (4 validation and 2 test); they count as wrong ("unscored": "leave-out" in the task file excludes them).',
  ]);
  assert.deepEqual(notes(rows, { unscored: "leave-out" }), [
    "Truncated words have no prediction (4 validation and 2 test); they are excluded from the metrics, as set in the task file.",
  ]);
});

test("segments that the model lacks are said once; a model without segments has none to lack", () => {
  const pair = row({ sequences: [{ ids: [1, 2], typeIds: [0, 1] }] });
  assert.deepEqual(notes(of([pair], [pair], [pair]), { typeVocabSize: 1 }), [
    "The tokenizer puts the second text into segment 1, but the model has only segment 0, so segment 0 is used for both texts.",
  ]);
  assert.deepEqual(notes(of([pair], [], []), { typeVocabSize: 0 }), []);
  assert.deepEqual(notes(of([pair], [], []), { typeVocabSize: 2 }), []);
});

test("labels are counted by split: of rows, and of words with those behind the cut", () => {
  const words = row({ target: [-1, 1, 0, -1], unscored: [{ word: 2, label: 1 }] });
  assert.deepEqual(labelCounts(["O", "B-X"], of([words, words], [words], [])), [
    { label: "O", train: 2, validation: 1, test: 0 },
    { label: "B-X", train: 4, validation: 2, test: 0 },
  ]);
  assert.deepEqual(labelCounts(["a", "b"], of([row({ target: 1 })], [], [row()])), [
    { label: "a", train: 0, validation: 0, test: 1 },
    { label: "b", train: 1, validation: 0, test: 0 },
  ]);
});

test("class weights are of the words in the loss, not of those behind the cut", () => {
  const words = row({ target: [-1, 1, 0, -1], unscored: [{ word: 2, label: 1 }] });
  assert.deepEqual(trainedCounts(["O", "B-X"], [words, words]), [2, 2]);
});
