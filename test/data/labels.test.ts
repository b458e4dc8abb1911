// What is looked at in the labels of the training split: every row of the table, for each kind of task that has it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { readTask } from "../../src/data/task.ts";

const home = mkdtempSync(path.join(tmpdir(), "masklens-labels-"));
after(() => rmSync(home, { recursive: true, force: true }));
let count = 0;

/** A task whose three splits are one file, in a folder of its own. */
function taskOf(task: object, name: string, content: string) {
  const place = path.join(home, `${count++}`);
  const file = `${place}.${name}`;
  writeFileSync(file, content);
  const files = { train: file, validation: file, test: file };
  writeFileSync(`${place}.task.json`, JSON.stringify({ files, ...task }));
  return readTask(`${place}.task.json`);
}
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** A sentence task with these labels in a CSV file. */
const labelled = (labels: readonly string[], task: object = {}) =>
  taskOf(
    { kind: "sentence", ...task },
    "csv",
    `text,label\n${labels.map((label, i) => `text ${i},${label}\n`).join("")}`,
  );
/** A tagging task with these tags, a sentence a list. */
const tagged = (sentences: readonly (readonly unknown[])[], task: object = {}) =>
  taskOf({ kind: "tagging", ...task }, "jsonl", lines(sentences.map((tags) => ({ words: tags.map(String), tags }))));
const documents = (labels: readonly (readonly unknown[])[], task: object = {}) =>
  taskOf(
    { kind: "document", ...task },
    "jsonl",
    lines(labels.map((labels) => ({ sentences: labels.map(String), labels }))),
  );

async function labelsOf(task: ReturnType<typeof readTask>) {
  const { labels, labelCounts } = await task;
  return Object.fromEntries(labels.map((label, i) => [label, labelCounts.train[i]]));
}
/** What is said of labels; where files are the same and how large classes are is another matter. */
const notesOf = async (task: ReturnType<typeof readTask>) =>
  (await task).notes.filter((note) => !/same data|accuracy/.test(note)).map((note) => note.replace(/^\S+ /, ""));
const skippedOf = async (task: ReturnType<typeof readTask>) => (await task).skipped.train;

test("blanks around labels are removed, in every kind of task, and it is said", async () => {
  const task = labelled(["pos", " pos", "neg\t", "\u00a0neg", "neg\u200b"]);
  assert.deepEqual(await labelsOf(task), { neg: 3, pos: 2 });
  assert.deepEqual(await notesOf(task), ['Whitespace around labels was removed (4 examples: "pos", "neg")']);
  assert.deepEqual(await labelsOf(tagged([["A", " A", "B "]])), { A: 2, B: 1 });
  assert.deepEqual(await notesOf(tagged([["A", " A", "B "]])), [
    'Whitespace around labels was removed (2 words: "A", "B")',
  ]);
  assert.deepEqual(await labelsOf(documents([["x", "x "], ["y"]])), { x: 2, y: 1 });
  // A label that the task file itself names with blanks is that label.
  assert.deepEqual(await labelsOf(labelled(["a", "b "], { labels: ["a", "b "] })), { a: 1, "b ": 1 });
});

test("blanks are removed in validation, too, where training has none", async () => {
  const files = { train: path.join(home, "t.csv"), validation: path.join(home, "v.csv") };
  writeFileSync(files.train, "text,label\na,x\nb,y\nc,x\nd,y\n");
  writeFileSync(files.validation, "text,label\na, x\n");
  const { labelCounts } = await taskOf({ kind: "sentence", files }, "csv", "");
  assert.deepEqual(labelCounts.validation, [1, 0]);
});

