// Finds the columns of each field in a table, and reads and checks the cells of its rows.

import { InputError } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import { grouped } from "../numbers.ts";
import { didYouMean } from "../suggest.ts";
import { quoted } from "../visible.ts";
import { MOST_IN_CELL } from "./attributes/values.ts";
import { graphOf } from "./graphs/cell.ts";
import { type Layout, linearize } from "./graphs/layout.ts";
import { type Reason, RowError } from "./row-error.ts";
import { type Cells, nestedValue, type Table, type TableRow, written } from "./table.ts";
import { faultOfText } from "./text-limits.ts";

/** Maximum number of characters in a label. Labels are shown in tables and stored in adaptation files. */
export const LONGEST_LABEL = 1000;

/** What precedes an attribute's name in its field, which is also its key in a task file. */
export const ATTRIBUTE = "attributes.";

/** A column: its name in the header or, if there is no header, its number, where −1 is the last column. */
export type Column = string | number;
/** The column of each field of an example. In choice tasks, each continuation has its own column. */
export type Columns = Readonly<Record<string, Column | readonly Column[]>>;

/** A message of a conversation; the tokenizer's chat template may read further keys. */
export interface Message {
  readonly role: string;
  readonly content: string;
  readonly [key: string]: unknown;
}

/**
 * Finds the table's columns for each field. `given` has the fields whose columns the task file names. If a column is
 * missing, throws an InputError that lists the existing columns.
 */
export function findColumns(
  columns: Columns,
  given: ReadonlySet<string>,
  table: Pick<Table, "columns" | "aliases" | "defaults">,
  file: string,
): Record<string, string[]> {
  const find = (column: Column, field: string): string => {
    const name = column === -1 ? String(table.columns.length - 1) : String(column);
    if (table.columns.includes(name)) return name;
    const short = name.toLowerCase();
    if (Object.hasOwn(table.aliases, short)) return table.aliases[short]!;
    // Names match regardless of surrounding whitespace in the header.
    const bare = table.columns.find((column) => column.trim() === name.trim());
    if (bare !== undefined) return bare;
    const known = [...table.columns, ...Object.keys(table.aliases)];
    const remedy = didYouMean(
      name,
      known,
      `set ${field.startsWith(ATTRIBUTE) ? field : `columns.${field}`} in the task file to one of ${listOf(known)}`,
    );
    throw new InputError(`there is no column ${quoted(name)} for the field ${field}`, { file }, remedy);
  };
  const of = (field: string, names: Column | readonly Column[]) =>
    (given.has(field) ? undefined : table.defaults?.[field]) ?? names;
  return Object.fromEntries(
    Object.entries(columns).map(([field, names]) => [
      field,
      [of(field, names)].flat().map((name) => find(name as Column, field)),
    ]),
  );
}

function listOf(names: readonly string[]): string {
  const some = names.slice(0, 30).join(", ") || "none";
  return names.length > 30 ? `${some} … (${names.length} columns)` : some;
}

/** Labels as written in the files, numbered in order of appearance. */
export class Spellings {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  number(label: string): number {
    const known = this.#numbers.get(label);
    if (known !== undefined) return known;
    this.#numbers.set(label, this.names.length);
    return this.names.push(label) - 1;
  }
}

/**
 * Reads and checks the cells of a row, by field. Errors name the file, line and column. Labels are returned as indices
 * into `Spellings.names`.
 */
export class Fields {
  readonly #file: string;
  readonly #columns: Readonly<Record<string, readonly string[]>>;
  readonly #paths: ReadonlyMap<string, readonly string[]>;
  readonly #unit: Table["unit"];
  readonly #spellings: Spellings;
  readonly #layout: Layout;
  #cells: Cells = {};
  #number = 0;

  constructor(
    file: string,
    columns: Readonly<Record<string, readonly string[]>>,
    { paths, unit }: Pick<Table, "paths" | "unit">,
    spellings: Spellings,
    layout: Layout,
  ) {
    this.#file = file;
    this.#columns = columns;
    this.#paths = paths;
    this.#unit = unit;
    this.#spellings = spellings;
    this.#layout = layout;
  }

  /** Selects the row to read. */
  at({ cells, number }: TableRow): this {
    this.#cells = cells;
    this.#number = number;
    return this;
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#columns, field);
  }

