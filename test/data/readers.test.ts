// Every format's text as rows: what is accepted, what is refused and where. Parquet files are pyarrow's (test/fixtures/data).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import type { Format } from "../../src/data/formats.ts";
import { Faults } from "../../src/data/row-error.ts";
import { cellsOf, notesOf, places, ROWS, read, TABLE } from "./rows.ts";

test("CSV has quoted commas, quotes and line ends, and rows know their first line", async () => {
  const csv = 'text,label\n"a, ""b""",1\n"two\nlines",0\n\nlast,1\n';
  assert.deepEqual(await cellsOf("csv", csv), [
    { text: 'a, "b"', label: "1" },
    { text: "two\nlines", label: "0" },
    { text: "last", label: "1" },
  ]);
  assert.deepEqual((await places("csv", csv)).slice(0, 2), ["line 2", "line 3"]);
});

test("a byte order mark and Windows line ends change nothing, in any format of lines", async () => {
  const plain: [Format, string][] = [
    ["csv", "text,label\na b,1\nc,0\n"],
    ["tsv", "text\tlabel\na b\t1\nc\t0\n"],
    ["glue", 'text\tlabel\na "b\t1\nc\t0\n'],
    ["jsonl", '{"text":"a b","label":1}\n{"text":"c","label":0}\n'],
    ["conll", "a O\nb B-X\n\nc O\n"],
  ];
  for (const [format, text] of plain)
    assert.deepEqual(
      await cellsOf(format, `\uFEFF${text.replaceAll("\n", "\r\n")}`),
      await cellsOf(format, text),
      format,
    );
});

test("in GLUE's tables a quote is a letter, in tables with quotes it is not", async () => {
  const table = 'text\tlabel\n"open and never closed\t1\n';
  assert.deepEqual(await cellsOf("glue", table), [{ text: '"open and never closed', label: "1" }]);
  await assert.rejects(read("tsv", table), /^InputError: rows\.tsv, line 2: an opening quote is never closed/);
});

test("tables without a header have columns by number", async () => {
  const table = await read("tsv", "good\t1\nbad\t0\n", { header: false });
  assert.deepEqual(table.columns, ["0", "1"]);
  assert.deepEqual(table.rows[0], { number: 1, cells: { 0: "good", 1: "1" } });
});

test("a row with too few or too many columns is refused with its line", async () => {
  await assert.rejects(
    read("csv", "text,label\na,1\nb\n"),
    /rows\.csv, line 3: the row has 1 column, but the header has 2/,
  );
  await assert.rejects(
    read("glue", "a\t1\nb\t0\tx\n", { header: false }),
    /line 2: the row has 3 columns, but the first row has 2/,
  );
});

test("JSON lines keep types and lists, and blank lines are skipped", async () => {
  const { columns, rows } = await read("jsonl", '{"words":["a","b"],"n":1}\n\n{"words":[],"n":true}');
  assert.deepEqual(columns, ["words", "n"]);
  assert.deepEqual(rows, [
    { number: 1, cells: { words: ["a", "b"], n: 1 } },
    { number: 3, cells: { words: [], n: true } },
  ]);
  await assert.rejects(read("jsonl", '{"a":1}\n{"a":'), /rows\.jsonl, line 2: the line is not JSON/);
  await assert.rejects(read("jsonl", "[1]"), /line 1: the line is not a JSON object/);
});

test("CoNLL sentences end at blank lines, document marks and comments are left out", async () => {
  const spaces = "-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects VBZ O\n\n\nPeter NNP B-PER\n";
  assert.deepEqual(await cellsOf("conll", spaces), [
    { 0: ["EU", "rejects"], 1: ["NNP", "VBZ"], 2: ["B-ORG", "O"] },
    { 0: ["Peter"], 1: ["NNP"], 2: ["B-PER"] },
  ]);
  assert.deepEqual(await places("conll", spaces), ["line 3", "line 7"]);
  assert.deepEqual(await cellsOf("conll", "# text = a b c\nNew York\tB\n#\tO\n"), [
    { 0: ["New York", "#"], 1: ["B", "O"] },
  ]);
  await assert.rejects(read("conll", "a O\nb\n"), /line 2: the line has 1 column, but the first line has 2/);
});

