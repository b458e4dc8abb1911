// The thread that reads data files, asked as the extension host asks it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { InputError } from "../../../src/errors.ts";
import { folderOf } from "../../model/folders.ts";
import { dataThread } from "./thread.ts";

/** Writes a task whose training file has this many rows, one in ten of them for validation and one for test. */
function writeTask(folder: string, rows: number, text: string): string {
  const lines = Array.from({ length: rows }, (_, i) => `${text} ${i}\t${i % 2 ? "yes" : "no"}\n`);
  writeFileSync(path.join(folder, "train.tsv"), `text\tlabel\n${lines.join("")}`);
  const task = path.join(folder, "answers.task.json");
  const split = { validation: 0.1, test: 0.1, seed: 1 };
  const columns = { text: "text", label: "label" };
  const files = { train: "train.tsv" };
  writeFileSync(task, JSON.stringify({ name: "answers", kind: "sentence", metric: "accuracy", files, split, columns }));
  return task;
}

test("the thread detects what a data file contains", async (t) => {
  const detected = await dataThread(t).ask("detect", { file: path.resolve("media/sample/tasks/sentiment/train.csv") });
  assert.deepEqual([detected.format, detected.kind], ["csv", "sentence"]);
});

test("an error of the thread names its place and its remedy", async (t) => {
  const file = path.join(folderOf(t), "empty.tsv");
  writeFileSync(file, "");
  await assert.rejects(dataThread(t).ask("detect", { file }), (error) => {
    return error instanceof InputError && error.place.file === file && error.remedy !== "";
  });
});

test("the thread counts a task's training examples, unless the data is too large to read for an estimate", async (t) => {
  const folder = folderOf(t);
  assert.equal(await dataThread(t).ask("examples", { task: writeTask(folder, 100, "a short text") }), 80);
  assert.equal(await dataThread(t).ask("examples", { task: writeTask(folder, 100, "long ".repeat(10_000)) }), null);
});

test("the extension's own bundle contains no reader of data files", () => {
  const code = readFileSync("dist/extension.cjs", "utf8");
  assert.doesNotMatch(code, /ZSTDDecoder|parquetMetadata|-DOCSTART-/);
  assert.match(readFileSync("dist/data-thread.cjs", "utf8"), /parquetMetadata/);
});
