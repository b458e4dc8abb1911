// Guesses a data file's format, columns and kind of task from its first rows. Independent of vscode; runs in the data thread.

import { isGzip, isParquet, unpackedHead } from "../../data/compressed.ts";
import { layoutOf } from "../../data/delimited.ts";
import { CHOICES, type TaskKind } from "../../data/examples.ts";
import {
  type Format,
  formatOfEnding,
  GRAPH_FORMATS,
  TEXT_FORMATS,
  USUAL_SEPARATORS,
  WORD_FORMATS,
} from "../../data/formats.ts";
import { closedGraphs } from "../../data/graphs/penman-file.ts";
import { closedEntries } from "../../data/graphs/webnlg.ts";
import { closedJson } from "../../data/json-rows.ts";
import { readFirstRows } from "../../data/parquet/parquet.ts";
import { sourceOfFile } from "../../data/parquet/source.ts";
import { type FoundTable, readTable } from "../../data/readers.ts";
import { Faults } from "../../data/row-error.ts";
import { nestedValue, refuseWide, type Table } from "../../data/table.ts";
import { type Encoding, encodingOf, utf16Text } from "../../data/text.ts";
import { InputError } from "../../errors.ts";
import { openFile } from "../../files.ts";
import { type Detected, type DetectedColumn, namedFields, numbered } from "./columns.ts";

/** How many bytes and rows of a file are inspected. */
const HEAD = 256 << 10;
const ROWS = 200;
/** How many lines are read to get `ROWS` rows: a sentence may have one line per word, a quoted text several lines. */
const LINES = 5000;
/** Columns of a word in plain CoNLL files, at most; CoNLL-U has the most of the usual formats. */
const MOST_WORD_COLUMNS = 10;
/** A list of more columns would be too long to choose from. */
const MOST_COLUMNS = 1000;

type Cells = Readonly<Record<string, unknown>>;

/** Throws an InputError if the file cannot be read, is empty, or has no rows in a known format. */
export async function detect(file: string): Promise<Detected> {
  const { handle, status } = await openFile(file, "choose another file");
  try {
    const { size } = status;
    const source = sourceOfFile(handle, size, file);
    const head = Buffer.from(await source.read(0, Math.min(HEAD, size)));
    if (!isParquet(head)) return await detectInHead(head, size <= HEAD, file);
    const table = await readFirstRows(source, file, ROWS, MOST_COLUMNS);
    return { encoding: "utf-8", ...shapeOf({ ...table, format: "parquet" }, true, undefined, file) };
  } finally {
    await handle.close();
  }
}

/** Like `detect`, but from the first bytes of a text file; `whole`: whether they are the whole file. */
export async function detectInHead(head: Buffer, whole: boolean, file: string): Promise<Detected> {
  const isWhole = whole && !isGzip(head);
  const inner = unpackedHead(head, file);
  if (isParquet(inner)) throw new InputError("the file is gzipped Parquet", { file }, "unpack it (gunzip FILE)");
  const { text, encoding } = decoded(inner, isWhole, file);
  const format = formatOf(text, file);
  const some = format === "json" || format === "webnlg" ? text : firstLines(text);
  const found = await readHead(some, format, isWhole && some === text, file);
  return { encoding, ...found };
}

function firstLines(text: string): string {
  let end = 0;
  for (let i = 0; i < LINES; i++) {
    end = text.indexOf("\n", end) + 1;
    if (!end) return text;
  }
  return text.slice(0, end);
}

/** The complete lines in a file's first bytes, decoded, and their encoding. */
function decoded(bytes: Buffer, whole: boolean, file: string): { text: string; encoding: Encoding } {
  const found = encodingOf(bytes, file, "utf-8");
  const wholeLines = (text: string) =>
    whole ? text : text.slice(0, Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1 || text.length);
  if (found === "utf-16le" || found === "utf-16be")
    return { text: wholeLines(utf16Text(bytes, found)), encoding: "utf-16" };
  try {
    // A truncated character is not an encoding error.
    return {
      text: wholeLines(new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: !whole })),
      encoding: "utf-8",
    };
  } catch {
    return { text: wholeLines(bytes.toString("latin1")), encoding: "latin1" };
  }
}

