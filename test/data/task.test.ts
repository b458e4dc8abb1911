// Task files with their data: keys, columns, labels, and splits that are set aside.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { parseDescription } from "../../src/data/description.ts";
import { readTask } from "../../src/data/task.ts";

const home = mkdtempSync(path.join(tmpdir(), "masklens-task-"));
after(() => rmSync(home, { recursive: true, force: true }));
let count = 0;

/** Reads a task over these files, in a folder of its own. */
function taskOf(task: object, files: Record<string, string>) {
  const place = path.join(home, String(count++));
  writeFileSync(`${place}.task.json`, JSON.stringify(task));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(home, name), content);
  return readTask(`${place}.task.json`);
}
const twenty = Array.from({ length: 20 }, (_, i) => `row ${i},${i % 2 ? "yes" : "no"}`);
const csv = (rows: string[]) => `text,label\n${rows.join("\n")}\n`;
const sentence = { kind: "sentence", files: { train: "train.csv" } };

test("what a task file leaves out has its default, and paths are relative to the file", () => {
  const { name, metric, files, split, encoding, columns, header } = parseDescription(
    { kind: "pair", files: { train: "a/train.tsv" } },
    "/data/mrpc.task.json",
  );
  assert.deepEqual(
    { name, metric, files, split, encoding, columns, header },
    {
      ...{ name: "mrpc", metric: "accuracy", files: { train: path.resolve("/data/a/train.tsv") }, encoding: "utf-8" },
      ...{ split: { validation: 0.1, test: 0.1, seed: 1 }, header: true },
      columns: { text: "text", textPair: "textPair", label: "label" },
    },
  );
});

test("a name has letters of any language, and can be that of a file on every system", () => {
  const named = (name: string) => parseDescription({ ...sentence, name }, "t.task.json").name;
  for (const name of ["sst2", "a", "отзывы о фильмах", "v1.5_b-c"]) assert.equal(named(name), name);
  for (const name of [" a", "a ", "a.", "../a", "a/b", "a:b", ".a", "-a"])
    assert.throws(() => named(name), /name: ".*" is no name; use letters, digits, spaces and \. _ -/, name);
});

test("an unknown key is refused at every depth, with the key that was meant", () => {
  for (const [task, sentence] of [
    [{ kind: "sentence", file: { train: "x.csv" } }, /file: the key "file" is unknown; did you mean .*files/],
    [{ kind: "sentence", files: { trian: "x.csv" } }, /files\.trian: the key "trian" is unknown; did you mean .*train/],
    [{ kind: "sentense", files: { train: "x.csv" } }, /kind: "sentense" is not possible here; did you mean .*sentence/],
    [{ kind: "sentence", files: { train: "x.csv" }, metric: "entityF1" }, /metric: "entityF1" is not possible here/],
    [{ kind: "sentence", files: { train: "x.csv" }, columns: { txt: "a" } }, /columns\.txt: .*did you mean .*text/],
    [{ kind: "sentence", files: { train: "x.csv" }, split: { test: 2 } }, /split\.test: 2 is not a share/],
    [{ kind: "sentence", files: { train: "x.csv" }, labels: ["a", "a"] }, /labels: "a" stands there twice/],
    [{ kind: "sentence", files: { train: "x.data" } }, /format: the ending of x\.data says nothing/],
    [{ kind: "tagging", files: { train: "x.csv" } }, /files\.train: csv files cannot hold rows of a tagging task/],
  ] as const)
    assert.throws(() => parseDescription(task, "t.task.json"), sentence);
});

test("splits without a file are drawn from training once and for all, disjoint and in the file's order", async () => {
  const first = await taskOf(sentence, { "train.csv": csv(twenty) });
  const again = await taskOf(sentence, { "train.csv": csv(twenty) });
  assert.deepEqual(again.splits, first.splits);
  const texts = (split: readonly object[]) => split.map((row) => (row as { text: string }).text);
  const { train, validation, test } = first.splits;
  assert.deepEqual([train.length, validation.length, test.length], [16, 2, 2]);
  assert.equal(new Set([...texts(train), ...texts(validation), ...texts(test)]).size, 20);
  assert.deepEqual(
    texts(train),
    texts(train).toSorted((a, b) => Number(a.slice(4)) - Number(b.slice(4))),
  );
  const other = await taskOf({ ...sentence, split: { seed: 2 } }, { "train.csv": csv(twenty) });
  assert.notDeepEqual(other.splits, first.splits);
  const more = await taskOf({ ...sentence, split: { validation: 0.3 } }, { "train.csv": csv(twenty) });
  assert.deepEqual(more.splits.test, test, "the test rows do not move with the share of validation");
});