  /** Reads a list of messages. The last one must be the assistant's: it is the text to generate from the others. */
  conversation(field: string): { source: Message[]; target: string } {
    const column = this.#column(field);
    const wrong = (what: string) =>
      this.#fail(
        "messages",
        what,
        column,
        'provide messages such as {"role": "user", "content": "…"}, the last of them with "role": "assistant"',
      );
    const messages = this.#list(column).map((message) => {
      if (!isJsonObject(message)) return wrong(`${quoted(message)} is not a message`);
      const { role, content } = message;
      if (typeof role !== "string") return wrong("a message has no role");
      if (typeof content !== "string")
        return wrong(`the content of a message is ${quoted(content)}, which is not text`);
      return { ...message, role, content: this.#limited(content, column) };
    });
    const last = messages.at(-1)!;
    if (last.role !== "assistant")
      return wrong(`the last message is from ${quoted(last.role)}, not from the assistant`);
    if (messages.length === 1) return wrong("no message precedes the assistant's");
    return { source: messages.slice(0, -1), target: last.content };
  }

  columnsOf(field: string): readonly string[] {
    return this.#columns[field]!;
  }

  text(field: string): string {
    return this.textIn(this.#column(field));
  }

  textIn(column: string): string {
    const value = this.#cell(column);
    if (typeof value === "string") return this.#limited(value, column);
    return this.#fail(
      isNone(value) ? "missing" : "text",
      `${quoted(value)} is not text`,
      column,
      "provide text in every row of this column",
    );
  }

  /** Reads a graph, and returns the text that a model reads for it. */
  graph(field: string): string {
    const column = this.#column(field);
    const value = this.#cell(column);
    try {
      return this.#limited(linearize(graphOf(value), this.#layout), column);
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof RowError) throw error;
      return this.#fail("graph", error.what, column, error.remedy);
    }
  }

  /** Reads a text, or a list of texts of which each is as good as the others. */
  references(field: string): string[] {
    return typeof this.#cell(this.#column(field)) === "string" ? [this.text(field)] : this.texts(field);
  }

  texts(field: string): string[] {
    const column = this.#column(field);
    const list = this.#list(column);
    for (const value of list)
      if (typeof value === "string") this.#limited(value, column);
      else
        this.#fail(
          isNone(value) ? "missing" : "text",
          `${quoted(value)} is not text`,
          column,
          "provide a list of texts in every row of this column",
        );
    return list as string[];
  }

  #limited(text: string, column: string): string {
    const fault = faultOfText(text);
    return fault
      ? this.#fail("long", fault[0], column, `${fault[1]}, or add "skip": true to the task file to leave out such rows`)
      : text;
  }

  /** The values of an attribute: none if the cell is empty or missing. */
  values({ name, separator }: { readonly name: string; readonly separator: string | undefined }): string[] {
    const column = this.#column(`${ATTRIBUTE}${name}`);
    const value = this.#given(column);
    if (isNone(value)) return [];
    const all = Array.isArray(value)
      ? value
      : typeof value === "string" && separator
        ? value.split(separator)
        : [value];
    const values = all.map((one) => this.#value(one, column)).filter((one) => one !== "");
    if (values.length > MOST_IN_CELL)
      this.#fail(
        "attribute",
        `the attribute ${quoted(name)} has ${grouped(values.length)} values in one example, over the limit of ${MOST_IN_CELL}`,
        column,
        "give each example fewer values",
      );
    return [...new Set(values)];
  }

  #value(value: unknown, column: string): string {
    const text = written(value)?.trim();
    if (text === undefined)
      return this.#fail(
        "attribute",
        `${quoted(value)} is not a value of an attribute`,
        column,
        "use a string or a number, or a list of them",
      );
    if (text.length <= LONGEST_LABEL) return text;
    return this.#fail(
      "attribute",
      `the value has ${grouped(text.length)} characters, over the limit of ${grouped(LONGEST_LABEL)}`,
      column,
      "choose a column of short values, such as names",
    );
  }

  label(field: string): number {
    const column = this.#column(field);
    return this.#label(this.#cell(column), column);
  }

  /** Reads a list of labels, which must have one label for each text in the field `of`. */
  labels(field: string, of: string): number[] {
    const column = this.#column(field);
    const list = this.#list(column);
    const wanted = this.#list(this.#column(of)).length;
    if (list.length !== wanted)
      this.#fail(
        "lengths",
        `${list.length} ${field} for ${wanted} ${of}`,
        column,
        `make the lists of ${field} and ${of} equally long`,
      );
    return list.map((value) => this.#label(value, column));
  }

  #label(value: unknown, column: string): number {
    if (typeof value === "string" && value.length > LONGEST_LABEL)
      return this.#fail(
        "labelType",
        `the label has ${grouped(value.length)} characters, over the limit of ${grouped(LONGEST_LABEL)}`,
        column,
        "choose the label column, not a text column",
      );
    const text = written(value);
    if (text !== undefined) return this.#spellings.number(text);
    if (isNone(value))
      return this.#fail(
        "unlabelled",
        "the label is missing",
        column,
        'provide a label in every row, or add "skip": true to the task file to leave out rows without a label',
      );
    if (Array.isArray(value))
      return this.#fail(
        "labelType",
        `the label is a list (${quoted(value)}), but multi-label classification is not supported`,
        column,
        "provide exactly one label per row",
      );
    return this.#fail("labelType", `${quoted(value)} is not a label`, column, "use a string or a number as the label");
  }

  #list(column: string): unknown[] {
    const value = this.#cell(column);
    if (Array.isArray(value) && value.length > 0) return value;
    const what = Array.isArray(value) ? "the list is empty" : `${quoted(value)} is not a list`;
    return this.#fail(isNone(value) ? "missing" : "list", what, column, "provide a list in every row of this column");
  }

  #column(field: string): string {
    return this.#columns[field]![0]!;
  }

  /** The value of a cell; undefined if the row has none. */
  #given(column: string): unknown {
    const path = this.#paths.get(column);
    if (path) return nestedValue(this.#cells, path);
    return Object.hasOwn(this.#cells, column) ? this.#cells[column] : undefined;
  }

  #cell(column: string): unknown {
    const value = this.#given(column);
    if (value !== undefined) return value;
    return this.#fail("missing", "this column is missing from the row", column, "add the column to every row");
  }

  #fail(reason: Reason, what: string, column: string, remedy: string): never {
    throw new RowError(
      reason,
      what,
      { file: this.#file, at: `${this.#unit} ${this.#number}, column ${column}` },
      remedy,
    );
  }
}

/** Whether a value is missing: null or undefined, or NaN, which some tables use instead. */
const isNone = (value: unknown) => value === null || value === undefined || Number.isNaN(value);
