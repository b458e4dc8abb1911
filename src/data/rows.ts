// What a row of each kind of task is, and how it is made of a table's cells.

import { InputError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import type { Labels } from "./labels.ts";
import type { Table, TableRow } from "./readers.ts";

export interface SentenceRow {
  readonly text: string;
  readonly label: number;
}

export interface PairRow extends SentenceRow {
  readonly textPair: string;
}

/** A sentence's words with a tag each. */
export interface TaggedRow {
  readonly words: readonly string[];
  readonly tags: readonly number[];
}

/** A text and its possible continuations; the label is the right one's number. */
export interface ChoiceRow extends SentenceRow {
  readonly choices: readonly string[];
}

/** A document's sentences with a label each. */
export interface DocumentRow {
  readonly sentences: readonly string[];
  readonly labels: readonly number[];
}

export interface RowOf {
  sentence: SentenceRow;
  pair: PairRow;
  tagging: TaggedRow;
  choice: ChoiceRow;
  document: DocumentRow;
}

export type TaskKind = keyof RowOf;
export type Row = RowOf[TaskKind];

/** Continuations of a row of a choice task. */
export const CHOICES = 4;

/** A column by its header's name or, without a header, by its number; the last one counts as −1. */
export type Column = string | number;
/** Where each field of a row is found; a field of a choice task's continuations has several columns. */
export type Columns = Readonly<Record<string, Column | readonly Column[]>>;

export type Metric = "accuracy" | "f1" | "macroF1" | "matthews" | "entityF1";

interface Kind<R extends Row> {
  /** Fields and the columns they come from where the task names none. */
  readonly columns: Columns;
  /** The field that holds the label, or a list of them. */
  readonly labels: string;
  readonly metrics: readonly Metric[];
  /** Whether labels are classes, each to be learnt from training rows, and not just one of a closed set. */
  readonly classes: boolean;
  row(fields: Fields): R;
}

const CLASS_METRICS: Metric[] = ["accuracy", "f1", "macroF1", "matthews"];

export const KINDS: { readonly [K in TaskKind]: Kind<RowOf[K]> } = {
  sentence: {
    columns: { text: "text", label: "label" },
    labels: "label",
    metrics: CLASS_METRICS,
    classes: true,
    row: (fields) => ({ text: fields.text("text"), label: fields.label("label") }),
  },
  pair: {
    columns: { text: "text", textPair: "textPair", label: "label" },
    labels: "label",
    metrics: CLASS_METRICS,
    classes: true,
    row: (fields) => ({
      text: fields.text("text"),
      textPair: fields.text("textPair"),
      label: fields.label("label"),
    }),
  },
  tagging: {
    columns: { words: "words", tags: "tags" },
    labels: "tags",
    metrics: ["accuracy", "macroF1", "entityF1"],
    classes: false,
    row: (fields) => ({ words: fields.texts("words"), tags: fields.labels("tags", "words") }),
  },
  choice: {
    columns: { text: "text", choices: ["choice0", "choice1", "choice2", "choice3"], label: "label" },
    labels: "label",
    metrics: ["accuracy"],
    classes: false,
    row: (fields) => ({
      text: fields.text("text"),
      choices: fields.columnsOf("choices").map((column) => fields.textIn(column)),
      label: fields.label("label"),
    }),
  },
  document: {
    columns: { sentences: "sentences", labels: "labels" },
    labels: "labels",
    metrics: CLASS_METRICS,
    classes: true,
    row: (fields) => ({ sentences: fields.texts("sentences"), labels: fields.labels("labels", "sentences") }),
  },
};

/** The table's columns for each field. InputError naming the columns that there are where one is missing. */
export function findColumns(columns: Columns, table: Table, file: string): Record<string, string[]> {
  const find = (column: Column, field: string): string => {
    const name = column === -1 ? String(table.columns.length - 1) : String(column);
    if (table.columns.includes(name)) return name;
    const remedy = didYouMean(
      name,
      table.columns,
      `name one of ${table.columns.join(", ") || "none"} under columns.${field}`,
    );
    throw new InputError(`there is no column ${JSON.stringify(name)} for ${field}`, { file }, remedy);
  };
  return Object.fromEntries(
    Object.entries(columns).map(([field, names]) => [field, [names].flat().map((name) => find(name as Column, field))]),
  );
}

/** A row's cells by field, checked; errors name file, line and column. */
export class Fields {
  readonly #cells: TableRow["cells"];
  readonly #at: string;
  readonly #file: string;
  readonly #columns: Readonly<Record<string, readonly string[]>>;
  readonly #labels: Labels | undefined;

  /** Without `labels`, only texts and `labelsAsWritten` can be read. */
  constructor(row: TableRow, file: string, columns: Readonly<Record<string, readonly string[]>>, labels?: Labels) {
    this.#cells = row.cells;
    this.#at = row.at;
    this.#file = file;
    this.#columns = columns;
    this.#labels = labels;
  }

  columnsOf(field: string): readonly string[] {
    return this.#columns[field]!;
  }

  text(field: string): string {
    return this.textIn(this.#column(field));
  }

  textIn(column: string): string {
    const value = this.#cell(column);
    if (typeof value === "string") return value;
    throw new InputError(`${shown(value)} is not text`, this.#place(column), "give text in each row");
  }

  texts(field: string): string[] {
    const column = this.#column(field);
    const list = this.#list(column);
    const odd = list.findIndex((value) => typeof value !== "string");
    if (odd < 0) return list as string[];
    throw new InputError(`${shown(list[odd])} is not text`, this.#place(column), "give a list of texts in each row");
  }

  label(field: string): number {
    const column = this.#column(field);
    return this.#number(this.#label(this.#cell(column), column), column);
  }

  /** As many labels as there are texts in the field `of`. */
  labels(field: string, of: string): number[] {
    const column = this.#column(field);
    const list = this.#list(column);
    const wanted = this.#list(this.#column(of)).length;
    if (list.length !== wanted)
      throw new InputError(`${list.length} ${field} for ${wanted} ${of}`, this.#place(column), "give as many of both");
    return list.map((value) => this.#number(this.#label(value, column), column));
  }

  /** The field's labels as they stand in the file: one, or a list. */
  labelsAsWritten(field: string): string[] {
    const column = this.#column(field);
    const value = this.#cell(column);
    return (Array.isArray(value) ? value : [value]).map((label) => this.#label(label, column));
  }

  #label(value: unknown, column: string): string {
    if (typeof value === "string" && value.trim() !== "") return value;
    if (typeof value === "bigint" || typeof value === "boolean" || Number.isFinite(value)) return String(value);
    const what = value === "" || value === null ? "the label is missing" : `${shown(value)} is not a label`;
    throw new InputError(what, this.#place(column), "give a text or a number as label in each row");
  }

  #number(label: string, column: string): number {
    return this.#labels!.number(label, this.#place(column));
  }

  #list(column: string): unknown[] {
    const value = this.#cell(column);
    if (Array.isArray(value) && value.length > 0) return value;
    const what = Array.isArray(value) ? "the list is empty" : `${shown(value)} is not a list`;
    throw new InputError(what, this.#place(column), "give a list in each row");
  }

  #column(field: string): string {
    return this.#columns[field]![0]!;
  }

  #cell(column: string): unknown {
    if (Object.hasOwn(this.#cells, column)) return this.#cells[column];
    throw new InputError("the row has no such column", this.#place(column), "give it in each row");
  }

  #place(column: string): { file: string; at: string } {
    return { file: this.#file, at: `${this.#at}, column ${column}` };
  }
}

/** A value in an error: what it is, not all of it. */
function shown(value: unknown): string {
  const json = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? String(value));
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
