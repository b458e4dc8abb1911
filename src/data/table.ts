// A data file as rows of named cells: the input and output of every reader.

import { InputError } from "../errors.ts";
import type { Faults } from "./row-error.ts";

export type Cells = Readonly<Record<string, unknown>>;

/** A row of a table; `number` is its position in the file. */
export interface TableRow {
  readonly number: number;
  readonly cells: Cells;
}

export interface Table {
  /** Names from the header or the first row; "0", "1" … without a header; nested columns with dots ("data.text"). */
  readonly columns: readonly string[];
  /** The keys that lead to each nested column; any other column is a cell of the same name. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
  /** Other names of columns, in lower case (CoNLL-U's "form" for "1"). */
  readonly aliases: Readonly<Record<string, string>>;
  readonly rows: readonly TableRow[];
  /** What row numbers count: lines from 1, or rows from 0. */
  readonly unit: "line" | "row";
  /** Observations that do not follow from the file's name or the task file: full sentences without a period. */
  readonly notes: readonly string[];
  /** Default columns of fields, if the content says more than the format. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Names that the file itself defines for the numbers in a column. */
  readonly classes?: ReadonlyMap<string, readonly string[]>;
}

/** The input of a reader: the content of a file, decompressed and decoded. */
export interface Content {
  readonly file: string;
  /** Valid UTF-8 without a byte-order mark; for a Parquet file, its bytes. */
  readonly bytes: Buffer;
  /** Whether the first row names the columns. Only delimited and CoNLL files can lack a header. */
  readonly header: boolean;
  /** The character between columns, if the task file names one. */
  readonly separator?: string | undefined;
  readonly faults: Faults;
  /** Chooses the needed columns among the existing ones, by name; if absent, all are read. May throw errors. */
  readonly select?:
    | ((table: Pick<Table, "columns" | "paths" | "aliases" | "defaults">) => readonly string[])
    | undefined;
}

export const FLAT: Pick<Table, "paths" | "aliases"> = { paths: new Map(), aliases: {} };

/** Throws an InputError if a table that is only previewed has more than `most` columns. */
export function refuseWide(columns: number, most: number, file: string): void {
  if (columns <= most) return;
  throw new InputError(
    `it has ${columns} columns, over the limit of ${most} for automatic detection`,
    { file },
    "keep only the columns of the task, or write the task file by hand",
  );
}

/** The value of a nested column, undefined if a key is missing; for a list, the list of its entries' values. */
export function nestedValue(value: unknown, path: readonly string[], depth = 0): unknown {
  if (depth === path.length || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => nestedValue(entry, path, depth));
  const key = path[depth]!;
  if (typeof value !== "object" || !Object.hasOwn(value as object, key)) return undefined;
  return nestedValue((value as Cells)[key], path, depth + 1);
}

/** "2 columns". */
export const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;

export const lineAt = (number: number) => `line ${number}`;

/**
 * Lines with their numbers, without line ends and blank lines. A lone carriage return ends a line only if the text has
 * no line feed.
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

/** "\n", or "\r" in a text without line feeds, as written by old Mac programs. */
export function lineEndOf(text: string): "\n" | "\r" {
  return text.includes("\r") && !text.includes("\n") ? "\r" : "\n";
}
