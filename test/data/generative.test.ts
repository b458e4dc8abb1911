// Texts as blocks, and sources with their targets, as tokens: against transformers (test/fixtures/texts/make.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { encodeExamples, evaluationBatches } from "../../src/data/batches.ts";
import { type Architecture, SOURCE } from "../../src/data/examples.ts";
import { blocksOf, encodeGeneration, promptOf } from "../../src/data/generative.ts";
import type { Task } from "../../src/data/task.ts";
import { loadTokenizer } from "../../src/data/tokenizer/tokenizer.ts";

interface Sequences {
  source: number[];
  target: number[];
  labels: number[];
  decoder: number[];
}
const expected = JSON.parse(readFileSync("test/fixtures/texts/expected.json", "utf8")) as {
  texts: string[];
  length: number;
  blocks: number[][];
  pairs: [string, string][];
  decoder: Sequences[];
  seq2seq: Sequences[];
  cut: Sequences[];
  conversation: { messages: { role: string; content: string }[]; answer: string; source: number[]; whole: number[] };
};
const FOLDER = "test/fixtures/texts";
const decoder = await loadTokenizer(`${FOLDER}/decoder`, 1000, { bare: true });
const seq2seq = await loadTokenizer(`${FOLDER}/seq2seq`, 1000, { bare: true });
const texts = expected.texts.map((text) => ({ text }));
const pairs = expected.pairs.map(([source, target]) => ({ source, target }));

const AFTER = { architecture: "decoder", maxLength: 128, prompt: null } as const;
const BESIDE = { architecture: "encoder-decoder", maxLength: 128, decoderStartId: 0, prompt: null } as const;

test("texts are joined by end tokens and cut into blocks, of which the last one is kept", () => {
  const blocks = blocksOf(texts, decoder, expected.length);
  assert.deepEqual(
    blocks.map(({ sequences }) => sequences[0]!.ids),
    expected.blocks,
  );
  assert.ok(blocks.at(-1)!.sequences[0]!.ids.length < expected.length);
});

test("each token but the first of a block is the target of the one before it", () => {
  for (const { sequences, target } of blocksOf(texts, decoder, expected.length))
    assert.deepEqual(target, [...sequences[0]!.ids.slice(1), -1]);
});

test("the bytes of all blocks are those of the texts, whatever the length of a block", () => {
  const whole = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  for (const length of [2, 7, 1000]) {
    const sum = blocksOf(texts, decoder, length).reduce((total, { bytes }) => total + bytes!, 0);
    assert.ok(Math.abs(sum - whole) < 1e-9, `${sum} instead of ${whole}`);
  }
});

test("a decoder reads the source and the target in one sequence, and only the target and its end are scored", () => {
  for (const [i, { source, target }] of expected.decoder.entries()) {
    const { sequences, target: targets, cut } = encodeGeneration(pairs[i]!, decoder, AFTER);
    const ids = [...source, ...target];
    assert.deepEqual([sequences[0]!.ids, cut], [ids, false]);
    assert.deepEqual(
      targets,
      ids.map((_, place) => (place >= source.length - 1 && place < ids.length - 1 ? ids[place + 1] : -1)),
    );
  }
});

test("an encoder–decoder reads the source apart, and its decoder the target shifted right", () => {
  for (const [i, { source, labels, decoder: read }] of expected.seq2seq.entries()) {
    const { sequences, target, decoder } = encodeGeneration(pairs[i]!, seq2seq, BESIDE);
    assert.deepEqual([sequences[0]!.ids, target, decoder], [source, labels, read]);
  }
});

test("an encoder–decoder's source and target that are too long are cut as in transformers, and count as cut", () => {
  for (const [i, { source, labels }] of expected.cut.entries()) {
    const { sequences, target, cut } = encodeGeneration(pairs[i]!, seq2seq, { ...BESIDE, maxLength: 6 });
    assert.deepEqual([sequences[0]!.ids, target], [source, labels]);
    const { source: whole, labels: wholeLabels } = expected.seq2seq[i]!;
    assert.equal(cut, whole.length > source.length || wholeLabels.length > labels.length);
  }
});

test("where a decoder's sequence is too long the source loses its beginning and the target its end, the longer one first", () => {
  const last = expected.decoder.at(-1)!;
  const { sequences, target, cut } = encodeGeneration(pairs.at(-1)!, decoder, { ...AFTER, maxLength: 20 });
  assert.equal(cut, true);
  assert.deepEqual(sequences[0]!.ids, [...last.source.slice(-10), ...last.target.slice(0, 10)]);
  assert.equal((target as number[]).filter((id) => id >= 0).length, 10);
});

test("a prompt surrounds the source, and only without one does a decoder's source end in a line break", () => {
  const prompt = "Translate: {source} =>";
  for (const architecture of ["decoder", "encoder-decoder"] as Architecture[])
    assert.equal(promptOf("$& one", { architecture, prompt }), "Translate: $& one =>");
  assert.equal(promptOf("one", { architecture: "decoder", prompt: null }), "one\n");
  assert.equal(promptOf("one", { architecture: "encoder-decoder", prompt: null }), "one");
  const { sequences } = encodeGeneration({ source: "one", target: "two" }, decoder, { ...AFTER, prompt });
  const read = decoder.piecesOf("Translate: one =>");
  assert.deepEqual(sequences[0]!.ids, [...read, ...decoder.piecesOf("two"), decoder.endId]);
});

