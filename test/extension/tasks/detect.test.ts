// What a data file seems to hold, as the New Task steps propose it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { parseDescription } from "../../../src/data/description.ts";
import { FORMAT_OF_ENDING } from "../../../src/data/formats.ts";
import { readFirstRows, readParquet } from "../../../src/data/parquet/parquet.ts";
import { Faults } from "../../../src/data/row-error.ts";
import { InputError } from "../../../src/errors.ts";
import { guessColumns } from "../../../src/extension/tasks/columns.ts";
import { detect, detectInHead } from "../../../src/extension/tasks/detect.ts";

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
  await assert.rejects(head("just\nwords\n", "a.dat"), InputError);
  const { format, kind } = await head("just\nwords\n", "a.txt");
  assert.deepEqual([format, kind], ["txt", "language"]);
  const paragraphs = [
    "A first line\nand a longer second line.\n\nAnother paragraph\n", // lines with several words, but not equally many
    "Now, then, go.\nWell, well.\n\nSo, there.\n",
    `${"word ".repeat(11)}\n\n${"more ".repeat(11)}\n`,
  ];
  for (const text of paragraphs) assert.equal((await head(text, "a.txt")).format, "txt", text);
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

test("sources with targets, prompts with responses and conversations make a generation task, in whatever order", async () => {
  const sources = await head("target,source\nder Hund,the dog\ndie Katze,the cat\n", "a.csv");
  assert.equal(sources.kind, "generation");
  assert.deepEqual(guessColumns(sources, "generation"), { source: "source", target: "target" });
  const prompts = await head('{"response":"Yes.","prompt":"Is it far?"}\n', "a.jsonl");
  assert.equal(prompts.kind, "generation");
  assert.deepEqual(guessColumns(prompts, "generation"), { prompt: "prompt", response: "response" });
  const message = { role: "user", content: "Is it far?" };
  const conversations = await head(`${JSON.stringify({ id: 1, messages: [message, message] })}\n`, "a.jsonl");
  assert.equal(conversations.kind, "generation");
  assert.deepEqual(guessColumns(conversations, "generation"), { messages: "messages" });
});