test("labels are those of training sorted, numbers by size, or those that are given in that order", async () => {
  const numbers = ["a,10", "b,9", "c,-1", "d,10", "e,9"];
  const files = { train: "train.csv", validation: "train.csv", test: "train.csv" };
  assert.deepEqual((await taskOf({ ...sentence, files }, { "train.csv": csv(numbers) })).labels, ["-1", "9", "10"]);
  assert.deepEqual((await taskOf({ ...sentence, files }, { "train.csv": csv(twenty) })).labels, ["no", "yes"]);
  const given = await taskOf({ ...sentence, files, labels: ["yes", "no"] }, { "train.csv": csv(twenty) });
  assert.deepEqual(given.splits.train[0], { text: "row 0", label: 1 });
  const numbered = await taskOf(
    { ...sentence, files, labels: ["bad", "good"] },
    { "train.csv": csv(["a,1", "b,0", "c,1"]) },
  );
  assert.deepEqual(
    numbered.splits.train.map((row) => (row as { label: number }).label),
    [1, 0, 1],
  );
});

test("labels that training cannot teach are refused with row and column", async () => {
  const files = { train: "train.csv", validation: "dev.csv", test: "train.csv" };
  await assert.rejects(
    taskOf({ ...sentence, files }, { "train.csv": csv(twenty), "dev.csv": csv(["x,yes", "y,maybe"]) }),
    /dev\.csv, line 3, column label: the label "maybe" is none of the task's/,
  );
  await assert.rejects(
    taskOf(
      { ...sentence, files, labels: ["no", "yes", "maybe"] },
      { "train.csv": csv(twenty), "dev.csv": csv(["y,maybe"]) },
    ),
    /dev\.csv, line 2, column label: no row of training has the label "maybe"/,
  );
  await assert.rejects(
    taskOf(sentence, { "train.csv": csv(["a,", "b,no"]) }),
    /line 2, column label: the label is missing/,
  );
  await assert.rejects(taskOf(sentence, { "train.csv": csv(["a,no", "b,no"]) }), /all rows have one label, "no"/);
  await assert.rejects(
    taskOf({ ...sentence, metric: "f1" }, { "train.csv": csv(["a,1", "b,2", "c,3"]) }),
    /f1 is for two labels/,
  );
});

test("words and tags, sentences and labels must be as many", async () => {
  const lines = ['{"words":["a","b"],"tags":["X","Y"]}', '{"words":["a","b"],"tags":["X"]}'];
  await assert.rejects(
    taskOf({ kind: "tagging", files: { train: "t.jsonl" } }, { "t.jsonl": lines.join("\n") }),
    /t\.jsonl, line 2, column tags: 1 tags for 2 words/,
  );
});

test("in CoNLL files the first column holds the words and the last the tags", async () => {
  const files = { train: "t.conll", validation: "t.conll", test: "t.conll" };
  const task = await taskOf({ kind: "tagging", files }, { "t.conll": "EU NNP B-ORG\nrejects VBZ O\n\nPeter NNP O\n" });
  assert.deepEqual(task.labels, ["B-ORG", "O"]);
  assert.deepEqual(task.splits.train, [
    { words: ["EU", "rejects"], tags: [0, 1] },
    { words: ["Peter"], tags: [1] },
  ]);
});

test("a choice's labels are places, even where training has one only", async () => {
  const files = { train: "c.jsonl", validation: "c.jsonl", test: "c.jsonl" };
  const row = { text: "it", choice0: "a", choice1: "b", choice2: "c", choice3: "d", label: 0 };
  const task = await taskOf({ kind: "choice", files }, { "c.jsonl": JSON.stringify(row) });
  assert.deepEqual(task.splits.train, [{ text: "it", choices: ["a", "b", "c", "d"], label: 0 }]);
});