test("labels that differ only by case, or in how they are written, are noted with their counts", async () => {
  assert.deepEqual(await notesOf(labelled(["Pos", "pos", "neg", "pos"])), [
    'Some labels differ only in case but count as different classes: "Pos" (1) and "pos" (2)',
  ]);
  assert.deepEqual(await notesOf(labelled(["so so", "so  so", "01", "1"])), [
    'Some labels differ only in how they are written but count as different classes: "so so" (1) and "so  so" (1); "01" (1) and "1" (1)',
  ]);
  assert.deepEqual(await notesOf(labelled(["a", "b"])), []);
});

test("marks for a missing label beside others are refused with both ways out", async () => {
  for (const mark of ["-", "_", "nan", "NULL", "N/A"])
    await assert.rejects(
      labelled(["a", mark, "b", mark]),
      new RegExp(
        `csv, line 3, column label: 2 examples seem to have no label \\("${mark}": 2\\); add "skip": true to leave them out, or keep "${mark}" as a class with "labels": \\["a", "b", "${mark}"\\]`,
      ),
    );
  await assert.rejects(
    labelled(["a", "", "b"]),
    /line 3, column label: the label is missing from 1 example; add "skip": true to leave this example out, or keep "" as a class with "labels": \["a", "b", ""\]/,
  );
  await assert.rejects(tagged([["A", "_"], ["B"]]), /line 1, column tags: 1 word seems to have no label \("_": 1\)/);
  await assert.rejects(documents([["A", "-"], ["B"]]), /line 1, column labels: 1 sentence seems to have no label/);
  await assert.rejects(tagged([[0, -100], [1]]), /1 word seems to have no label \("-100": 1\)/);
});

test("under skip, examples with a mark for a missing label are left out and counted", async () => {
  const task = labelled(["a", "-", "b", "", "a"], { skip: true });
  assert.deepEqual(await labelsOf(task), { a: 2, b: 1 });
  assert.deepEqual(await skippedOf(task), [{ reason: "no label", count: 2 }]);
  const words = tagged(
    [
      ["A", "_"],
      ["B", "A"],
    ],
    { skip: true },
  );
  assert.deepEqual(await labelsOf(words), { A: 1, B: 1 });
  assert.deepEqual(await skippedOf(words), [{ reason: "no label", count: 1 }]);
});

test("a mark that the task names as a label is a class", async () => {
  assert.deepEqual(await labelsOf(labelled(["a", "-", "b"], { labels: ["a", "b", "-"] })), { a: 1, b: 1, "-": 1 });
  assert.deepEqual(await labelsOf(labelled(["a", "", "b"], { labels: ["", "a", "b"] })), { "": 1, a: 1, b: 1 });
});

test("plus and minus are two classes", async () => {
  assert.deepEqual(await labelsOf(labelled(["-", "+", "+"])), { "+": 2, "-": 1 });
});

test("-1 beside classes counted from 0 or 1, or beside names, means no label; alone with 1 it is a class", async () => {
  for (const others of [["0", "1"], ["0"], ["1", "2"], ["0", "1", "2", "3"], ["no", "yes"]])
    await assert.rejects(
      labelled(["-1", ...others, ...others]),
      /1 example seems to have no label \("-1": 1\); add "skip"/,
    );
  assert.deepEqual(await labelsOf(labelled(["-1", "1", "1"])), { "-1": 1, 1: 2 });
  assert.deepEqual(await labelsOf(labelled(["-2", "-1", "0", "1", "2"])), { "-2": 1, "-1": 1, 0: 1, 1: 1, 2: 1 });
  const task = labelled(["-1", "0", "1"], { skip: true });
  assert.deepEqual([await labelsOf(task), await skippedOf(task)], [{ 0: 1, 1: 1 }, [{ reason: "no label", count: 1 }]]);
  assert.deepEqual(await labelsOf(labelled(["-1", "0", "1"], { labels: ["-1", "0", "1"] })), { "-1": 1, 0: 1, 1: 1 });
});

