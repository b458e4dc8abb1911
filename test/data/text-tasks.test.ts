// Tasks without labels: texts, sources with their targets, and conversations, as they are read.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after } from "node:test";
import { parseDescription } from "../../src/data/description.ts";
import { hasConversations } from "../../src/data/generative.ts";
import { readTask } from "../../src/data/task.ts";
import { cellsOf, places } from "./rows.ts";

const folder = mkdtempSync(path.join(tmpdir(), "texts-"));
after(() => rmSync(folder, { recursive: true }));

/** Reads a task whose only data file has this content. */
async function taskOf(task: object, content: string, file: string) {
  writeFileSync(path.join(folder, file), content);
  const split = { validation: 0.25, test: 0.25 };
  writeFileSync(path.join(folder, "x.task.json"), JSON.stringify({ files: { train: file }, split, ...task }));
  return readTask(path.join(folder, "x.task.json"));
}
const lines = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const PAIRS = ["a", "b", "c", "d"].map((source) => ({ source, target: source.toUpperCase() }));

test("plain text has a row per paragraph, whose lines stay as they are", async () => {
  const text = "\n  one\ntwo \n\n \t\nthree\r\nfour\r\n\r\n{five}\n";
  assert.deepEqual(await cellsOf("txt", text), [{ text: "  one\ntwo " }, { text: "three\nfour" }, { text: "{five}" }]);
  assert.deepEqual(await places("txt", text), ["line 2", "line 6", "line 9"]);
  // A text that looks like JSON is still a text.
  assert.deepEqual(await cellsOf("txt", '{"text": 1}'), [{ text: '{"text": 1}' }]);
});

test("a language task reads texts from plain text and tables, holds out splits and has no labels", async () => {
  const task = await taskOf({ kind: "language" }, "a\n\nb\n\nc\n\nd\n", "a.txt");
  const { metric, labels, labelCounts, splits, notes } = task;
  assert.deepEqual([metric, labels, labelCounts.train, notes], ["perplexity", [], [], []]);
  const texts = Object.values(splits).flat() as { text: string }[];
  assert.deepEqual(texts.map(({ text }) => text).sort(), ["a", "b", "c", "d"]);
  assert.equal(splits.train.length, 2);
  const rows = await taskOf(
    { kind: "language", columns: { text: "t" } },
    lines({ t: "a" }, { t: "" }, { t: "c" }),
    "a.jsonl",
  );
  assert.equal(rows.splits.train.length, 1);
  assert.deepEqual(rows.notes, ["a.jsonl: The file has 1 example with empty text"]);
});

test("empty sources and targets are counted apart, and skip leaves out examples without a target", async () => {
  const rows = lines(...PAIRS, { source: "", target: "x" }, { source: "", target: "" }, { source: "y", target: "" });
  const both = ["2 examples with an empty source", "2 examples with an empty target, of which"];
  const notesOf = ({ notes }: { notes: readonly string[] }) => notes.map((note) => note.split(" has ")[1]);
  const whole = notesOf(await taskOf({ kind: "generation" }, rows, "a.jsonl"));
  assert.equal(whole.length, 2);
  for (const [i, note] of both.entries()) assert.ok(whole[i]!.startsWith(note), whole[i]);
  const skipping = await taskOf({ kind: "generation", skip: true }, rows, "a.jsonl");
  assert.deepEqual(skipping.skipped.train, [{ reason: "empty target", count: 2 }]);
  assert.equal(Object.values(skipping.splits).flat().length, 5);
  assert.equal(notesOf(skipping)[0], "1 example with an empty source");
  const columns = { prompt: "source", response: "target" };
  const asked = await taskOf({ kind: "generation", columns }, rows, "a.jsonl");
  assert.ok(notesOf(asked)[0]!.startsWith(both[0]!), "prompts are counted as sources");
});

test("a text without blank lines is one document, from which no split can be held out", async () => {
  await assert.rejects(
    taskOf({ kind: "language" }, "a\nb\nc\n", "one.txt"),
    /one\.txt: the file is one document, because only blank lines separate documents, so no other split can be held out from it; separate its documents by blank lines or use jsonl, or name a validation and a test file/,
  );
  const files = { train: "one.txt", validation: "one.txt", test: "one.txt" };
  assert.equal((await taskOf({ kind: "language", files }, "a\nb\n", "one.txt")).splits.train.length, 1);
});

