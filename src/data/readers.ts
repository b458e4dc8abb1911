// One reader a format: a data file's bytes in, rows of named cells out. No reader knows what a task is.

import { CsvError, type Info, parse } from "csv-parse/sync";
import { InputError, messageOf } from "../errors.ts";
import { decodeText, type Encoding } from "./text.ts";

/** A row of a table; `at` says where it stands in the file ("line 7"). */
export interface TableRow {
  readonly at: string;
  readonly cells: Readonly<Record<string, unknown>>;
}

export interface Table {
  /** Names from the header or the first row; "0", "1" … where there is no header. */
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

/** What a reader is told about the file. */
export interface Source {
  readonly file: string;
  readonly bytes: Buffer;
  readonly encoding: Encoding;
  /** Whether the first row names the columns. Only tables of lines can be without. */
  readonly header: boolean;
}

type Reader = (source: Source) => Table | Promise<Table>;

/** Every format with its reader. In CoNLL a row is a sentence and a cell the list of a column's values in it. */
export const READERS = {
  csv: (source) => readQuoted(source, ","),
  tsv: (source) => readQuoted(source, "\t"),
  glue: readGlue,
  jsonl: readJsonLines,
  parquet: readParquet,
  conll: readConll,
} satisfies Record<string, Reader>;

export type Format = keyof typeof READERS;

/** What a file's ending says about its format. */
export const FORMAT_OF_ENDING: Readonly<Record<string, Format>> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".parquet": "parquet",
  ".conll": "conll",
};

/** Lines with the number of each, without line ends and without blank ones. */
function* linesOf({ bytes, file, encoding }: Source): Generator<[line: string, number: number]> {
  let number = 0;
  for (const line of decodeText(bytes, file, encoding).split(/\r?\n/)) {
    number++;
    if (line.trim() !== "") yield [line, number];
  }
}

const lineAt = (number: number) => `line ${number}`;

/** Comma or tab separated values with quotes (RFC 4180): a quoted field may hold delimiters, line ends and doubled quotes. */
function readQuoted({ file, bytes, encoding, header }: Source, delimiter: string): Table {
  const text = decodeText(bytes, file, encoding);
  let records: { record: string[]; info: Info }[];
  let whole = 0; // the last line of the last row that was whole
  try {
    records = parse(text, {
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
      on_record: (record, { lines }) => {
        whole = lines;
        return record;
      },
    }) as unknown as typeof records;
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const [what, remedy] = QUOTE_FAULTS[cause.code] ?? [`the row cannot be read (${cause.message})`, "correct the row"];
    // A quote that is never closed swallows the rest of the file: what matters is the row in which it was opened.
    const line = cause.code === "CSV_QUOTE_NOT_CLOSED" ? whole + 1 : Number(cause.lines);
    throw new InputError(what, { file, at: lineAt(line) }, remedy, { cause });
  }
  // A record's line is where it begins: quoted line ends make it longer than one.
  let end = 0;
  const fields = records.map(({ record, info }): [string[], number] => {
    const begin = Math.min(end + 1, info.lines);
    end = info.lines;
    return [record, begin];
  });
  return tableOf(fields, header, file);
}

const DOUBLE_IT =
  'write the field in quotes and its own quotes doubled (""), or say "format": "glue" where quotes mean nothing';
const QUOTE_FAULTS: Record<string, [what: string, remedy: string]> = {
  CSV_QUOTE_NOT_CLOSED: ["a quote is opened and never closed", "close it, or double it where it belongs to the text"],
  INVALID_OPENING_QUOTE: ["there is a quote inside a field that does not begin with one", DOUBLE_IT],
  CSV_INVALID_CLOSING_QUOTE: ["there is text after a field's closing quote", DOUBLE_IT],
};

/** GLUE's tab separated values: quotes are letters like others. */
function readGlue(source: Source): Table {
  const fields = Array.from(linesOf(source), ([line, number]): [string[], number] => [line.split("\t"), number]);
  return tableOf(fields, source.header, source.file);
}

