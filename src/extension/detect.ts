// What a data file seems to hold, from its first rows: format, columns, and which task could be made of it. No vscode.

import { open } from "node:fs/promises";
import path from "node:path";
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { FORMAT_OF_ENDING, type Format, READERS } from "../data/readers.ts";
import { CHOICES, type Column, type Columns, KINDS, type TaskKind } from "../data/rows.ts";
import type { Encoding } from "../data/text.ts";
import { InputError, messageOf } from "../errors.ts";
import { reasonOf } from "../files.ts";

/** Of a file so many bytes are looked at, and so many rows. */
const HEAD = 256 << 10;
const ROWS = 200;

export interface DetectedColumn {
  /** The header's name, or the number from 0 where there is no header. */
  readonly column: Column;
  /** The first values, as text. */
  readonly samples: readonly string[];
  /** Whether its cells are lists. */
  readonly lists: boolean;
  /** Different values among the rows that were looked at; of lists, of their entries. */
  readonly distinct: number;
  /** Letters of a value (of a list's entry) on average. */
  readonly length: number;
}

export interface Detected {
  readonly format: Format;
  readonly header: boolean;
  readonly encoding: Encoding;
  readonly columns: readonly DetectedColumn[];
  /** What a task of this file would most likely be. */
  readonly kind: TaskKind;
}

type Cells = Readonly<Record<string, unknown>>;

/** InputError for a file that cannot be read, is empty, or holds no rows of a known format. */
export async function detect(file: string): Promise<Detected> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new InputError(reasonOf(cause), { file }, "choose another file", { cause });
  });
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(Math.min(HEAD, size));
    await handle.read(head, 0, head.length, 0);
    if (head.subarray(0, 4).toString("latin1") !== "PAR1") return await detectInHead(head, size <= HEAD, file);
    const slices: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const bytes = new Uint8Array(end - start);
        await handle.read(bytes, 0, bytes.length, start);
        return bytes.buffer;
      },
    };
    return await detectParquet(slices, file);
  } finally {
    await handle.close();
  }
}

/** As `detect`, from a text file's first bytes; `whole`: these are all. */
export async function detectInHead(head: Buffer, whole: boolean, file: string): Promise<Detected> {
  const end = whole ? head.length : head.lastIndexOf(10) + 1; // a line that was cut off says nothing
  const bytes = head.subarray(0, end);
  const format = formatOf(bytes.toString("latin1"), file);
  if (format === "csv" || format === "tsv" || format === "glue") return detectTable(bytes, format, whole, file);
  const encoding = encodingOf(bytes);
  const { rows } = await READERS[format]({ file, bytes, encoding, header: true });
  const cells = rows.map((row) => row.cells);
  return { encoding, ...shapeOf(format, format === "jsonl", cells, file) };
}

/** The encoding of whole lines. */
function encodingOf(bytes: Buffer): Encoding {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return "utf-8";
  } catch {
    return "latin1";
  }
}

/** The format by the file's ending, or else by how its lines look. */
function formatOf(text: string, file: string): Format {
  const known = FORMAT_OF_ENDING[path.extname(file).toLowerCase()];
  if (known && known !== "parquet") return known;
  const lines = text.split(/\r?\n/).slice(0, ROWS);
  const full = lines.filter((line) => line.trim() !== "");
  const all = (test: (line: string) => boolean) => full.length > 0 && full.every(test);
  if (all((line) => line.startsWith("{"))) return "jsonl";
  const blanks = lines.slice(0, -1).some((line) => line.trim() === "");
  const words = full.filter((line) => !line.startsWith("-DOCSTART-"));
  if (blanks && words.every((line) => /^\S+([ \t]\S+)+$/.test(line))) return "conll";
  if (all((line) => line.includes("\t"))) return "tsv";
  if (all((line) => line.includes(","))) return "csv";
  throw new InputError(
    "it holds no rows that could be told apart",
    { file },
    "choose a file of csv, tsv, jsonl, parquet or conll",
  );
}

async function detectTable(
  bytes: Buffer,
  format: "csv" | "tsv" | "glue",
  whole: boolean,
  file: string,
): Promise<Detected> {
  const encoding = encodingOf(bytes);
  const read = (format: "csv" | "tsv" | "glue", bytes: Buffer) =>
    READERS[format]({ file, bytes, encoding, header: false });
  let table: Awaited<ReturnType<typeof read>> | undefined;
  let used: Format = format;
  let fault: unknown;
  // A quoted field may go on over the cut: then the last lines are left out, up to a half.
  for (let end = bytes.length, tries = 0; !table && tries < 20; tries++) {
    try {
      table = await read(format, bytes.subarray(0, end));
    } catch (error) {
      fault ??= error;
      if (whole || end < bytes.length / 2) break;
      end = bytes.lastIndexOf(10, end - 2) + 1;
    }
  }
  if (!table && format === "tsv") {
    table = await READERS.glue({ file, bytes, encoding, header: false });
    used = "glue";
  }
  if (!table) throw fault;
  const rows = table.rows.map(({ cells }) => cells);
  const first = rows[0] ?? {};
  const header = rows.length > 1 && isHeader(Object.values(first).map(String), rows.slice(1));
  if (!header) return { encoding, ...shapeOf(used, false, rows, file) };
  const names = Object.values(first).map(String);
  const named = rows.slice(1).map((row) => Object.fromEntries(Object.values(row).map((cell, i) => [names[i]!, cell])));
  return { encoding, ...shapeOf(used, true, named, file) };
}

