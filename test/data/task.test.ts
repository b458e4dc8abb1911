// Tasks with their data: columns, labels, examples that are left out, and splits that are set aside.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
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
  assert.deepEqual(more.splits.test, test, "the test examples do not move with the share of validation");
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
    /dev\.csv, line 3, column label: the label "maybe" is not one of the task's labels/,
  );
  await assert.rejects(
    taskOf(
      { ...sentence, files, labels: ["no", "yes", "maybe"] },
      { "train.csv": csv(twenty), "dev.csv": csv(["y,maybe"]) },
    ),
    /dev\.csv, line 2, column label: no training example has the label "maybe"/,
  );
  await assert.rejects(
    taskOf(sentence, { "train.csv": csv(["a,", "b,no"]) }),
    /line 2, column label: the label is missing/,
  );
  await assert.rejects(
    taskOf(sentence, { "train.csv": csv(["a,no", "b,no"]) }),
    /all examples have the same label, "no"/,
  );
  await assert.rejects(
    taskOf({ ...sentence, metric: "f1" }, { "train.csv": csv(["a,1", "b,2", "c,3"]) }),
    /f1 requires exactly two labels/,
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

const texts = (rows: readonly object[]) => rows.map((row) => (row as { text: string }).text);
const three = (file: string) => ({ train: file, validation: file, test: file });

test("examples that are left out are counted by their reason and split, and nothing is left out unasked", async () => {
  const rows = [
    '{"text":"a","label":"x"}',
    '{"text":null,"label":"x"}',
    '{"text":7,"label":"x"}',
    '{"label":"x"}',
    '{"text":"b"}',
    '{"text":"c","label":null}',
    '{"text":"d","label":["x"]}',
    "broken",
    '{"text":"e","label":"y"}',
  ];
  const files = { "t.jsonl": rows.join("\n"), "v.jsonl": [rows[0], rows[1]].join("\n") };
  const keys = { kind: "sentence", files: { train: "t.jsonl", validation: "v.jsonl", test: "t.jsonl" } };
  const { splits, skipped, labelCounts, notes } = await taskOf({ ...keys, skip: true }, files);
  assert.deepEqual(texts(splits.train), ["a", "e"]);
  assert.deepEqual(Object.fromEntries(skipped.train.map(({ reason, count }) => [reason, count])), {
    ...{ "missing value": 3, "text is not a string": 1, "no label": 1, "label is neither text nor a number": 1 },
    "not a JSON object": 1,
  });
  assert.deepEqual(skipped.validation, [{ reason: "missing value", count: 1 }]);
  assert.ok(notes.includes("v.jsonl: 1 row was left out (missing value: 1)"), notes.join());
  assert.deepEqual(labelCounts, { train: [1, 1], validation: [1, 0], test: [1, 1] });
  for (const [i, sentence] of [
    [1, /line 2, column text: null is not text/],
    [2, /line 2, column text: 7 is not text/],
    [3, /line 2, column text: this column is missing from the row/],
    [4, /line 2, column label: this column is missing from the row/],
    [5, /line 2, column label: the label is missing/],
    [7, /line 2: the line is not JSON/],
  ] as const)
    await assert.rejects(taskOf(keys, { ...files, "t.jsonl": [rows[0], rows[i], rows[8]].join("\n") }), sentence);
});

test("a file of which nothing is left is refused, with the reasons", async () => {
  const files = { "t.csv": "text,label\na\nb\nc,x,y\n" };
  await assert.rejects(
    taskOf({ kind: "sentence", skip: true, files: { train: "t.csv" } }, files),
    /t\.csv: "skip": true leaves out all examples \(wrong number of columns: 3\); correct the data file or the task file/,
  );
});

test("in tagging and documents a whole example is left out, and words and sentences are counted", async () => {
  const lines = ['{"words":["a","b"],"tags":["X","Y"]}', '{"words":["a","b"],"tags":["X"]}', '{"words":[],"tags":[]}'];
  const files = { "t.jsonl": [...lines, lines[0]].join("\n") };
  const { labelCounts, skipped } = await taskOf({ kind: "tagging", skip: true, files: three("t.jsonl") }, files);
  assert.deepEqual(labelCounts.train, [2, 2]);
  assert.deepEqual(skipped.train, [
    { reason: "lists of different lengths", count: 1 },
    { reason: "empty list, or not a list", count: 1 },
  ]);
});

test("examples left out of a file that other splits are set aside from stand under train", async () => {
  const { skipped } = await taskOf({ ...sentence, skip: true }, { "train.csv": csv([...twenty, "odd", "odder"]) });
  assert.deepEqual(skipped, { train: [{ reason: "wrong number of columns", count: 2 }], validation: [], test: [] });
});

test("a split with over 90 % of one label is noted, and so are labels that training lacks", async () => {
  const most = (share: number) => csv(Array.from({ length: 100 }, (_, i) => `row ${i},${i < share ? "yes" : "no"}`));
  const notes = async (share: number) =>
    (
      await taskOf(
        { ...sentence, files: { train: "a.csv", validation: "a.csv", test: "b.csv" } },
        { "a.csv": most(50), "b.csv": most(share) },
      )
    ).notes.filter((note) => note.includes("%"));
  assert.deepEqual(await notes(90), []);
  assert.deepEqual(await notes(91), [
    '91.0 % of the examples in the test split have the label "yes": accuracy hides how well the other labels are predicted, so consider "metric": "macroF1" or "matthews", and "classWeights": "balanced"',
  ]);
  const given = await taskOf(
    { ...sentence, files: three("train.csv"), labels: ["no", "yes", "maybe"] },
    { "train.csv": csv(twenty) },
  );
  assert.ok(given.notes.includes('No training example has the label "maybe"'));
});

test("a split with the data of training, and empty texts, are noted", async () => {
  const { notes } = await taskOf(
    { ...sentence, files: { train: "train.csv", test: "train.csv" } },
    { "train.csv": csv([...twenty, ",yes"]) },
  );
  assert.deepEqual(
    notes.filter((note) => /same data|empty/.test(note)),
    [
      "train.csv: The file has 1 example with empty text",
      "The test split has the same data as the training split, so its metrics say nothing about performance on new examples",
    ],
  );
});

test("with too few examples to train on, a task can be looked at but not trained", async () => {
  await assert.rejects(
    taskOf(sentence, { "train.csv": csv(["a,x", "b,y"]) }),
    /train\.csv: holding out the other splits leaves no training examples \(the file has 2 examples\)/,
  );
  const { labels, labelCounts, notes } = await readTask(path.join(home, `${count - 1}.task.json`), { trains: false });
  assert.deepEqual(
    [labels, labelCounts.train],
    [
      ["x", "y"],
      [0, 0],
    ],
  );
  assert.ok(
    notes.includes("train.csv: holding out the other splits leaves no training examples (the file has 2 examples)"),
  );
});

test("what is found in a file by its content is noted with the file's name", async () => {
  const { notes } = await taskOf(
    { ...sentence, files: { train: "t.csv" } },
    { "t.csv": csv(twenty).replaceAll(",", ";") },
  );
  assert.deepEqual(notes.slice(0, 1), ["t.csv: Columns are separated by a semicolon"]);
});

test("columns can be nested, in JSON and in Parquet, also through lists of objects", async () => {
  const rows = ["x", "y"].map((label) =>
    JSON.stringify({ data: { text: `a ${label}`, more: [{ label }] }, gold: { label } }),
  );
  const files = { "t.jsonl": rows.join("\n") };
  const columns = { text: "data.text", label: "gold.label" };
  const { splits } = await taskOf({ kind: "sentence", files: three("t.jsonl"), columns }, files);
  assert.deepEqual(splits.train, [
    { text: "a x", label: 0 },
    { text: "a y", label: 1 },
  ]);
  await assert.rejects(
    taskOf({ kind: "sentence", files: three("t.jsonl"), columns: { ...columns, text: "data.txt" } }, files),
    /there is no column "data\.txt" for the field text; did you mean "data\.text"\?/,
  );
  const parquet = path.resolve("test/fixtures/data/nested.parquet");
  const tagged = await taskOf(
    { kind: "tagging", files: three(parquet), columns: { words: "tokens.text", tags: "tokens.tag" } },
    {},
  );
  assert.deepEqual(tagged.splits.train.slice(0, 2), [
    { words: ["Anna", "0"], tags: [0, 1] },
    { words: ["Anna", "1"], tags: [0, 1] },
  ]);
  const single = await taskOf(
    { kind: "sentence", files: three(parquet), columns: { text: "data.text", label: "data.gold.label" } },
    {},
  );
  assert.deepEqual([single.labels, single.splits.train[1]], [["no", "yes"], { text: "text 1", label: 1 }]);
});

const conllu = ["Er PRON", "geht VERB"]
  .map((line, i) => {
    const [form, tag] = line.split(" ");
    return `${i + 1}\t${form}\tlemma\t${tag}\tx${i}\t_\t0\troot\t_\t_\n`;
  })
  .join("");

test("in CoNLL-U words are forms and tags are UPOS, and columns can be named or numbered", async () => {
  for (const [columns, labels] of [
    [undefined, ["PRON", "VERB"]],
    [{ words: 1, tags: 3 }, ["PRON", "VERB"]],
    [{ words: "form", tags: "XPOS" }, ["x0", "x1"]],
    [{ tags: "xpos" }, ["x0", "x1"]],
  ] as const)
    for (const [format, name] of [
      ["conll", "t.txt"],
      ["conllu", "t.txt"],
      [undefined, "t.conllu"],
    ] as const) {
      const task = await taskOf({ kind: "tagging", files: three(name), format, columns }, { [name]: conllu });
      assert.deepEqual(task.labels, labels);
      assert.deepEqual((task.splits.train[0] as { words: readonly string[] }).words, ["Er", "geht"]);
    }
});

test("a column that counts the words is not taken for the words", async () => {
  const rows = "1\tEr\tX\n2\tgeht\tY\n\n1\tJa\tX\n";
  const task = (columns?: object) => taskOf({ kind: "tagging", files: three("t.conll"), columns }, { "t.conll": rows });
  await assert.rejects(task(), /t\.conll: column 0 contains word numbers \(1, 2, 3 …\), not words; set/);
  assert.deepEqual((await task({ words: 1, tags: 2 })).labels, ["X", "Y"]);
});

test("the digest of a split is that of its file's bytes, compressed or not", async () => {
  const packed = gzipSync(csv(twenty));
  const file = path.join(home, "packed.csv.gz");
  writeFileSync(file, packed);
  const task = await taskOf({ ...sentence, files: { train: file } }, {});
  assert.equal(task.dataSha256.train, createHash("sha256").update(packed).digest("hex"));
});

test("a header that stands among numbered rows, and one that comes again, are refused", async () => {
  const rows = ["sentence,label", ...twenty].join("\n");
  const numbered = { ...sentence, files: three("train.csv"), columns: { text: 0, label: 1 } };
  await assert.rejects(
    taskOf(numbered, { "train.csv": rows }),
    /train\.csv, line 1, column 1: the first row seems to be a header: no other row has the label "label"; refer to the col/,
  );
  const codes = ["sentence,code", "a,0", "b,1", "c,0", "d,1"].join("\n");
  await assert.rejects(taskOf(numbered, { "train.csv": codes }), /the first row seems to be a header/);
  assert.equal((await taskOf(numbered, { "train.csv": twenty.join("\n") })).splits.train.length, 20);
  const joined = { "train.csv": csv([...twenty, "text,label", "one more,no"]) };
  await assert.rejects(taskOf(sentence, joined), /train\.csv, line 22: the header is repeated; remove this line/);
  const { skipped } = await taskOf({ ...sentence, skip: true }, joined);
  assert.deepEqual(skipped.train, [{ reason: "header repeated", count: 1 }]);
});

test("quotes that are letters do not join rows of tabs unseen, and rows of several lines are noted", async () => {
  const files = three("t.tsv");
  const table = { "t.tsv": 'text\tlabel\n"open\tx\nfine\ty\nclosed"\tx\nlast\ty\n' };
  await assert.rejects(
    taskOf({ kind: "sentence", files }, table),
    /t\.tsv, line 2: quotes join several lines into one row, but each line would be a complete row by itself; set "format": "glue"/,
  );
  const { splits } = await taskOf({ kind: "sentence", format: "glue", files }, table);
  assert.deepEqual(texts(splits.train), ['"open', "fine", 'closed"', "last"]);
  const { notes } = await taskOf(
    { kind: "sentence", files: three("t.csv") },
    { "t.csv": 'text,label\n"a\nb",x\nc,y\n' },
  );
  assert.ok(notes.includes("t.csv: The file has 1 row with line breaks inside quotes"));
});

test("two fields cannot have one column", () => {
  for (const columns of [
    { text: "label", label: "label" },
    { text: 1, label: 1 },
  ])
    assert.throws(
      () => parseDescription({ ...sentence, columns }, "t.task.json"),
      /columns: two fields use the column ("label"|1); choose a different column for each field/,
    );
});

test("what is advised where one label is frequent fits the kind of task; a choice has no frequent labels", async () => {
  const words = Array.from({ length: 20 }, (_, i) => JSON.stringify({ words: ["a"], tags: [i ? "O" : "B-X"] }));
  const files = { "t.jsonl": words.join("\n") };
  const keys = { kind: "tagging", files: three("t.jsonl") };
  const advice = async (task: object) =>
    (await taskOf({ ...keys, ...task }, files)).notes.filter((note) => note.includes("%"));
  assert.match((await advice({}))[0]!, /consider "metric": "macroF1" or "entityF1", and "classWeights": "balanced"$/);
  assert.match((await advice({ metric: "entityF1" }))[0]!, /so consider "classWeights": "balanced"$/);
  const choices = Array.from({ length: 20 }, () => "t,a,b,c,d,0\n").join("");
  const choice = { kind: "choice", files: three("c.csv") };
  const { notes } = await taskOf(choice, { "c.csv": `text,choice0,choice1,choice2,choice3,label\n${choices}` });
  assert.deepEqual(
    notes.filter((note) => /%|label/.test(note)),
    [],
  );
});

test("columns that are called as what every object has are columns that are missing", async () => {
  for (const name of ["constructor", "__proto__"])
    await assert.rejects(
      taskOf({ ...sentence, columns: { text: name } }, { "train.csv": csv(twenty) }),
      new RegExp(`there is no column "${name}" for the field text`),
    );
});
