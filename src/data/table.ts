// A data file as rows of named cells: what every reader makes, and what it is given.

import { InputError } from "../errors.ts";
import type { Faults } from "./row-error.ts";

export type Cells = Readonly<Record<string, unknown>>;

/** A row of a table; `number` says where it stands in the file. */
export interface TableRow {
  readonly number: number;
  readonly cells: Cells;
}

export interface Table {
  /** Names from the header or the first row; "0", "1" … where there is no header; nested ones dotted ("data.text"). */
  readonly columns: readonly string[];
  /** The keys that lead to a nested column; every other column is a cell of its own name. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
  /** Other names of columns, in lower case (CoNLL-U's "form" for "1"). */
  readonly aliases: Readonly<Record<string, string>>;
  readonly rows: readonly TableRow[];
  /** What rows' numbers count: lines from 1, or rows from 0. */
  readonly unit: "line" | "row";
  /** What was found in the file that its name or the task file does not say: full sentences without a period. */
  readonly notes: readonly string[];
  /** The columns of fields for which the task file names none, where the content says more than the format. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Names that the file itself gives to a column's numbers. */
  readonly classes?: ReadonlyMap<string, readonly string[]>;
}

/** What a reader is given: a file's content, uncompressed and decoded. */
export interface Content {
  readonly file: string;
  /** Valid UTF-8 without a byte-order mark; of a Parquet file, its bytes. */
  readonly bytes: Buffer;
  /** Whether the first row names the columns. Only tables of lines can be without. */
  readonly header: boolean;
  /** The character between columns, if the task file names one. */
  readonly separator?: string | undefined;
  readonly faults: Faults;
  /** The names of the columns that are needed, from those that there are; without it, all. Errors are its own. */
  readonly select?:
    | ((table: Pick<Table, "columns" | "paths" | "aliases" | "defaults">) => readonly string[])
    | undefined;
}

export const FLAT: Pick<Table, "paths" | "aliases"> = { paths: new Map(), aliases: {} };

/** InputError where a table that is only looked at has over `most` columns. */
export function refuseWide(columns: number, most: number, file: string): void {
  if (columns <= most) return;
  throw new InputError(
    `it has ${columns} columns, over the limit of ${most} for automatic detection`,
    { file },
    "keep only the columns of the task, or write the task file by hand",
  );
}

/**
 * What the keys of a nested column lead to, undefined where there is no such key; through a list, a list of what each of
 * its entries has there.
 */
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
 * Lines with the number of each, without line ends and without blank ones. A carriage return alone ends a line only in
 * a text without any line feed.
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

/** "\n", or "\r" in a text without line feeds, as old Mac programs wrote. */
export function lineEndOf(text: string): "\n" | "\r" {
  return text.includes("\r") && !text.includes("\n") ? "\r" : "\n";
}