test("names for numbers leave -1 without a label, and it can be one of the names without moving the others", async () => {
  const labels = ["neg", "pos"];
  await assert.rejects(
    labelled(["-1", "0", "1"], { labels }),
    /keep "-1" as a class with "labels": \["neg", "pos", "-1"\]/,
  );
  assert.deepEqual(await labelsOf(labelled(["-1", "0", "1", "1"], { labels, skip: true })), { neg: 1, pos: 2 });
  assert.deepEqual(await labelsOf(labelled(["-1", "0", "1", "1"], { labels: ["-1", ...labels] })), {
    ...{ "-1": 1, neg: 1, pos: 2 },
  });
});

test("whole numbers are one label however they are written, and it is said", async () => {
  const task = labelled(["1.0", "1", "0.0"]);
  assert.deepEqual(await labelsOf(task), { 0: 1, 1: 2 });
  assert.deepEqual(await notesOf(task), ['Numbers are read as whole numbers: "1.0" as "1", "0.0" as "0"']);
  assert.deepEqual(await labelsOf(labelled(["+1", "-1"])), { "-1": 1, 1: 1 });
  assert.deepEqual(await labelsOf(labelled(["1.0", "0.0"], { labels: ["neg", "pos"] })), { neg: 1, pos: 1 });
  // Versions are names.
  assert.deepEqual(await labelsOf(labelled(["1.0", "2.0", "beta"])), { "1.0": 1, "2.0": 1, beta: 1 });
});

test("numbers that are not whole are refused as regression, and the task file can make them classes", async () => {
  await assert.rejects(
    labelled(["0.5", "1", "1.5"]),
    /csv, column label: the labels include non-integer numbers \("0\.5", "1\.5"\), but regression is not supported; choose a label column that contains classes, or list the numbers under "labels"/,
  );
  await assert.rejects(tagged([[0.5, 1]]), /non-integer numbers \("0\.5"\), but regression/);
  for (const skip of [true, false])
    await assert.rejects(labelled(["0.5", "1", ""], { skip }), /regression is not supported/);
  assert.deepEqual(await labelsOf(labelled(["0.5", "1"], { labels: [0.5, 1] })), { 0.5: 1, 1: 1 });
});

test("numbers with a decimal comma are numbers", async () => {
  const rows = ["0,5", "1,5", "2,0"].map((label, i) => `text ${i};${label}\n`).join("");
  await assert.rejects(
    taskOf({ kind: "sentence" }, "csv", `text;label\n${rows}`),
    /non-integer numbers \("0,5", "1,5"\), but regression is not supported/,
  );
});

test("a column with nearly as many different texts as examples is noted as a doubtful one of labels", async () => {
  const names = (different: number) => Array.from({ length: 40 }, (_, i) => `class ${i % different}`);
  assert.deepEqual(await notesOf(labelled(names(30))), [
    "40 examples have 30 different labels: check that the label column is the right one",
  ]);
  assert.deepEqual(await notesOf(labelled(names(20))), []);
});

test("over 20 different numbers are refused where they are more than a twentieth of the examples", async () => {
  const numbers = (different: number, all: number) => Array.from({ length: all }, (_, i) => String(i % different));
  await assert.rejects(
    labelled(numbers(21, 419)),
    /the labels are 21 different numbers in 419 examples, which suggests regression, but regression is not supported/,
  );
  assert.equal((await labelled(numbers(21, 420))).labels.length, 21);
  assert.equal((await labelled(numbers(20, 20))).labels.length, 20);
  assert.equal((await labelled(numbers(30, 30), { labels: numbers(30, 30) })).labels.length, 30);
  assert.equal((await labelled(numbers(30, 30).map((number) => `class ${number}`))).labels.length, 30);
});

