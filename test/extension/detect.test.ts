// What a data file seems to hold, as the New Task steps propose it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseDescription } from "../../src/data/description.ts";
import { FORMAT_OF_ENDING } from "../../src/data/readers.ts";
import { InputError } from "../../src/errors.ts";
import { detect, detectInHead, guessColumns } from "../../src/extension/detect.ts";

const head = (text: string, file: string) => detectInHead(Buffer.from(text, "latin1"), true, file);

test("the sample's data files are proposed as the tasks that the sample has", async () => {
  const folder = "media/sample/tasks";
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".task.json"))) {
    const file = path.resolve(folder, name);
    const { kind, files, columns } = parseDescription(JSON.parse(readFileSync(file, "utf8")), file);
    const detected = await detect(files.train);
    assert.equal(detected.format, FORMAT_OF_ENDING[path.extname(files.train)], name);
    assert.equal(detected.kind, kind, name);
    const last = detected.columns.length - 1;
    const wanted = Object.fromEntries(Object.entries(columns).map(([field, at]) => [field, at === -1 ? last : at]));
    assert.deepEqual(guessColumns(detected, kind), wanted, name);
  }
});

test("a header is told from a first row by whether its words come again below", async () => {
  const headed = await head("sentence\tlabel\na good film\t1\na bad film\t0\n", "a.tsv");
  assert.deepEqual([headed.header, headed.columns.map(({ column }) => column)], [true, ["sentence", "label"]]);
  const bare = await head("good\tyes\nbad\tno\ngood\tyes\n", "a.tsv");
  assert.deepEqual([bare.header, bare.columns.map(({ column }) => column)], [false, [0, 1]]);
});

test("a file of an unknown ending is told by its lines", async () => {
  assert.equal((await head('{"text":"a b","label":"x"}\n{"text":"c","label":"y"}\n', "a.txt")).format, "jsonl");
  assert.equal((await head("The DT\ndog NN\n\nIt PRP\n", "a.txt")).format, "conll");
  assert.equal((await head("text,label\nsome words,1\nothers,0\n", "a.txt")).format, "csv");
  await assert.rejects(head("just\nwords\n", "a.txt"), InputError);
});

test("quotes that are only letters make a tsv file one of GLUE", async () => {
  const { format } = await head('sentence\tlabel\nhe said "no\t1\nshe said "yes"\t0\n', "a.tsv");
  assert.equal(format, "glue");
});

test("two texts make a pair, four numbered columns a choice, and letters beyond UTF-8 Latin-1", async () => {
  const pair = await head(
    "premise,hypothesis,label\na long premise,a hypothesis too,yes\none more premise,and the other,no\n",
    "a.csv",
  );
  assert.equal(pair.kind, "pair");
  assert.deepEqual(guessColumns(pair, "pair"), { text: "premise", textPair: "hypothesis", label: "label" });
  const choice = await head(
    "ctx,ending0,ending1,ending2,ending3,label\nit was,a,b,c,d,0\nhe went,e,f,g,h,3\n",
    "a.csv",
  );
  assert.equal(choice.kind, "choice");
  assert.deepEqual(guessColumns(choice, "choice").choices, ["ending0", "ending1", "ending2", "ending3"]);
  assert.equal((await head("text,label\ncaf\xe9 noir,1\nth\xe9,0\n", "a.csv")).encoding, "latin1");
});

test("of a CoNLL file the first column is the words and the last their tags, whichever is longest or has fewest values", async () => {
  const rows = [1, 2, 3, 4].map((i) => `the${i} determiner T${i}\ndog${i} noun-in-singular T${i + 4}\n\n`).join("");
  const detected = await head(rows, "a.conll");
  assert.deepEqual([detected.format, detected.kind], ["conll", "tagging"]);
  assert.deepEqual(guessColumns(detected, "tagging"), { words: 0, tags: 2 });
});

test("of rows with lists the words and the tags are lists, whatever stands beside them", async () => {
  const rows = ["B", "O"].map((tag, id) =>
    JSON.stringify({ id, text: "a dog", words: ["a", "dog"], tags: ["O", tag] }),
  );
  const detected = await head(`${rows.join("\n")}\n`, "a.jsonl");
  assert.equal(detected.kind, "tagging");
  assert.deepEqual(guessColumns(detected, "tagging"), { words: "words", tags: "tags" });
});

test("a quoted field that goes on over the cut is left out, and a tsv with quotes stays one", async () => {
  const cut = Buffer.from('text,label\n"a, b",x\n"c",y\n"d, e",x\n"an open\none\n', "latin1");
  const detected = await detectInHead(cut, false, "a.csv");
  assert.deepEqual([detected.format, detected.columns.map(({ column }) => column)], ["csv", ["text", "label"]]);
  await assert.rejects(detectInHead(cut, true, "a.csv"), InputError);
  assert.equal((await head('text\tlabel\n"a b"\tx\n"c"\ty\n', "a.tsv")).format, "tsv");
});

test("an empty file and one that is gone are told as such", async () => {
  await assert.rejects(head("", "a.csv"), /it holds no rows/);
  await assert.rejects(detect("no/such/file.csv"), /file\.csv: there is no such file; choose another file/);
});