test("a generation task reads sources and targets, and its prompt", async () => {
  const task = await taskOf({ kind: "generation", prompt: "Say: {source}" }, lines(...PAIRS), "a.jsonl");
  assert.deepEqual([task.metric, task.prompt, hasConversations(task)], ["perplexity", "Say: {source}", false]);
  const examples = Object.values(task.splits).flat() as typeof PAIRS;
  assert.deepEqual(
    examples.toSorted((a, b) => a.source.localeCompare(b.source)),
    PAIRS,
  );
  const named = { kind: "generation", metric: "bleu", columns: { source: "target", target: "source" } };
  const swapped = await taskOf(named, lines(...PAIRS), "a.jsonl");
  assert.deepEqual([swapped.metric, swapped.prompt], ["bleu", null]);
  assert.match((swapped.splits.train[0] as (typeof PAIRS)[0]).source, /[A-D]/);
});

test("prompts with responses, and messages, are conversations whose last message is the target", async () => {
  const answers = PAIRS.map(({ source, target }) => ({ q: source, a: target }));
  const columns = { prompt: "q", response: "a" };
  const { splits } = await taskOf({ kind: "generation", columns }, lines(...answers), "a.jsonl");
  const { source, target } = splits.train[0] as { source: { role: string; content: string }[]; target: string };
  assert.deepEqual(source, [{ role: "user", content: target.toLowerCase() }]);
  const talk = (answer: object) => ({
    messages: [{ role: "user", content: "a", name: "anna" }, answer],
  });
  const good = talk({ role: "assistant", content: "A" });
  const messages = { kind: "generation", columns: { messages: "messages" } };
  const task = await taskOf(messages, lines(good, good, good), "a.jsonl");
  assert.deepEqual(task.splits.train[0], {
    source: [{ role: "user", content: "a", name: "anna" }],
    target: "A",
  });
  assert.equal(hasConversations(task), true);

  const refused = (bad: object, what: RegExp) => assert.rejects(taskOf(messages, lines(good, bad), "a.jsonl"), what);
  await refused(
    talk({ role: "user", content: "A" }),
    /line 2, column messages: the last message is from "user", not from the assistant/,
  );
  await refused(talk({ role: "assistant", content: ["A"] }), /which is not text; provide messages such as/);
  await refused(talk({ content: "A" }), /a message has no role/);
  await refused({ messages: [{ role: "assistant", content: "A" }] }, /no message precedes the assistant's/);
  await refused({ messages: ["a"] }, /"a" is not a message/);
  await refused({ messages: "a" }, /"a" is not a list/);
  const skipping = await taskOf({ ...messages, skip: true }, lines(good, good, good, { messages: ["a"] }), "a.jsonl");
  assert.deepEqual(skipping.skipped.train, [{ reason: "messages that are not a conversation", count: 1 }]);
});

test("keys about labels, prompts without a source and fields of two sets are refused", () => {
  const parse = (task: object) =>
    parseDescription({ kind: "generation", files: { train: "a.jsonl" }, ...task }, "x.task.json");
  const refused = (task: object, what: RegExp) =>
    assert.throws(() => parse(task), { name: "InputError", message: what });
  refused({ labels: ["a", "b"] }, /labels: a generation task has no labels; remove this key/);
  refused({ classWeights: "balanced" }, /classWeights: a generation task has no labels/);
  refused({ metric: "accuracy" }, /metric/);
  refused({ kind: "language", metric: "bleu" }, /metric/);
  refused(
    { kind: "sentence", prompt: "{source}" },
    /prompt: this key is only for generation tasks, but this is a sentence task/,
  );
  refused({ prompt: "Say:" }, /prompt: \{source\} does not occur exactly once/);
  refused({ prompt: "{source} {source}" }, /does not occur exactly once/);
  refused({ prompt: "{source}", columns: { messages: "m" } }, /conversations have no prompt/);
  refused(
    { columns: { source: "a", response: "b" } },
    /no example has the fields source and response; name the columns of one set/,
  );
  refused({ columns: { text: "a" } }, /columns\.?.*text/);
  refused(
    { files: { train: "a.txt" } },
    /the format of a\.txt cannot be inferred from its extension; set "format" in the task file to one of csv, tsv, glue, jsonl, json, parquet, webnlg, penman\.?$/,
  );
  refused({ format: "txt" }, /txt files cannot hold examples of a generation task/);
  assert.deepEqual(parse({ columns: { prompt: "q" } }).columns, { prompt: "q", response: "response" });
});

test("the generated tasks are read, and no example of theirs is in two splits", async () => {
  for (const name of ["dates", "reversed", "weather", "kitchen"]) {
    const { splits, notes } = await readTask(`test/fixtures/texts/tasks/${name}.task.json`);
    assert.deepEqual(notes, [], name);
    const all = Object.values(splits)
      .flat()
      .map((example) => JSON.stringify(example));
    assert.equal(new Set(all).size, all.length, name);
    assert.ok(splits.train.length > 200, name);
  }
});