test("entityF1 without a label that begins with B- or I- is refused, with the labels key written out", async () => {
  const metric = "entityF1";
  await assert.rejects(
    tagged(
      [
        [0, 1, 2],
        [3, 4, 0],
      ],
      { metric },
    ),
    /task\.json, metric: entityF1 needs labels such as B-PER and I-PER, but the labels in the data are "0", "1", "2", "3", "4"; name the classes that the numbers 0 to 4 stand for, as in "labels": \["O", "B-PER", "I-PER", "B-ORG", "I-ORG"\], or use "metric": "accuracy"/,
  );
  await assert.rejects(tagged([[0, 8]], { metric }), /the numbers 0 to 8 .*"B-LOC", "I-LOC", "B-MISC", "I-MISC"\]/);
  for (const tag of ["PER", "B_PER", "PER-B", "b-PER"])
    await assert.rejects(
      tagged([["O", tag]], { metric }),
      /the labels in the data are .*; prefix the tags of entities with B- and I-/,
    );
  await assert.rejects(
    tagged([[0, 1]], { metric, labels: ["O", "X"] }),
    /but the labels in the task file are "O", "X"; prefix the tags of entities with B- and I-/,
  );
  await tagged([["O", "I-PER"]], { metric });
  await tagged([[0, 1, 2]], { metric, labels: ["O", "B-PER", "I-PER"] });
});