/** The format, from the ending of the file name, or else guessed from the lines. */
function formatOf(text: string, file: string): Format {
  const known = formatOfEnding(file);
  if (known && known !== "parquet" && known !== "txt") return known;
  if (/^\s*<\?xml|^\s*<benchmark\b/.test(text)) return "webnlg";
  const lines = text.split(/\r\n|\n|\r/).slice(0, ROWS);
  const full = lines.filter((line) => line.trim() !== "");
  const all = (test: (line: string) => boolean) => full.length > 0 && full.every(test);
  if (full.some((line) => line.startsWith("# ::snt")) && full.some((line) => line.startsWith("("))) return "penman";
  if (all((line) => line.startsWith("{"))) return "jsonl";
  if (/^\s*[[{]\s*["{[]/.test(text)) return "json";
  const blanks = lines.slice(0, -1).some((line) => line.trim() === "");
  if (blanks && isWords(full, known === "txt")) return "conll";
  if (all((line) => line.includes("\t"))) return "tsv";
  const isProse = known === "txt" && blanks; // sentences with a comma in each line are no table
  if (!isProse && [",", ";", "|"].some((separator) => all((line) => line.includes(separator)))) return "csv";
  if (known === "txt") return known; // after the others, which are often stored under this ending
  throw new InputError(
    "the data format is not recognized",
    { file },
    "choose a csv, tsv, jsonl, json, parquet, conll, conllu, xml (WebNLG), penman or (for language tasks) txt file",
  );
}

/**
 * Whether each line has a word and its columns. With `strict`, the lines must also have equally many columns, and few of
 * them: paragraphs of plain text have several words in each line, too.
 */
function isWords(lines: readonly string[], strict: boolean): boolean {
  const words = lines.filter((line) => !line.startsWith("-DOCSTART-") && !line.startsWith("# "));
  const widths = new Set(words.map((line) => line.trim().split(/[ \t]+/).length));
  const [width = 0] = widths;
  return (
    words.every((line) => /^\S+([ \t]+\S+)+$/.test(line)) &&
    (!strict || (widths.size === 1 && width <= MOST_WORD_COLUMNS))
  );
}

async function readHead(
  text: string,
  format: Format,
  whole: boolean,
  file: string,
): Promise<Omit<Detected, "encoding">> {
  const read = (text: string, format: Format, separator?: string) =>
    readTable({
      ...{ file, bytes: Buffer.from(text), encoding: "utf-8", header: false, format, faults: new Faults(false) },
      separator,
      // Not for formats with one word per line, where `select` would also determine which column contains the words.
      select: USUAL_SEPARATORS[format] === undefined ? undefined : narrow,
    });
  const narrow = ({ columns }: Pick<Table, "columns">) => {
    refuseWide(columns.length, MOST_COLUMNS, file);
    return columns;
  };
  const closed = (!whole && completed(text, format)) || text;
  const usual = USUAL_SEPARATORS[format];
  if (usual === undefined) return shapeOf(await read(closed, format), true, undefined, file);
  const separatorIn = (header: boolean) => layoutOf({ file, bytes: Buffer.from(text), header }, usual).separator;
  let separator = format === "glue" ? usual : separatorIn(true);
  let table: FoundTable | undefined;
  let fault: unknown;
  // The text may have been cut inside a quoted field; if so, drop lines at its end, up to half of the text.
  for (let end = closed.length, tries = 0; !table && tries < 20; tries++) {
    try {
      table = await read(closed.slice(0, end), format, separator);
    } catch (error) {
      fault ??= error;
      if (whole || end < closed.length / 2) break;
      end = closed.lastIndexOf("\n", end - 2) + 1;
      if (!end) break;
    }
  }
  if (!table && format === "tsv") {
    separator = "\t";
    table = await read(text, "glue");
  }
  if (!table) throw fault;
  if (USUAL_SEPARATORS[table.format] === undefined) return shapeOf(table, true, undefined, file);
  const rows = table.rows.map(({ cells }) => cells);
  const names = Object.values(rows[0] ?? {}).map((name) => String(name).trim());
  const header = rows.length > 1 && isHeader(names, rows.slice(1));
  let own: string | undefined;
  try {
    own = separatorIn(header);
  } catch {
    // More than one separator is possible, so the task file must name it.
  }
  const needed = table.format === "glue" || own === separator ? undefined : separator;
  if (!header) return shapeOf(table, false, needed, file);
  const named = table.rows.slice(1).map(({ number, cells }) => {
    return { number, cells: Object.fromEntries(Object.values(cells).map((cell, i) => [names[i]!, cell])) };
  });
  return shapeOf({ ...table, columns: names, rows: named }, true, needed, file);
}

/** The start of a document without its last, incomplete example; undefined if no example is complete. */
function completed(text: string, format: Format): string | undefined {
  if (/^\s*[[{]/.test(text)) return closedJson(text);
  if (format === "webnlg") return closedEntries(text);
  return format === "penman" ? closedGraphs(text) : undefined;
}

/** Whether the first row is a header: short, distinct names that do not recur in their columns. */
function isHeader(names: readonly string[], rows: readonly Cells[]): boolean {
  const isName = /^[\p{L}_#][\p{L}\p{N} #_.-]{0,39}$/u;
  if (new Set(names).size < names.length || !names.every((name) => isName.test(name))) return false;
  return names.every((name, i) => rows.every((row) => row[i] !== name));
}

function shapeOf(
  {
    format,
    columns: all,
    paths,
    aliases,
    rows,
  }: Pick<Table, "columns" | "paths" | "aliases" | "rows"> & Pick<FoundTable, "format">,
  header: boolean,
  separator: string | undefined,
  file: string,
): Omit<Detected, "encoding"> {
  if (!rows.length) throw new InputError("the file has no rows", { file }, "choose a file with data");
  refuseWide(all.length, MOST_COLUMNS, file);
  const some = rows.slice(0, ROWS);
  const isWords = WORD_FORMATS.includes(format);
  const nameOf = new Map(Object.entries(aliases).map(([alias, column]) => [column, alias]));
  const valuesOf = (name: string) =>
    some.map(({ cells }) => (paths.has(name) ? nestedValue(cells, paths.get(name)!) : cells[name]));
  // An object that contains other columns is not itself a column.
  const above = new Set(
    [...paths.values()].flatMap((path) => path.slice(1).map((_, i) => path.slice(0, i + 1).join("."))),
  );
  const names = all.filter((name) => !above.has(name));
  const columns = names.map((name, i): DetectedColumn => {
    const cells = valuesOf(name).filter((cell) => cell !== undefined && cell !== null);
    const values = cells.flat().map(textOf);
    const letters = values.reduce((sum, value) => sum + value.length, 0);
    return {
      column: nameOf.get(name) ?? (header && !isWords ? name : i),
      samples: cells.slice(0, 3).map((cell) => (Array.isArray(cell) ? cell.map(textOf).join(" ") : textOf(cell))),
      lists: cells.some(Array.isArray),
      distinct: new Set(values).size,
      length: letters / Math.max(1, values.length),
    };
  });
  if (!columns.length) throw new InputError("the rows have no columns", { file }, "choose a file with data");
  return { format, header: header && !isWords, separator, columns, kind: kindOf(format, columns) };
}

/** A value as text; objects and nested lists as JSON, because an object from a file may have no usable `toString`. */
const textOf = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part))
    : String(value);

const PAIRS = /(1|2|_a|_b|premise|hypothesis|question|answer|pair)$/i;

function kindOf(format: Format, columns: readonly DetectedColumn[]): TaskKind {
  if (WORD_FORMATS.includes(format)) return "tagging";
  if (TEXT_FORMATS.includes(format)) return "language";
  if (GRAPH_FORMATS.includes(format)) return "generation";
  if (namedFields(columns, "generation")) return "generation";
  const lists = columns.filter((column) => column.lists);
  if (lists.length >= 2) return Math.max(...lists.map(({ length }) => length)) > 20 ? "document" : "tagging";
  if (numbered(columns).length === CHOICES) return "choice";
  const texts = columns.filter(({ column, length }) => length > 8 && PAIRS.test(String(column)));
  return texts.length >= 2 ? "pair" : "sentence";
}