/** Whether a first row names columns: short different words, none of which comes again below itself. */
function isHeader(names: readonly string[], rows: readonly Cells[]): boolean {
  const isName = /^[\p{L}_#][\p{L}\p{N} #_.-]{0,39}$/u;
  if (new Set(names).size < names.length || !names.every((name) => isName.test(name))) return false;
  return names.every((name, i) => rows.every((row) => row[i] !== name));
}

async function detectParquet(file: AsyncBuffer, name: string): Promise<Detected> {
  try {
    const metadata = await parquetMetadataAsync(file);
    const rows = await parquetReadObjects({
      ...{ file, metadata, compressors, rowEnd: Math.min(ROWS, Number(metadata.num_rows)) },
    });
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
    const cells = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
    return { encoding: "utf-8", ...shapeOf("parquet", true, cells, name) };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(
      `the Parquet file cannot be read (${messageOf(cause)})`,
      { file: name },
      "choose another file",
      { cause },
    );
  }
}

function shapeOf(format: Format, header: boolean, rows: readonly Cells[], file: string): Omit<Detected, "encoding"> {
  if (!rows.length) throw new InputError("it holds no rows", { file }, "choose a file with data");
  const some = rows.slice(0, ROWS);
  const names = Object.keys(some[0]!);
  const columns = names.map((name, i): DetectedColumn => {
    const cells = some.map((row) => row[name]).filter((cell) => cell !== undefined && cell !== null);
    const values = cells.flat().map(String);
    const letters = values.reduce((sum, value) => sum + value.length, 0);
    return {
      column: header ? name : i,
      samples: cells.slice(0, 3).map((cell) => (Array.isArray(cell) ? cell.join(" ") : String(cell))),
      lists: cells.some(Array.isArray),
      distinct: new Set(values).size,
      length: letters / Math.max(1, values.length),
    };
  });
  return { format, header, columns, kind: kindOf(format, columns) };
}

const PAIRS = /(1|2|_a|_b|premise|hypothesis|question|answer|pair)$/i;

function kindOf(format: Format, columns: readonly DetectedColumn[]): TaskKind {
  if (format === "conll") return "tagging";
  const lists = columns.filter((column) => column.lists);
  if (lists.length >= 2) return Math.max(...lists.map(({ length }) => length)) > 20 ? "document" : "tagging";
  if (numbered(columns).length === CHOICES) return "choice";
  const texts = columns.filter(({ column, length }) => length > 8 && PAIRS.test(String(column)));
  return texts.length >= 2 ? "pair" : "sentence";
}

/** Columns of one stem with a number: choice0 … choice3. */
function numbered(columns: readonly DetectedColumn[]): DetectedColumn[] {
  const stemOf = ({ column }: DetectedColumn) => /^(.*\D)\d$/.exec(String(column))?.[1];
  for (const stem of new Set(columns.map(stemOf))) {
    const group = columns.filter((column) => stemOf(column) === stem);
    if (stem !== undefined && group.length === CHOICES) return group;
  }
  return [];
}

const LABEL = /^(label|labels|tags?|ner_tags|class|category|target|sentiment|intent|topic|gold\w*|answer|y|is_\w+)$/i;

/** The columns that a task of this kind would most likely read, field by field: all different, the label first decided. */
export function guessColumns({ columns, format }: Pick<Detected, "columns" | "format">, kind: TaskKind): Columns {
  if (format === "conll") return { words: columns[0]!.column, tags: columns.at(-1)!.column };
  const { columns: fields, labels } = KINDS[kind];
  const free = new Set(columns);
  const take = (found: DetectedColumn | undefined, otherwise: Column): Column => {
    if (!found) return otherwise;
    free.delete(found);
    return found.column;
  };
  const wantLists = kind === "tagging" || kind === "document";
  const fitting = () => [...free].filter(({ lists }) => lists === wantLists);
  const guessed: Record<string, Column | readonly Column[]> = {};
  const named = fitting().find(({ column }) => LABEL.test(String(column)));
  const fewest = fitting()
    .filter(({ distinct }) => distinct > 1)
    .sort((a, b) => a.distinct - b.distinct)[0];
  guessed[labels] = take(named ?? fewest, columns.at(-1)!.column);
  if (kind === "choice") {
    const choices = numbered([...free]);
    for (const choice of choices) free.delete(choice);
    guessed.choices = choices.length ? choices.map(({ column }) => column) : (fields.choices as readonly Column[]);
  }
  // Texts are the longest columns, in the file's order.
  const open = Object.keys(fields).filter((field) => guessed[field] === undefined);
  const longest = fitting().sort((a, b) => b.length - a.length);
  const texts = columns.filter((column) => longest.slice(0, open.length).includes(column));
  for (const [i, field] of open.entries()) guessed[field] = take(texts[i], columns[0]!.column);
  return Object.fromEntries(Object.keys(fields).map((field) => [field, guessed[field]!]));
}
