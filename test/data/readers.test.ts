// Every format's bytes as rows: what is accepted, what is refused and where. Parquet files are pyarrow's (test/fixtures/data).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { type Format, readTable } from "../../src/data/readers.ts";
import { Faults } from "../../src/data/row-error.ts";
import type { Encoding } from "../../src/data/text.ts";

interface Settings {
  readonly header: boolean;
  readonly encoding: Encoding;
  readonly separator: string | undefined;
  readonly faults: Faults;
}

async function read(
  format: Format,
  content: string | Buffer,
  { header = true, encoding = "utf-8", separator, faults = new Faults(false) }: Partial<Settings> = {},
) {
  const bytes = Buffer.from(content as string);
  return readTable({ file: `rows.${format}`, bytes, encoding, header, separator, format, faults });
}
const cellsOf = async (...given: Parameters<typeof read>) => (await read(...given)).rows.map(({ cells }) => cells);
const places = async (...given: Parameters<typeof read>) => (await read(...given)).rows.map(({ at }) => at);

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
  await assert.rejects(read("tsv", table), /^InputError: rows\.tsv, line 2: a quote is opened and never closed/);
});

test("tables without a header have columns by number", async () => {
  const table = await read("tsv", "good\t1\nbad\t0\n", { header: false });
  assert.deepEqual(table.columns, ["0", "1"]);
  assert.deepEqual(table.rows[0], { at: "line 1", cells: { 0: "good", 1: "1" } });
});

test("a row with too few or too many columns is refused with its line", async () => {
  await assert.rejects(
    read("csv", "text,label\na,1\nb\n"),
    /rows\.csv, line 3: the row has 1 column where the header has 2/,
  );
  await assert.rejects(
    read("glue", "a\t1\nb\t0\tx\n", { header: false }),
    /line 2: the row has 3 columns where the first row has 2/,
  );
});

test("Latin-1 is read byte for byte, and as UTF-8 refused with line, byte and remedy", async () => {
  const bytes = Buffer.from("text,label\nok,1\ncafé,0\n", "latin1");
  assert.deepEqual((await cellsOf("csv", bytes, { encoding: "latin1" }))[1], { text: "café", label: "0" });
  await assert.rejects(read("csv", bytes), /rows\.csv, line 3: byte 19 of the file \(0xe9\) is not UTF-8; .*latin1/);
});

test("a replacement character that stands in the text itself is no error", async () => {
  assert.deepEqual(await cellsOf("csv", "text,label\n\uFFFD,1\n"), [{ text: "\uFFFD", label: "1" }]);
  const bytes = Buffer.concat([Buffer.from("text,label\n\uFFFD,1\n"), Buffer.of(0xff), Buffer.from(",0\n")]);
  await assert.rejects(read("csv", bytes), /line 3: byte 17 of the file \(0xff\)/);
});

test("UTF-16 is called by its name", async () => {
  await assert.rejects(
    read("csv", Buffer.from("\uFEFFtext,label\n", "utf16le")),
    /the file is UTF-16; save it as UTF-8/,
  );
});

test("JSON lines keep types and lists, and blank lines are skipped", async () => {
  const { columns, rows } = await read("jsonl", '{"words":["a","b"],"n":1}\n\n{"words":[],"n":true}');
  assert.deepEqual(columns, ["words", "n"]);
  assert.deepEqual(rows, [
    { at: "line 1", cells: { words: ["a", "b"], n: 1 } },
    { at: "line 3", cells: { words: [], n: true } },
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
  await assert.rejects(read("conll", "a O\nb\n"), /line 2: the line has 1 column where the first has 2/);
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
  await assert.rejects(read("parquet", cut), /rows\.parquet: the Parquet file cannot be read/);
});
