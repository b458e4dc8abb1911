// A row of each kind as pieces and targets, with the tiny model's own tokenizer.
import assert from "node:assert/strict";
import test from "node:test";
import { encodeExample, sequencesOf } from "../../src/data/encode.ts";
import { loadTokenizer } from "../../src/data/tokenizer/tokenizer.ts";

const tokenizer = await loadTokenizer("test/fixtures/models/tiny-bert");
const { clsId, sepId } = tokenizer;
const wordsOf = (text: string) => tokenizer.piecesOf(text);

test("sentences and pairs are one sequence with its label", () => {
  const [row] = encodeExample("sentence", { text: "a good film", label: 1 }, tokenizer, 16);
  assert.deepEqual(row, {
    sequences: [tokenizer.encode("a good film", undefined, 16)],
    target: 1,
    ...{ cut: false, unscored: [] },
  });
  const [pair] = encodeExample("pair", { text: "good", textPair: "bad", label: 0 }, tokenizer, 16);
  assert.deepEqual(pair!.sequences[0]!.ids, [clsId, ...wordsOf("good"), sepId, ...wordsOf("bad"), sepId]);
  assert.ok(pair!.sequences[0]!.typeIds.includes(1));
});

test("a choice is four sequences, the text before each continuation", () => {
  const row = { text: "the film was", choices: ["good", "bad", "the", "a"], label: 2 };
  const [choice] = encodeExample("choice", row, tokenizer, 32);
  assert.deepEqual(
    choice!.sequences,
    row.choices.map((continuation) => tokenizer.encode(row.text, continuation, 32)),
  );
  assert.deepEqual([choice!.target, sequencesOf("choice"), sequencesOf("pair")], [2, 4, 1]);
});

test("a tag stands at its word's last piece, and a word that is cut has none", () => {
  const words = ["mask", "good", "river"];
  const lengths = words.map((word) => wordsOf(word).length);
  assert.ok(lengths[1]! > 1, "the middle word has several pieces");
  const target = (maxLength: number) =>
    encodeExample("tagging", { words, tags: [0, 1, 2] }, tokenizer, maxLength)[0]!.target;
  const whole = [-1, ...lengths.flatMap((length, tag) => [...Array<number>(length - 1).fill(-1), tag]), -1];
  assert.deepEqual(target(64), whole);
  // Room for the first word and one piece of the second.
  const cut = target(2 + lengths[0]! + 1) as number[];
  assert.deepEqual(
    cut.filter((tag) => tag >= 0),
    [0],
  );
});

test("a document's labels stand at the separators behind its sentences", () => {
  const sentences = ["the film", "good"];
  const [document, ...more] = encodeExample("document", { sentences, labels: [1, 0] }, tokenizer, 32);
  const [a, b] = sentences.map(wordsOf);
  assert.equal(more.length, 0);
  assert.deepEqual(document!.sequences[0]!.ids, [clsId, ...a!, sepId, ...b!, sepId]);
  assert.deepEqual(document!.target, [-1, ...a!.map(() => -1), 1, ...b!.map(() => -1), 0]);
});

test("documents of over 10 sentences are halved until each part fits, and no label is lost", () => {
  const sentences = Array.from({ length: 23 }, () => "good film");
  const labels = sentences.map((_, i) => i);
  const parts = encodeExample("document", { sentences, labels }, tokenizer, 128);
  const labelled = parts.map(({ target }) => (target as number[]).filter((label) => label >= 0));
  assert.deepEqual(
    labelled.map(({ length }) => length),
    [5, 6, 6, 6],
  );
  assert.deepEqual(labelled.flat(), labels);
});

test("without context, each sentence of a document is read alone, with its label at its separator", () => {
  const sentences = ["the film", "good", "mask"];
  const parts = encodeExample("document", { sentences, labels: [1, 0, 2] }, tokenizer, 32, "sentence");
  assert.deepEqual(
    parts.map((part) => part.sequences[0]!.ids),
    sentences.map((sentence) => [clsId, ...wordsOf(sentence), sepId]),
  );
  assert.deepEqual(
    parts.map(({ target }) => (target as number[]).filter((label) => label >= 0)),
    [[1], [0], [2]],
  );
});

test("where a document is too long its longest sentences are cut, all to one length", () => {
  const sentences = ["mask", "the river was frozen and that moon was on it", "how the river and the moon"];
  const [document] = encodeExample("document", { sentences, labels: [0, 1, 2] }, tokenizer, 14);
  const { ids } = document!.sequences[0]!;
  const ends = ids.flatMap((id, i) => (id === sepId ? [i] : []));
  const lengths = ends.map((end, i) => end - (ends[i - 1] ?? 0) - 1);
  assert.ok(ids.length <= 14);
  assert.deepEqual(lengths, [1, 4, 4]);
});

test("an example that loses text to the maximum length is cut, one that fits exactly is not", () => {
  const length = (text: string, pair?: string) => tokenizer.encode(text, pair, 999).ids.length;
  const cut = (kind: "sentence" | "pair" | "choice", maxLength: number) => {
    const row = { text: "the river was frozen", textPair: "good", choices: ["a", "a", "the moon", "a"], label: 0 };
    return encodeExample(kind, row, tokenizer, maxLength)[0]!.cut;
  };
  const [text, choice] = ["the river was frozen", "the moon"];
  for (const [kind, fits] of [
    ["sentence", length(text!)],
    ["pair", length(text!, "good")],
    ["choice", length(text!, choice)],
  ] as const)
    assert.deepEqual([cut(kind, fits), cut(kind, fits - 1)], [false, true], kind);
});

test("words behind the cut, a word cut in two and one of which nothing is left are unscored, with place and label", () => {
  const words = ["mask", "\u0007", "good", "river"];
  const tags = [3, 4, 5, 6];
  const unscored = (maxLength: number) => encodeExample("tagging", { words, tags }, tokenizer, maxLength)[0]!;
  assert.deepEqual(unscored(64).unscored, [{ word: 1, label: 4 }]);
  assert.equal(unscored(64).cut, false);
  const { unscored: lost, cut } = unscored(2 + wordsOf("mask").length + 1);
  assert.deepEqual(lost, [
    { word: 1, label: 4 },
    { word: 2, label: 5 },
    { word: 3, label: 6 },
  ]);
  assert.equal(cut, true);
});

test("a document is cut where one of its sentences loses pieces", () => {
  const sentences = ["the river was frozen", "good"];
  const cut = (maxLength: number) =>
    encodeExample("document", { sentences, labels: [0, 1] }, tokenizer, maxLength)[0]!.cut;
  const fits = 3 + wordsOf(sentences[0]!).length + wordsOf(sentences[1]!).length;
  assert.deepEqual([cut(fits), cut(fits - 1)], [false, true]);
});