test("labels of validation and test that training lacks are refused with their counts, and left out under skip", async () => {
  const file = path.join(home, "lacks.csv");
  writeFileSync(file, "text,label\na,x\nb,w\nc,v\nd,w\n");
  const train = path.join(home, "has.csv");
  writeFileSync(train, "text,label\na,x\nb,y\n");
  const files = { train, validation: file, test: train };
  const task = (more: object) => taskOf({ kind: "sentence", files, ...more }, "csv", "");
  await assert.rejects(
    task({}),
    /lacks\.csv, line 3, column label: the label "w" is not one of the task's labels \(3 examples are affected: "w": 2, "v": 1\); /,
  );
  await assert.rejects(
    task({ labels: ["v", "w", "x", "y"] }),
    /lacks\.csv, line 3, column label: no training example has the label "w" \(3 examples are affected: "w": 2, "v": 1\); /,
  );
  const { skipped, labelCounts } = await task({ skip: true });
  assert.deepEqual(skipped.validation, [{ reason: "label that does not occur in the training data", count: 3 }]);
  assert.deepEqual(labelCounts.validation, [1, 0]);
  writeFileSync(file, "text,label\na,-1\nb,-1\n");
  await assert.rejects(task({}), /the label "-1" seems to mean "no label" \(2 examples/);
  await assert.rejects(task({ skip: true }), /lacks\.csv: "skip": true leaves out all examples \(no label: 2\)/);
});

test("a choice has the labels 0 to 3, also as 1.0, and -1 is none of them", async () => {
  const choice = (...labels: unknown[]) =>
    labels.map((label) => ({ text: "it", choice0: "a", choice1: "b", choice2: "c", choice3: "d", label }));
  const task = (rows: object[], more = {}) => taskOf({ kind: "choice", ...more }, "jsonl", lines(rows));
  assert.deepEqual((await task(choice(0, "3.0", 1))).labelCounts.train, [1, 1, 0, 1]);
  await assert.rejects(task(choice(0, 4)), /line 2, column label: the label "4" is not one of the task's labels/);
  await assert.rejects(
    task(choice(0, -1)),
    /1 example seems to have no label \("-1": 1\); add "skip": true to leave this example out\./,
  );
  assert.deepEqual(await skippedOf(task(choice(0, -1), { skip: true })), [{ reason: "no label", count: 1 }]);
  await assert.rejects(task(choice(0), { labels: ["a", "b"] }), /labels: a choice task has 4 labels, .* lists 2/);
  assert.deepEqual((await task(choice("A", "D"), { labels: ["A", "B", "C", "D"] })).labelCounts.train, [1, 0, 0, 1]);
});

test("several labels for one text, and what is no label, are refused by what they are", async () => {
  const of = (label: unknown) => taskOf({ kind: "sentence" }, "jsonl", lines([{ text: "a", label }]));
  await assert.rejects(
    of(["x", "y"]),
    /the label is a list \(\["x","y"\]\), but multi-label classification is not supp/,
  );
  await assert.rejects(of({ a: 1 }), /column label: \{"a":1\} is not a label/);
  await assert.rejects(
    of(null),
    /column label: the label is missing; provide a label in every row, or add "skip": true/,
  );
});

test("true and false of JSON are labels by these names", async () => {
  const rows = lines([true, false, true].map((label) => ({ text: "a", label })));
  assert.deepEqual(await labelsOf(taskOf({ kind: "sentence" }, "jsonl", rows)), { false: 1, true: 2 });
});

test("a file whose labels are none of the task's, and one with a single label, are refused as such", async () => {
  await assert.rejects(
    labelled(["a", "b"], { labels: ["x", "y"], skip: true }),
    /no example has any of the task's labels \("x", "y"\); the labels in the file are "a", "b"/,
  );
  await assert.rejects(
    labelled(["-", "a"], { skip: true }),
    /all examples have the same label, "a"; use data in which at least two different labels occur/,
  );
});

test("labels of Parquet files count by value, whatever their type, and names in the file are used and said", async () => {
  const file = path.resolve("test/fixtures/data/labels.parquet");
  const task = (label: string, more = {}) =>
    taskOf(
      { kind: "sentence", files: { train: file, validation: file, test: file }, columns: { label }, ...more },
      "csv",
      "",
    );
  assert.deepEqual(await labelsOf(task("class")), { bad: 2, good: 2 });
  assert.deepEqual(await notesOf(task("class")), ['The file defines its label names: "bad", "good"']);
  assert.deepEqual(await labelsOf(task("class", { labels: ["0", "1"] })), { 0: 2, 1: 2 });
  assert.deepEqual(await labelsOf(task("small")), { 0: 2, 1: 2 });
  assert.deepEqual(await labelsOf(task("float")), { 0: 2, 1: 2 });
  assert.deepEqual(await labelsOf(task("bool")), { false: 2, true: 2 });
  assert.deepEqual(await labelsOf(task("category")), { x: 2, y: 2 });
  await assert.rejects(task("half"), /non-integer numbers \("0\.5"\), but regression is not supported/);
  await assert.rejects(task("gaps"), /labels\.parquet, row 1, column gaps: the label is missing/);
  assert.deepEqual(await labelsOf(task("gaps", { skip: true })), { x: 2, y: 1 });
  await assert.rejects(task("time"), /row 0, column time: "1970-01-01T00:00:00\.000Z" is not a label/);
});

test("NA, None and ? mean no label beside numbers, and are classes beside names", async () => {
  await assert.rejects(labelled(["1.5", "2", "3", "NA"]), /non-integer numbers \("1\.5"\), but regression/);
  await assert.rejects(
    labelled(["1", "2", "None"]),
    /1 example seems to have no label \("None": 1\); add "skip": true/,
  );
  await assert.rejects(labelled(["1", "2", "?"]), /1 example seems to have no label \("\?": 1\)/);
  assert.deepEqual((await labelled(["yes", "no", "NA"])).labels, ["NA", "no", "yes"]);
});

test("numbers that stand for the names of the task file are said", async () => {
  const { notes } = await labelled(["0", "1", "b"], { labels: ["a", "b"] });
  assert.ok(
    notes.some((note) => note.endsWith(': Numbers stand for the task\'s labels: 0 for "a", 1 for "b"')),
    notes.join(),
  );
});

test("a label nested beyond reason is refused in a sentence", async () => {
  const deep = `${"[".repeat(100_000)}1${"]".repeat(100_000)}`;
  await assert.rejects(
    taskOf({ kind: "sentence" }, "jsonl", `{"text":"a","label":${deep}}\n`),
    /line 1: the line is not JSON \(it nests objects and lists more than 100 levels deep\)/,
  );
});