test("a conversation is rendered by the chat template, and the target ends with its end token", () => {
  const { messages, answer, source, whole } = expected.conversation;
  const { sequences, target } = encodeGeneration({ source: messages, target: answer }, decoder, AFTER);
  const { ids } = sequences[0]!;
  // Generation stops at the end token, so the line break behind it is not part of the target.
  assert.deepEqual(ids, whole.slice(0, ids.length));
  assert.equal(ids.at(-1), decoder.endId);
  assert.ok(whole.length - ids.length <= 1);
  assert.deepEqual(
    target,
    ids.map((_, i) => ids[i + 1] ?? -1).map((id, i) => (i >= source.length - 1 ? id : -1)),
  );
  const asked = { source: [{ role: "user", content: "x" }], target: "y" };
  const filled = encodeGeneration(asked, decoder, { ...AFTER, prompt: "Say: {source}" }).sequences[0]!.ids;
  const plain = { source: [{ role: "user", content: "Say: x" }], target: "y" };
  assert.deepEqual(filled, encodeGeneration(plain, decoder, AFTER).sequences[0]!.ids);
  assert.throws(() => encodeGeneration(asked, seq2seq, BESIDE), /the model's tokenizer has no chat template/);
});

const taskOf = (kind: "language" | "generation", train: unknown[]) =>
  ({ file: "a.task.json", kind, prompt: null, splits: { train } }) as unknown as Task;

test("batches have a target for each token of the sequence or, with a decoder, of what the decoder reads", () => {
  const buckets = [8, 16, 24, 32, 40];
  const options = { size: 4, buckets, padId: 0, segments: 0 };
  const blocks = encodeExamples(taskOf("language", texts), "train", decoder, {
    maxLength: expected.length,
    architecture: "decoder",
  });
  assert.deepEqual(
    blocks.map(({ example }) => example),
    expected.blocks.map((_, i) => i),
  );
  for (const batch of evaluationBatches(blocks, options)) {
    assert.equal(batch.targets.length, batch.size * batch.length);
    assert.equal("decoder" in batch, false);
  }
  const encoded = encodeExamples(taskOf("generation", pairs), "train", seq2seq, {
    ...{ maxLength: 40, architecture: "encoder-decoder", decoderStartId: 0 },
  });
  const batches = evaluationBatches(encoded, options);
  assert.deepEqual(
    batches.map(({ rows }) => rows),
    [4, 1],
  );
  for (const { size, index, decoder: read, targets } of batches) {
    const { length, ids, attention } = read!;
    assert.deepEqual([ids.length, attention.length, targets.length], Array(3).fill(size * length));
    for (let row = 0; row < size; row++) {
      const own = encoded[index[row] ?? -1];
      const within = <T>(values: ArrayLike<T>) => Array.from(values).slice(row * length, (row + 1) * length);
      const padded = (values: readonly number[], by: number) => [...values, ...Array(length - values.length).fill(by)];
      assert.deepEqual(within(ids).map(Number), padded(own?.decoder ?? [], 0));
      assert.deepEqual(within(targets).map(Number), padded((own?.target as number[]) ?? [], -1));
      assert.deepEqual(within(attention), padded(Array(own?.decoder?.length ?? 1).fill(1), 0));
    }
  }
});

test("a model of another architecture and a length without room for text are refused", () => {
  const encode = (kind: "language" | "generation", architecture: Architecture, maxLength = 16) =>
    encodeExamples(taskOf(kind, []), "train", decoder, { maxLength, architecture });
  assert.throws(
    () => encode("language", "encoder-decoder"),
    /a language task, but the model is an encoder–decoder; use a decoder/,
  );
  assert.throws(() => encode("generation", "encoder"), /use a decoder or an encoder–decoder/);
  assert.throws(() => encode("language", "decoder", 1), /a maximum length of 1 tokens leaves no room for text/);
});

test("a tokenizer that adds nothing around a text is refused unless it may, and one without an end token generates nothing", async () => {
  await assert.rejects(loadTokenizer(`${FOLDER}/decoder`), /no special token is added before a text/);
  const endless = await loadTokenizer("test/fixtures/models/tiny-bert");
  assert.throws(() => blocksOf(texts, endless, 8), /the tokenizer has no end token/);
});

test("an empty source is refused, naming its row, where the tokenizer adds no token that starts the text", () => {
  const task = {
    kind: "generation",
    file: "task.json",
    prompt: SOURCE,
    splits: { test: [pairs[0]!, { source: "", target: "a" }] },
  };
  const encoded = () => encodeExamples(task as unknown as Task, "test", decoder, AFTER);
  assert.throws(encoded, /task\.json, test example 2: the source has no tokens/);
});
