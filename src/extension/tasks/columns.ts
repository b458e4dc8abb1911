// What was detected in a data file, and which of its columns a task most likely needs.

import { CHOICES, KINDS, type TaskKind } from "../../data/examples.ts";
import type { Column, Columns } from "../../data/fields.ts";
import type { Format } from "../../data/formats.ts";
import type { Encoding } from "../../data/text.ts";

export interface DetectedColumn {
  /** The column's name in the header, or its 0-based index if there is no header. */
  readonly column: Column;
  /** The first values, as text. */
  readonly samples: readonly string[];
  /** Whether any cell in the column is a list. */
  readonly lists: boolean;
  /** The number of distinct values in the inspected rows; for lists, of distinct entries. */
  readonly distinct: number;
  /** The average length of a value (for lists, of an entry) in characters. */
  readonly length: number;
}

export interface Detected {
  readonly format: Format;
  readonly header: boolean;
  readonly encoding: Encoding;
  /** The column separator, if the format's reader would not detect it. */
  readonly separator: string | undefined;
  readonly columns: readonly DetectedColumn[];
  /** The most likely kind of task for this file. */
  readonly kind: TaskKind;
}

/** The columns whose names differ only in a final digit: choice0 … choice3. */
export function numbered(columns: readonly DetectedColumn[]): DetectedColumn[] {
  const stemOf = ({ column }: DetectedColumn) => /^(.*\D)\d$/.exec(String(column))?.[1];
  for (const stem of new Set(columns.map(stemOf))) {
    const group = columns.filter((column) => stemOf(column) === stem);
    if (stem !== undefined && group.length === CHOICES) return group;
  }
  return [];
}

/** The set of a kind's fields of which the file has every default column; undefined if there is none. */
export function namedFields(all: readonly DetectedColumn[], kind: TaskKind): Columns | undefined {
  const { columns, alternatives = [] } = KINDS[kind];
  // Of a list of objects, such as a conversation's messages, the parts are columns of dotted names.
  const names = new Set<unknown>(all.flatMap(({ column }) => [column, String(column).split(".")[0]]));
  return [columns, ...alternatives].find((set) => Object.values(set).every((name) => names.has(name)));
}

const LABEL = /^(label|labels|tags?|ner_tags|class|category|target|sentiment|intent|topic|gold\w*|answer|y|is_\w+)$/i;

/** The most likely column for each field of a task of this kind, all distinct; the label's column is chosen first. */
export function guessColumns({ columns, format }: Pick<Detected, "columns" | "format">, kind: TaskKind): Columns {
  if (format === "conllu") return { words: "form", tags: "upos" };
  if (format === "conll") return { words: columns[0]!.column, tags: columns.at(-1)!.column };
  const { columns: fields, labels, alternatives } = KINDS[kind];
  const named = alternatives && namedFields(columns, kind);
  if (named) return named;
  const free = new Set(columns);
  const take = (found: DetectedColumn | undefined, otherwise: Column): Column => {
    if (!found) return otherwise;
    free.delete(found);
    return found.column;
  };
  const wantLists = kind === "tagging" || kind === "document";
  const fitting = () => [...free].filter(({ lists }) => lists === wantLists);
  const guessed: Record<string, Column | readonly Column[]> = {};
  const label = fitting().find(({ column }) => LABEL.test(String(column)));
  const fewest = fitting()
    .filter(({ distinct }) => distinct > 1)
    .sort((a, b) => a.distinct - b.distinct)[0];
  if (labels !== undefined) guessed[labels] = take(label ?? fewest, columns.at(-1)!.column);
  if (kind === "choice") {
    const choices = numbered([...free]);
    for (const choice of choices) free.delete(choice);
    guessed.choices = choices.length ? choices.map(({ column }) => column) : (fields.choices as readonly Column[]);
  }
  // The text columns are those with the longest values, in file order.
  const open = Object.keys(fields).filter((field) => guessed[field] === undefined);
  const longest = fitting().sort((a, b) => b.length - a.length);
  const texts = columns.filter((column) => longest.slice(0, open.length).includes(column));
  for (const [i, field] of open.entries()) guessed[field] = take(texts[i], columns[0]!.column);
  return Object.fromEntries(Object.keys(fields).map((field) => [field, guessed[field]!]));
}

/** The kinds of task whose examples can have attributes. */
const WITH_ATTRIBUTES: readonly TaskKind[] = ["sentence", "pair"];
/** Values of attributes are names and the like; anything longer on average is another text. */
const LONGEST_VALUE = 40;
/** What may separate the values of an attribute in a cell; names can have commas. */
const SEPARATORS = ["|", ";"];

/** The columns that may be attributes of a task's texts: short values that are not all the same, in no other column of the task. */
export function attributeColumns(
  { columns, format }: Pick<Detected, "columns" | "format">,
  kind: TaskKind,
  taken: readonly unknown[],
): DetectedColumn[] {
  if (!WITH_ATTRIBUTES.includes(kind) || format === "conll" || format === "conllu") return [];
  return columns.filter(
    ({ column, distinct, length }) => !taken.includes(column) && distinct > 1 && length <= LONGEST_VALUE,
  );
}

/** The separator of several values in a cell, if the first rows have any. */
export const separatorIn = ({ lists, samples }: DetectedColumn): string | undefined =>
  lists ? undefined : SEPARATORS.find((separator) => samples.some((sample) => sample.includes(separator)));

/** The attributes of a task file, named after their columns. */
export function attributesJson(columns: readonly DetectedColumn[]): object {
  return Object.fromEntries(
    columns.map((detected) => {
      const { column } = detected;
      const separator = separatorIn(detected);
      const name = typeof column === "number" ? `column ${column}` : column;
      return [name, separator === undefined ? column : { column, separator }];
    }),
  );
}