function tableOf(fields: [fields: string[], line: number][], header: boolean, file: string): Table {
  const columns = header ? (fields.shift()?.[0] ?? []) : (fields[0]?.[0] ?? []).map((_, i) => String(i));
  const rows = fields.map(([values, line]) => {
    if (values.length !== columns.length)
      throw new InputError(
        `the row has ${count(values.length, "column")} where the ${header ? "header" : "first row"} has ${columns.length}`,
        { file, at: lineAt(line) },
        "correct the row, or the format",
      );
    return { at: lineAt(line), cells: Object.fromEntries(columns.map((name, i) => [name, values[i]])) };
  });
  return { columns, rows };
}

/** A JSON object a line. */
function readJsonLines(source: Source): Table {
  const { file } = source;
  const rows = Array.from(linesOf(source), ([line, number]): TableRow => {
    const at = lineAt(number);
    let cells: unknown;
    try {
      cells = JSON.parse(line);
    } catch (cause) {
      throw new InputError(`the line is not JSON (${messageOf(cause)})`, { file, at }, "write one JSON object a line", {
        cause,
      });
    }
    if (typeof cells !== "object" || cells === null || Array.isArray(cells))
      throw new InputError("the line is not a JSON object", { file, at }, "write one JSON object a line");
    return { at, cells: cells as TableRow["cells"] };
  });
  return { columns: Object.keys(rows[0]?.cells ?? {}), rows };
}

async function readParquet({ file, bytes }: Source): Promise<Table> {
  // Larger than all the rest of the extension and seldom needed, so it is not read when the extension starts.
  const [hyparquet, { compressors }] = await Promise.all([import("hyparquet"), import("hyparquet-compressors")]);
  const { parquetMetadata, parquetReadObjects, parquetSchema } = hyparquet;
  try {
    const { buffer, byteOffset, byteLength } = bytes;
    const whole = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    const metadata = parquetMetadata(whole);
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
    const cells = await parquetReadObjects({ file: whole, metadata, compressors });
    return { columns, rows: cells.map((row, i) => ({ at: `row ${i}`, cells: row })) };
  } catch (cause) {
    throw new InputError(`the Parquet file cannot be read (${messageOf(cause)})`, { file }, "write the file again", {
      cause,
    });
  }
}

/**
 * A word a line with its columns, a blank line after each sentence. Columns stand apart by a tab where the first line has
 * one, else by spaces. -DOCSTART- lines are left out, and in files with tabs comments ("# …" without a tab).
 */
function readConll({ file, bytes, encoding }: Source): Table {
  const lines = decodeText(bytes, file, encoding).split(/\r?\n/);
  const isComment = (line: string) => line.startsWith("#") && !line.includes("\t");
  const first = lines.find((line) => line.trim() !== "" && !isComment(line) && !line.startsWith("-DOCSTART-"));
  const tabs = first?.includes("\t") ?? false;
  const split = (line: string) => (tabs ? line.split("\t") : line.trim().split(/[ \t]+/));
  const columns = first === undefined ? [] : split(first).map((_, i) => String(i));

  const rows: TableRow[] = [];
  let open: Record<string, string[]> | undefined;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "" || line.startsWith("-DOCSTART-")) {
      open = undefined;
      continue;
    }
    if (tabs && isComment(line)) continue;
    const values = split(line);
    if (values.length !== columns.length)
      throw new InputError(
        `the line has ${count(values.length, "column")} where the first has ${columns.length}`,
        { file, at: lineAt(i + 1) },
        "correct the line",
      );
    if (!open) {
      open = Object.fromEntries(columns.map((name) => [name, []]));
      rows.push({ at: lineAt(i + 1), cells: open });
    }
    for (const [c, value] of values.entries()) open[c]!.push(value);
  }
  return { columns, rows };
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