test("Parquet gives pyarrow's texts, whole numbers and lists, Snappy and Zstandard", async () => {
  const sentences = await read("parquet", readFileSync("test/fixtures/data/sentences.parquet"));
  assert.deepEqual(sentences.columns, ["sentence", "label"]);
  assert.deepEqual(
    sentences.rows.map(({ cells }) => cells),
    [
      { sentence: "a fine film", label: 1n },
      { sentence: 'naïve, "quoted"\nand 😀', label: 0n },
      { sentence: "", label: 1n },
    ],
  );
  assert.deepEqual(await cellsOf("parquet", readFileSync("test/fixtures/data/tagged.parquet")), [
    { words: ["Anna", "sings"], tags: ["B-PER", "O"] },
    { words: ["Oslo"], tags: ["B-LOC"] },
  ]);
  const cut = readFileSync("test/fixtures/data/tagged.parquet").subarray(0, 100);
  await assert.rejects(
    read("parquet", cut),
    /rows\.parquet: the file is truncated: it has no Parquet footer at its end/,
  );
});

test("Parquet's values are read in every encoding and compression, in pages of both versions", async () => {
  const every = <T>(value: (i: number) => T) => Array.from({ length: 60 }, (_, i) => (i % 4 === 3 ? null : value(i)));
  const columns: Readonly<Record<string, readonly unknown[]>> = {
    plain: every((i) => `text ${i}`),
    binary32: every((i) => ((i * i) % 7) - 2),
    binary64: every((i) => BigInt(i % 3) << 33n),
    lengths: every((i) => "x".repeat(i % 5)),
    prefixes: every((i) => `a prefix that is shared ${i}`),
    split: every((i) => i % 5),
    flag: every((i) => i % 3 === 0),
    dictionary: every((i) => `name ${i % 6}`),
    one: Array(60).fill("same"),
    lists: every((i) => Array.from({ length: i % 4 }, (_, j) => `w${j}`)),
  };
  for (const version of [1, 2]) {
    const rows = await cellsOf("parquet", readFileSync(`test/fixtures/data/encodings-${version}.parquet`));
    for (const [name, values] of Object.entries(columns))
      assert.deepEqual(
        rows.map((row) => row[name] ?? null), // hyparquet has no value for a list that is missing
        values,
        `${name}, version ${version}`,
      );
  }
});

test("columns are told apart by the separator that the first rows show, or by the one that the task names", async () => {
  for (const [separator, name] of [
    [";", "a semicolon"],
    ["|", "a vertical bar"],
    ["\t", "a tab"],
  ] as const) {
    const table = TABLE.replaceAll(",", separator);
    assert.deepEqual(await cellsOf("csv", table), ROWS, name);
    assert.deepEqual(await notesOf("csv", table), [`Columns are separated by ${name}`]);
  }
  assert.deepEqual(await cellsOf("tsv", TABLE), ROWS);
  assert.deepEqual(await notesOf("csv", TABLE), []);
  // Commas in texts and even in the header do not hide a semicolon that every row has as often.
  const prose = "id;text, cleaned;label\n1;well, well, well;x\n2;fine;y\n";
  assert.deepEqual((await cellsOf("csv", prose))[0], { id: "1", "text, cleaned": "well, well, well", label: "x" });
  // Separators in quotes do not count.
  assert.deepEqual((await cellsOf("csv", '"a;b",label\n"c;d",x\n'))[0], { "a;b": "c;d", label: "x" });
  assert.deepEqual((await cellsOf("csv", TABLE.replaceAll(",", "^"), { separator: "^" }))[1], ROWS[1]);
  assert.deepEqual((await cellsOf("glue", TABLE.replaceAll(",", ";"), { separator: ";" }))[1], ROWS[1]);
  assert.deepEqual(await cellsOf("csv", `sep=;\r\n${TABLE.replaceAll(",", ";").replaceAll("\n", "\r\n")}`), ROWS);
});

test("a table without a header that two separators fit is refused, naming both", async () => {
  const rows = "good, fine;x\nbad, dull;y\n";
  await assert.rejects(
    read("csv", rows, { header: false }),
    /rows\.csv, line 1: the column separator is ambiguous: it could be a comma or a semicolon; choose one in the task file, for example with "separator": ","/,
  );
  assert.deepEqual((await cellsOf("csv", rows, { header: false, separator: ";" }))[0], { 0: "good, fine", 1: "x" });
});

test("a carriage return alone ends lines where no line feed does, and stays in the text elsewhere", async () => {
  const old: [Format, string][] = [
    ["csv", TABLE],
    ["glue", TABLE.replaceAll(",", "\t")],
    ["jsonl", '{"text":"a"}\n{"text":"b"}\n'],
    ["conll", "a X\n\nb Y\n"],
  ];
  for (const [format, text] of old)
    assert.deepEqual(await cellsOf(format, text.replaceAll("\n", "\r")), await cellsOf(format, text), format);
  assert.deepEqual((await places("csv", TABLE.replaceAll("\n", "\r")))[1], "line 3");
  // A cell of an old Mac's table may hold line feeds.
  assert.deepEqual((await cellsOf("csv", 'text,label\r"a\nb",x\rc,y\r'))[0], { text: "a\nb", label: "x" });
  assert.deepEqual((await cellsOf("glue", "text\tlabel\na\rb\tx\n"))[0], { text: "a\rb", label: "x" });
  await assert.rejects(
    read("csv", "text,label\na,x\rb,y\n"),
    /line 2: the row has 3 columns, but the header has 2; use the same line ending throughout/,
  );
});

