// Representations of the tiny model: the pretrained model beside adaptations, and which vectors are read.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { readAdaptation } from "../../../src/adaptation/read.ts";
import { type RepresentationOptions, represent } from "../../../src/adaptation/representation/representation.ts";
import { InputError } from "../../../src/errors.ts";
import { encodeMask, type Mask } from "../../../src/mask/file.ts";
import { maskFile } from "../tiny.ts";

const LABELS = ["no", "yes"];
const WORDS = ["the", "river", "was", "frozen", "moon", "thin"];
let folder: string;
let task: string;
let mask: string;
let tagged: string;
let tagging: string;

/** Writes a task with these rows as training and test examples. */
function taskFile(name: string, kind: string, rows: readonly object[], columns: object): string {
  writeFileSync(path.join(folder, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const files = Object.fromEntries(["train", "validation", "test"].map((split) => [split, `${name}.jsonl`]));
  const file = path.join(folder, `${name}.task.json`);
  writeFileSync(file, JSON.stringify({ name, kind, metric: "accuracy", labels: LABELS, files, columns }));
  return file;
}

const textOf = (i: number) =>
  Array.from({ length: 2 + (i % 5) }, (_, j) => WORDS[(i * 3 + j * j) % WORDS.length]).join(" ");

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "masklens-representation-"));
  const rows = Array.from({ length: 30 }, (_, i) => ({ text: textOf(i), label: LABELS[i % 2] }));
  task = taskFile("two", "sentence", rows, { text: "text", label: "label" });
  mask = await maskFile(folder, "two", LABELS);
  const sentences = Array.from({ length: 12 }, (_, i) => textOf(i).split(" "));
  const words = sentences.map((words) => ({ words, tags: words.map((word) => LABELS[Number(word.length > 4)]) }));
  tagging = taskFile("tags", "tagging", words, { words: "words", tags: "tags" });
  tagged = await maskFile(folder, "tags", LABELS, { kind: "tagging", layers: [0, 1] });
});
after(() => rmSync(folder, { recursive: true }));

const found = (more: Partial<RepresentationOptions> = {}) =>
  represent({
    ...{ adaptations: [mask], task, split: "test", rows: 100, seed: 1, projection: "pca", device: "cpu", ...more },
  });

/** Writes the mask again, with all weights kept. */
async function whole(): Promise<string> {
  const { metadata, matrices, tensors } = (await readAdaptation(mask)) as Mask;
  const kept = matrices.map((matrix) => {
    const { rows, columns, stride } = matrix.bits;
    const bytes = new Uint8Array(rows * stride);
    for (let i = 0; i < rows * columns; i++) {
      const [row, column] = [Math.floor(i / columns), i % columns];
      bytes[row * stride + (column >> 3)]! |= 1 << (column & 7);
    }
    return { ...matrix, bits: { ...matrix.bits, bytes } };
  });
  const file = path.join(folder, "whole.mask.safetensors");
  writeFileSync(file, Buffer.concat(await encodeMask({ metadata, matrices: kept, tensors })));
  return file;
}

test("a mask that keeps all weights represents as the pretrained model does, and another mask does not", async () => {
  const { models, counts } = await found({ adaptations: [await whole(), mask] });
  const [pretrained, kept, other] = models.map(({ adaptation: _, ...model }) => model);
  assert.deepEqual(
    models.map(({ adaptation }) => adaptation && path.basename(adaptation)),
    [null, "whole.mask.safetensors", "two.mask.safetensors"],
  );
  assert.deepEqual(kept, pretrained);
  assert.notDeepEqual(other!.points, pretrained!.points);
  assert.deepEqual(pretrained!.vectors, { train: 30, split: 30 });
  assert.equal(pretrained!.probe.majority, 0.5);
  assert.deepEqual(counts.split, { examples: 30, cut: 0, unscored: 0 });
  assert.deepEqual([pretrained!.points[1]!.label, pretrained!.points[1]!.text], ["yes", textOf(1)]);
});

test("in a tagging task each labelled word has a vector", async () => {
  const { models } = await found({ adaptations: [tagged], task: tagging });
  const [{ points, reads }] = models as [(typeof models)[number]];
  assert.equal(reads, "labelled");
  const words = Array.from({ length: 12 }, (_, i) => textOf(i)).flatMap((text) =>
    text.split(" ").map((word) => [LABELS[Number(word.length > 4)], `${word}: ${text}`]),
  );
  assert.deepEqual(
    points.map(({ label, text }) => [label, text]),
    words,
  );
});

test("training examples and vectors are drawn with the seed", async () => {
  const of = async (seed: number) => (await found({ rows: 6, seed })).models.map(({ points, ...model }) => model);
  assert.deepEqual(await of(1), await of(1));
  assert.equal((await of(1))[0]!.vectors.train, 6);
  assert.notDeepEqual(await of(1), await of(2));
  const { models } = await found({ adaptations: [tagged], task: tagging, rows: 5 });
  assert.equal(models[0]!.vectors.train, 5, "at most as many vectors as examples");
});

test("too few examples are refused with the reason", async () => {
  const refused = (more: Partial<RepresentationOptions>, what: RegExp) =>
    assert.rejects(found(more), (error) => error instanceof InputError && what.test(error.message));
  const few = taskFile(
    "few",
    "sentence",
    [0, 1].map((i) => ({ text: "the moon", label: LABELS[i] })),
    {},
  );
  await refused({ task: few }, /2 training vectors and 2 test vectors, too few/);
  await refused({ adaptations: [mask, tagged] }, /trained for a tagging task, but this is a sentence task/);
});
