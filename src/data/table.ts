// The input and output types of all readers. A table is a data file as rows of named cells.

import { InputError } from "../errors.ts";
import type { Faults } from "./row-error.ts";

export type Cells = Readonly<Record<string, unknown>>;

/** A row of a table; `number` is its position in the file. */
export interface TableRow {
  readonly number: number;
  readonly cells: Cells;
}

export interface Table {
  /**
   * Column names from the header or from JSON keys; "0", "1" … if there is no header. Nested columns have dotted names
   * ("data.text").
   */
  readonly columns: readonly string[];
  /** For each nested column, the keys that lead to its value. Any other column is the cell with the same name. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
  /** Alternative column names in lower case, each with its column name (in CoNLL-U, "form" is another name for "1"). */
  readonly aliases: Readonly<Record<string, string>>;
  readonly rows: readonly TableRow[];
  /** What row numbers count: lines, starting at 1, or rows, starting at 0. */
  readonly unit: "line" | "row";
  /** Facts about the file that neither its name nor the task file states; each is a full sentence without a period. */
  readonly notes: readonly string[];
  /** Default columns for fields, if the file's content suggests better defaults than its format does. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** For each column in which numbers stand for names that the file itself defines, these names in order. */
  readonly classes?: ReadonlyMap<string, readonly string[]>;
}

/** The input of a reader: the content of a file, decompressed and decoded. */
export interface Content {
  readonly file: string;
  /** Valid UTF-8 without a byte-order mark; for a Parquet file, its unchanged bytes. */
  readonly bytes: Buffer;
  /** Whether the first row names the columns. Only delimited and CoNLL files can lack a header. */
  readonly header: boolean;
  /** The character between columns, if the task file specifies it. */
  readonly separator?: string | undefined;
  readonly faults: Faults;
  /**
   * Returns the names of the columns to read, given the columns of the file; if absent, all columns are read. May throw
   * errors.
   */
  readonly select?:
    | ((table: Pick<Table, "columns" | "paths" | "aliases" | "defaults">) => readonly string[])
    | undefined;
}

export const FLAT: Pick<Table, "paths" | "aliases"> = { paths: new Map(), aliases: {} };

/** Throws an InputError if a table that is only previewed has more than `most` columns. */
export function refuseWide(columns: number, most: number, file: string): void {
  if (columns <= most) return;
  throw new InputError(
    `the file has ${columns} columns, over the limit of ${most} for automatic detection`,
    { file },
    "keep only the columns that the task needs, or write the task file by hand",
  );
}

/**
 * The value of a nested column; undefined if a key is missing. If the path leads through a list, returns a list with
 * the value of each entry.
 */
export function nestedValue(value: unknown, path: readonly string[], depth = 0): unknown {
  if (depth === path.length || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => nestedValue(entry, path, depth));
  const key = path[depth]!;
  if (typeof value !== "object" || !Object.hasOwn(value as object, key)) return undefined;
  return nestedValue((value as Cells)[key], path, depth + 1);
}

/** A cell's value as text: of a string, a number, true or false; otherwise undefined. */
export function written(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const isText = typeof value === "bigint" || typeof value === "boolean" || Number.isFinite(value);
  return isText ? String(value) : undefined;
}

/** Formats a number with its noun, as in "2 columns". */
export const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;

export const lineAt = (number: number) => `line ${number}`;

/**
 * Yields each line that is not blank, without its line end, and the number of the line. A lone carriage return ends a
 * line only if the text has no line feed.
 */
export function* linesOf(text: string, isBlank = /^\s*$/): Generator<[line: string, number: number]> {
  const end = lineEndOf(text);
  for (let from = 0, number = 1; from < text.length; number++) {
    const at = text.indexOf(end, from);
    const to = at < 0 ? text.length : at;
    const line = text.slice(from, text[to - 1] === "\r" && to > from ? to - 1 : to);
    if (!isBlank.test(line)) yield [line, number];
    from = to + 1;
  }
}

/** "\n"; but "\r" if the text has carriage returns and no line feeds, as written by old Mac programs. */
export function lineEndOf(text: string): "\n" | "\r" {
  return text.includes("\r") && !text.includes("\n") ? "\r" : "\n";
}