test("JSON is read by its shape, whatever the file is called, and it is said", async () => {
  const lines = ROWS.map((row) => `${JSON.stringify(row)}\n`).join("");
  for (const said of ["csv", "tsv", "glue", "jsonl", "json"] as const) {
    assert.deepEqual(await cellsOf(said, lines), ROWS, said);
    for (const space of [0, 2]) assert.deepEqual(await cellsOf(said, JSON.stringify(ROWS, null, space)), ROWS, said);
  }
  assert.deepEqual(await notesOf("csv", lines), [
    "The file contains JSON lines, not comma-separated values, so it is read as JSON lines",
  ]);
  assert.deepEqual(await places("json", JSON.stringify(ROWS)), ["row 0", "row 1"]);
  // A text in brackets is no JSON.
  assert.deepEqual((await cellsOf("csv", "[a],x\n{b},y\n", { header: false }))[0], { 0: "[a]", 1: "x" });
});

test("a JSON document's one list of objects is read, and other shapes are refused with what to write", async () => {
  const document = JSON.stringify({ version: 1, data: ROWS });
  assert.deepEqual(await cellsOf("json", document), ROWS);
  assert.deepEqual(await notesOf("json", document), ['Examples are read from the list under "data"']);
  const refused: [unknown, RegExp][] = [
    [
      { train: ROWS, test: ROWS },
      /the file contains several splits \("train", "test"\); write each split to its own file/,
    ],
    [{ a: ROWS, b: ROWS }, /the file contains several lists \("a", "b"\); write the examples as one JSON array/],
    [{ text: ["a"], label: ["x"] }, /the file is organized by column, not by example; .*orient="records"/],
    [{ text: { 0: "a" }, label: { 0: "x" } }, /the file is organized by column, not by example/],
    [{ a: 1 }, /the file contains no list of JSON objects/],
  ];
  for (const [value, sentence] of refused) await assert.rejects(read("json", JSON.stringify(value, null, 1)), sentence);
  await assert.rejects(read("json", '[{"a":1},{"b":'), /rows\.json: the file is not JSON/);
  await assert.rejects(read("json", "[{},1]"), /rows\.json, row 1: the entry is not a JSON object/);
  await assert.rejects(read("jsonl", '{"a":NaN}'), /the line is not JSON .*; write null instead of NaN and Infinity/);
});

test("a name that a header or a JSON object has twice is refused, naming it", async () => {
  await assert.rejects(
    read("csv", "text,label,label\na,x,1\n"),
    /rows\.csv, line 1: the header has two columns named "label"; rename one/,
  );
  await assert.rejects(read("tsv", "text\tlabel\tlabel \na\tx\t1\n"), /two columns named "label"/);
  await assert.rejects(read("glue", "text\tlabel\ttext\na\tx\t1\n"), /two columns named "text"/);
  const twice = '{"text":"a","label":"x","l\\u0061bel":"y"}';
  await assert.rejects(read("jsonl", '{"text":"a","label":"x","label":"y"}'), /line 1: the key "label" occurs twice/);
  await assert.rejects(read("json", `[{"text":"a"},${twice}]`), /rows\.json: the key "label" occurs twice/);
  // Names in texts, in nested objects, and empty ones do no harm.
  await read("jsonl", '{"text":"\\"label\\": label","label":"label","more":{"label":1}}');
  await read("csv", "text,label,,\na,x,,\n");
});

test("blanks and marks that do not show are no part of a header's names", async () => {
  assert.deepEqual((await read("csv", "\u200b text ,\u00a0label\na,x\n")).columns, ["text", "label"]);
});