test("graphs with their texts make a generation task, also from the first part of a file", async () => {
  const entry = "<entry><modifiedtripleset><mtriple>a | r | b</mtriple></modifiedtripleset><lex>A.</lex></entry>\n";
  const xml = `<?xml version="1.0"?>\n<benchmark>\n<entries>\n${entry.repeat(3)}`;
  const columns = { graph: "graph", texts: "texts" };
  for (const [text, file, format] of [
    [`${xml}<entry><modi`, "a.xml", "webnlg"],
    [`${xml}<entry><modi`, "data", "webnlg"],
    ["# ::snt A.\n(a / b)\n\n# ::snt C.\n(c / d", "a.amr", "penman"],
    ["# ::snt A.\n(a / b)\n\n# ::snt C.\n(c / d", "a.txt", "penman"],
    ['{"graph": [["a", "r", "b"]], "texts": ["A."]}\n{"graph": [["a', "a.jsonl", "jsonl"],
  ] as const) {
    const detected = await detectInHead(Buffer.from(text), false, file);
    assert.deepEqual([detected.format, detected.kind], [format, "generation"], file);
    assert.deepEqual(guessColumns(detected, "generation"), columns, file);
  }
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

test("separators, compression, UTF-16 and JSON arrays are recognised by the readers that read them later", async () => {
  const rows = "text;label\nsome words, here;x\nand others;y\n";
  const semicolon = await head(rows, "a.csv");
  assert.deepEqual([semicolon.format, semicolon.header, semicolon.separator], ["csv", true, undefined]);
  assert.deepEqual(guessColumns(semicolon, "sentence"), { text: "text", label: "label" });
  const bare = await head("good, words;x\nbad, words;y\ngood, deeds;x\n", "a.csv");
  assert.deepEqual([bare.header, bare.separator], [false, ","], "the task file must name it");
  assert.equal((await head(rows, "a.txt")).format, "csv");
  const packed = await detectInHead(gzipSync(rows), true, "a.csv.gz");
  assert.deepEqual([packed.format, packed.header], ["csv", true]);
  const wide = await detectInHead(Buffer.from(rows, "utf16le"), true, "a.csv");
  assert.deepEqual([wide.encoding, wide.columns.map(({ column }) => column)], ["utf-16", ["text", "label"]]);
  const array = JSON.stringify([
    { text: "some words", label: "x" },
    { text: "other words", label: "y" },
  ]);
  for (const name of ["a.json", "a.jsonl", "a.txt"]) {
    const { format, columns } = await head(array, name);
    assert.deepEqual([format, columns.map(({ column }) => column)], ["json", ["text", "label"]], name);
  }
  assert.equal((await head('{"text":"a","label":"x"}\n{"text":"b","label":"y"}\n', "a.csv")).format, "jsonl");
  await assert.rejects(detectInHead(Buffer.from("PK\x03\x04"), true, "a.csv"), /the file is a zip archive/);
});

test("a file that is cut off in the middle of a list, of a character or of its compression is still recognised", async () => {
  const rows = Array.from({ length: 50 }, (_, i) => ({ text: `words {[ "é" ${i}`, label: i % 2 ? "x" : "y" }));
  const json = Buffer.from(JSON.stringify({ data: rows }));
  const cut = await detectInHead(json.subarray(0, 500), false, "a.json");
  assert.deepEqual([cut.format, cut.columns.map(({ column }) => column)], ["json", ["text", "label"]]);
  const csv = Buffer.from(`text,label\n${rows.map(({ label }, i) => `words ${i} é,${label}\n`).join("")}`);
  for (let end = 200; end < 220; end++)
    assert.equal((await detectInHead(csv.subarray(0, end), false, "a.csv")).encoding, "utf-8");
  const long = Array.from({ length: 20_000 }, (_, i) => `words ${(i * i) % 9973} é,${i % 2 ? "x" : "y"}\n`);
  const packed = gzipSync(`text,label\n${long.join("")}`);
  const { header, columns } = await detectInHead(packed.subarray(0, packed.length >> 1), false, "a.csv.gz");
  assert.deepEqual([header, columns.map(({ column }) => column)], [true, ["text", "label"]]);
});

test("CoNLL-U is proposed as tagging of its forms with UPOS, and nested columns by their dotted names", async () => {
  const word = (i: number) => `${i}\tword${i}\tlemma\tNOUN\tNN\t_\t0\troot\t_\t_\n`;
  for (const name of ["a.conllu", "a.conll"]) {
    const detected = await head(`# text = a\n${word(1)}${word(2)}\n${word(1)}\n`, name);
    assert.deepEqual([detected.format, detected.kind], ["conllu", "tagging"]);
    assert.deepEqual(guessColumns(detected, "tagging"), { words: "form", tags: "upos" });
  }
  const nested = await head(
    ["x", "y"].map((label) => `${JSON.stringify({ data: { text: "some words", label } })}\n`).join(""),
    "a.jsonl",
  );
  assert.deepEqual(
    nested.columns.map(({ column }) => column),
    ["data.text", "data.label"],
  );
  const parquet = await detect("test/fixtures/data/nested.parquet");
  assert.deepEqual(guessColumns(parquet, "tagging"), { words: "tokens.text", tags: "tokens.tag" });
});

test("an empty file and one that is gone are told as such", async () => {
  await assert.rejects(head("", "a.csv"), /the file has no rows/);
  await assert.rejects(detect("no/such/file.csv"), /file\.csv: there is no such file; choose another file/);
});

test("a pipe and a folder are told as such, and not waited for", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-detect-"));
  try {
    await assert.rejects(detect(folder), /this is a folder, not a file; choose another file/);
    if (process.platform === "win32") return;
    const pipe = path.join(folder, "a.csv");
    execFileSync("mkfifo", [pipe]);
    await assert.rejects(detect(pipe), /a\.csv: not a regular file; choose another file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a table of over a thousand columns is refused in every format", async () => {
  const names = Array.from({ length: 1001 }, (_, i) => `c${i}`);
  const sentence =
    /the file has 1001 columns, over the limit of 1000 for automatic detection; keep only the columns that the task needs/;
  const row = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));
  for (const [file, text] of [
    ["a.csv", `${names.join(",")}\n`.repeat(2)],
    ["a.tsv", `${names.join("\t")}\n`.repeat(2)],
    ["a.jsonl", `${row}\n`],
    ["a.json", `[${row}]`],
  ] as const)
    await assert.rejects(head(text, file), sentence, file);
  // A row that is longer than what is looked at.
  await assert.rejects(
    detectInHead(Buffer.from("a,".repeat(130_000)), false, "a.csv"),
    /the row has more than 100000 columns/,
  );
});

test("a gzip file that unpacks to a thousand times its size is looked at as far as it goes", async () => {
  const packed = gzipSync(`text,label\n${"good film,yes\nbad film,no\n".repeat(1_000_000)}`);
  const { format, columns } = await detectInHead(packed, true, "a.csv.gz");
  assert.deepEqual([format, columns.map(({ column }) => column)], ["csv", ["text", "label"]]);
});

test("of a Parquet file only the footer and the first pages are read", async () => {
  const bytes = Buffer.from(
    parquetWriteBuffer({
      columnData: [
        {
          name: "text",
          type: "STRING",
          data: Array.from({ length: 400_000 }, (_, i) => `a text of its own, number ${i}`),
        },
        { name: "label", type: "STRING", data: Array.from({ length: 400_000 }, (_, i) => `label ${i}`) },
      ],
      codec: "UNCOMPRESSED",
      rowGroupSize: 400_000,
    }),
  );
  let read = 0;
  const source = {
    size: bytes.length,
    read: (begin: number, end: number) => {
      read += end - begin;
      return bytes.subarray(begin, end);
    },
  };
  const { rows, columns } = await readFirstRows(source, "a.parquet", 200, 1000);
  assert.deepEqual(columns, ["text", "label"]);
  assert.equal(rows.length, 200);
  assert.deepEqual(rows[199]!.cells, { text: "a text of its own, number 199", label: "label 199" });
  assert.ok(read < bytes.length / 2, `${read} of ${bytes.length} bytes`);
  const whole = await readParquet({ file: "a.parquet", bytes, header: true, faults: new Faults(false) });
  assert.deepEqual(whole.rows.slice(0, 200), rows);
});