test("a quoted field's line ends, doubled quotes and separators are text, and a row's line is where it begins", async () => {
  const csv = 'a,b\r\n"x\r\ny","""q"", r"\r\n"",\r\nlast,"z"';
  assert.deepEqual(await cellsOf("csv", csv), [
    { a: "x\r\ny", b: '"q", r' },
    { a: "", b: "" },
    { a: "last", b: "z" },
  ]);
  assert.deepEqual(await places("csv", csv), ["line 2", "line 4", "line 5"]);
  await assert.rejects(read("csv", 'a,b\n"x\ny" z,1\n'), /line 3: there is text after a field's closing quote/);
  await assert.rejects(read("csv", 'a,b\nx,5" disk\n'), /line 2: a field contains a quote but does not begin with one/);
});

test("rows that are left out are counted by their reason, and the others are read", async () => {
  const leftOut = async (format: Format, text: string) => {
    const faults = new Faults(true);
    const { rows } = await read(format, text, { faults });
    return [rows.length, Object.fromEntries(faults.counts.map(({ reason, count }) => [reason, count]))];
  };
  assert.deepEqual(await leftOut("csv", 'a,b\n1,2\n3\n"4" x,5\n6,7" x\n"8","9"\n1,2,3\n'), [
    2,
    { "wrong number of columns": 2, "misplaced quotes": 2 },
  ]);
  assert.deepEqual(await leftOut("jsonl", '{"a":1}\n{"a":\n[1]\n\n{"a":2}\n'), [2, { "not a JSON object": 2 }]);
  assert.deepEqual(await leftOut("json", '[{"a":1},2]'), [1, { "not a JSON object": 1 }]);
  assert.deepEqual(await leftOut("conll", "a X\nb\nc Y\n\nd X\n"), [1, { "wrong number of columns": 1 }]);
  // Behind a quote that is never closed no row is left to go on with.
  await assert.rejects(leftOut("csv", 'a,b\n1,2\n"3,4\n5,6\n'), /line 3: an opening quote is never closed/);
});

const CONLLU = [
  "# sent_id = 1",
  "# text = zum Markt",
  "1-2\tzum\t_\t_\t_\t_\t_\t_\t_\t_",
  "1\tzu\tzu\tADP\tAPPR\t_\t3\tcase\t_\t_",
  "2\tdem\tder\tDET\tART\t_\t3\tdet\t_\t_",
  "2.1\t_\t_\tX\t_\t_\t_\t_\t_\t_",
  "3\tMarkt\tMarkt\tNOUN\tNN\t_\t0\troot\t_\t_",
  "",
].join("\n");

test("CoNLL-U is told by its columns: ranges and empty nodes are left out and counted, and columns have names", async () => {
  for (const format of ["conll", "conllu"] as const) {
    const { rows, aliases, defaults, notes } = await read(format, CONLLU);
    assert.equal(rows.length, 1);
    assert.deepEqual(rows[0]!.cells[1], ["zu", "dem", "Markt"]);
    assert.deepEqual(rows[0]!.cells[3], ["ADP", "DET", "NOUN"]);
    assert.deepEqual(
      [aliases.form, aliases.upos, aliases.xpos, defaults],
      ["1", "3", "4", { words: "form", tags: "upos" }],
    );
    assert.deepEqual(notes, ["Skipped 1 multiword token and 1 empty node"]);
  }
  const plus = "# global.columns = ID FORM UPOS\n1\ta\tX\n";
  assert.deepEqual((await read("conllu", plus)).aliases, { id: "0", form: "1", upos: "2" });
  await assert.rejects(
    read("conllu", "a X\nb Y\n"),
    /rows\.conllu: the file is not CoNLL-U, which has 10 columns, the first with word numbers \(this file has 2 columns\)/,
  );
});

test("in files by blanks a comment stands at a sentence's start, and a hash in a sentence is a word", async () => {
  const text = "# sent 1\n# text = a b\na X\n# Y\n\n# newdoc\n# Z\nb X\n#end document\nc X\n-DOCSTART- -X-\nd X\n";
  assert.deepEqual(
    (await cellsOf("conll", text)).map((cells) => cells[0]),
    [["a", "#"], ["#", "b"], ["c"], ["d"]],
  );
});

test("a no-break space is part of its word", async () => {
  assert.deepEqual((await cellsOf("conll", "\u00a0a\u00a0b  X \nc\tY\n"))[0]![0], ["\u00a0a\u00a0b", "c"]);
});

test("nested columns of JSON and Parquet have dotted names", async () => {
  const json = '{"data":{"text":"a","more":{"label":1}},"tokens":[{"text":"x"},{"text":"y"}]}';
  assert.deepEqual((await read("jsonl", json)).columns, [
    ...["data", "tokens", "data.text", "data.more", "data.more.label", "tokens.text"],
  ]);
  // A column's own name goes before a nested one.
  const own = await read("jsonl", '{"data.text":"own","data":{"text":"a"}}');
  assert.deepEqual([own.columns, own.paths.size], [["data.text", "data"], 0]);
  const { columns, rows } = await read("parquet", readFileSync("test/fixtures/data/nested.parquet"));
  assert.deepEqual(columns, [
    ...["data", "tokens", "data.text", "data.gold", "data.gold.label", "tokens.text", "tokens.tag"],
  ]);
  assert.equal(rows.length, 4, "both row groups");
});

test("a file that is called Parquet and is none is refused", () =>
  assert.rejects(read("parquet", TABLE), /rows\.parquet: the file is not a Parquet file; change "format"/));
