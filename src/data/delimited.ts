// Tables of lines: csv, tsv and GLUE's tsv. The first lines show which character stands between columns.

import { InputError } from "../errors.ts";
import { quoted } from "../visible.ts";
import { bare } from "./around.ts";
import { repeated } from "./repeated.ts";
import { RowError } from "./row-error.ts";
import { type Content, count, FLAT, lineAt, lineEndOf, linesOf, type Table, type TableRow } from "./table.ts";

/** Characters that can stand between columns without being named, and what they are called. */
export const SEPARATORS: Readonly<Record<string, string>> = {
  ",": "a comma",
  "\t": "a tab",
  ";": "a semicolon",
  "|": "a vertical bar",
};
/** Columns of a row: each becomes a text of its own before it is known whether the task wants it. */
const MOST_COLUMNS = 100_000;
/** So many rows show which of them it is. */
const SHOWING = 20;
const HEAD = 256 << 10;

const separatorName = (separator: string) => SEPARATORS[separator] ?? JSON.stringify(separator);

/**
 * Values with quotes (RFC 4180): a quoted field may hold separators, line ends and doubled quotes. `usual` stands between
 * columns unless the task file or the first lines say otherwise.
 */
export function readQuoted(content: Content, usual: string): Table {
  const { file, faults } = content;
  const { text, separator, notes, skippedLines, isMac } = layoutOf(content, usual);
  const table = new TableOfLines(content, notes);
  let several = 0;
  for (const { values, line, fault, whole } of quotedRows(text, separator, isMac)) {
    if (!fault) {
      const isSeveral = whole !== undefined && /[\r\n]/.test(whole);
      if (isSeveral) several++;
      // A tab in a text of several lines is rare; a quote that is a letter is not.
      if (isSeveral && separator === "\t" && isRowByRow(whole, values.length))
        faults.leaveOut(new RowError("quotes", ...ROW_BY_ROW(file, line + skippedLines)));
      else table.add(values, line + skippedLines);
      continue;
    }
    const error = new RowError("quotes", ...QUOTE_FAULTS[fault](file, line + skippedLines));
    if (fault === "unclosed") throw error; // it swallows the rest of the file, so no row is left to go on with
    faults.leaveOut(error);
  }
  if (several) notes.push(`${count(several, "row")} with line breaks in quotes`);
  return table.done();
}

/** Whether each line of a row is a row itself where quotes mean nothing. */
const isRowByRow = (whole: string, width: number) =>
  whole.split(/\r\n|\n|\r/).every((line) => line.split("\t").length === width);

const DOUBLE_IT =
  'quote the field and double the quotes inside it (""), or set "format": "glue" if quotes have no meaning here';
const fault =
  (what: string, remedy: string) =>
  (file: string, line: number): [string, { file: string; at: string }, string] => [
    what,
    { file, at: lineAt(line) },
    remedy,
  ];
const ROW_BY_ROW = fault(
  "quotes join several lines into one row, although each line has all the columns of a row",
  'set "format": "glue" if quotes are ordinary characters in this file; otherwise write it as CSV',
);
const QUOTE_FAULTS = {
  unclosed: fault("a quote is opened and never closed", "close it, or double it if it is part of the text"),
  inside: fault("a field that does not begin with a quote contains one", DOUBLE_IT),
  behind: fault("there is text after a field's closing quote", DOUBLE_IT),
};

interface QuotedRow {
  readonly values: readonly string[];
  /** Where the row begins, or where its fault is. */
  readonly line: number;
  readonly fault?: keyof typeof QUOTE_FAULTS;
  /** As it stands in the file, of a row with quotes. */
  readonly whole?: string;
}

/** The rows of a text; lines without anything but blanks are none. `isMac`: a carriage return alone ends a row, too. */
function* quotedRows(text: string, separator: string, isMac: boolean): Generator<QuotedRow> {
  /** The place of the line end from `from` on, and of what follows it. */
  const endFrom = (from: number): [end: number, next: number] => {
    if (isMac) {
      MAC_END.lastIndex = from;
      const end = MAC_END.exec(text);
      return end ? [end.index, MAC_END.lastIndex] : [text.length, text.length];
    }
    const found = text.indexOf("\n", from);
    const end = found < 0 ? text.length : found;
    return [end > from && text[end - 1] === "\r" ? end - 1 : end, end + 1];
  };
  for (let at = 0, line = 1; at < text.length; line++) {
    const [end, next] = endFrom(at);
    const whole = text.slice(at, end);
    if (!whole.includes('"')) {
      if (whole.trim() !== "" || whole.includes(separator))
        yield { values: whole.split(separator, MOST_COLUMNS + 1), line };
      at = next;
      continue;
    }
    const [begin, from] = [line, at];
    const values: string[] = [];
    let [rowEnd, rowNext] = [end, next];
    let fault: QuotedRow["fault"];
    for (;;) {
      if (text[at] === '"') {
        const close = closingQuote(text, at);
        if (close < 0) {
          yield { values, line: begin, fault: "unclosed" };
          return;
        }
        values.push(text.slice(at + 1, close).replaceAll('""', '"'));
        // A quoted line end makes the row go on in the next line.
        for (; rowEnd < close; line++) [rowEnd, rowNext] = endFrom(rowNext);
        at = close + 1;
        if (at < rowEnd && !text.startsWith(separator, at)) fault = "behind";
      } else {
        // Within the row: a file without separators would be searched to its end for each row.
        const rest = text.slice(at, rowEnd);
        const stop = rest.indexOf(separator);
        const to = stop < 0 ? rowEnd : at + stop;
        const value = text.slice(at, to);
        if (value.includes('"')) fault = "inside";
        values.push(value);
        at = to;
      }
      if (fault || at >= rowEnd || values.length > MOST_COLUMNS) break;
      at += separator.length;
    }
    yield fault ? { values, line, fault } : { values, line: begin, whole: text.slice(from, rowEnd) };
    at = rowNext;
  }
}

const MAC_END = /\r\n|\n|\r/g;

/** The quote that closes the one at `open`; doubled ones are text. −1 where there is none. */
function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return at;
  return -1;
}

/** GLUE's tab-separated values: quotes are letters like others. */
export function readGlue(content: Content): Table {
  const table = new TableOfLines(content, []);
  const separator = content.separator ?? "\t";
  for (const [line, number] of linesOf(content.bytes.toString("utf8"), / *$/y))
    table.add(line.split(separator, MOST_COLUMNS + 1), number);
  return table.done();
}

/** Rows as they come: the first may be the header, and each must have as many columns. */
class TableOfLines {
  readonly #content: Content;
  readonly #notes: readonly string[];
  readonly #rows: TableRow[] = [];
  #columns: readonly string[] | undefined;
  /** Names of the columns that are kept, and their places. */
  #kept: readonly (readonly [name: string, place: number])[] = [];

  constructor(content: Content, notes: readonly string[]) {
    this.#content = content;
    this.#notes = notes;
  }

  add(values: readonly string[], line: number): void {
    const { file, header, faults } = this.#content;
    if (values.length > MOST_COLUMNS)
      throw new InputError(
        `the row has over ${MOST_COLUMNS} columns`,
        { file, at: lineAt(line) },
        "choose a table of texts and labels, and set its separator",
      );
    if (!this.#columns) {
      this.#columns = header ? headerOf(values, file, line) : values.map((_, i) => String(i));
      const all = this.#columns;
      const names = this.#content.select?.({ columns: all, ...FLAT }) ?? all;
      this.#kept = names.map((name) => [name, all.indexOf(name)]);
      if (header) return;
    }
    if (values.length !== this.#columns.length) {
      const what = `the row has ${count(values.length, "column")}, but the ${header ? "header" : "first row"} has ${this.#columns.length}`;
      const isMixed = values.some((value) => /\r./s.test(value));
      const remedy = isMixed
        ? "use the same line ending throughout: this line has a lone carriage return"
        : "correct the row, or the format";
      faults.leaveOut(new RowError("columns", what, { file, at: lineAt(line) }, remedy));
      return;
    }
    if (header && this.#isHeader(values)) {
      const what = "the header is repeated";
      const remedy = 'remove this line (the file seems to be several files joined together), or add "skip": true';
      faults.leaveOut(new RowError("header", what, { file, at: lineAt(line) }, remedy));
      return;
    }
    const cells: Record<string, string> = {};
    for (const [name, place] of this.#kept) cells[name] = values[place]!;
    this.#rows.push({ number: line, cells });
  }

  #isHeader(values: readonly string[]): boolean {
    const columns = this.#columns!;
    return columns.length > 1 && columns.every((name, i) => values[i]!.includes(name) && name === bare(values[i]!));
  }

  done(): Table {
    return { columns: this.#columns ?? [], ...FLAT, rows: this.#rows, unit: "line", notes: this.#notes };
  }
}

/** The header's names without blanks around them. InputError where one stands there twice. */
function headerOf(values: readonly string[], file: string, line: number): string[] {
  const names = values.map((name) => bare(name));
  const twice = repeated(names.filter(Boolean));
  if (twice === undefined) return names;
  throw new InputError(
    `the header names the column ${quoted(twice)} twice`,
    { file, at: lineAt(line) },
    "rename one of them",
  );
}

export interface Layout {
  /** Without a first line "sep=;". */
  readonly text: string;
  readonly separator: string;
  readonly notes: string[];
  readonly skippedLines: number;
  readonly isMac: boolean;
}

/** Line ends and separator, from the first lines. InputError where they show several that it could be. */
export function layoutOf(
  { file, bytes, separator, header }: Pick<Content, "file" | "bytes" | "separator" | "header">,
  usual: string,
): Layout {
  let text = bytes.toString("utf8");
  // Old Mac programs end lines with \r, but may write \n into cells: what counts is the first end outside of quotes.
  const isMac = text.includes("\r") && (lineEndOf(text) === "\r" || firstEndOf(text.slice(0, HEAD)) === "\r");
  const notes = isMac ? ["Lines end with a lone carriage return, as in classic Mac files"] : [];

  // Excel's own way to say which separator follows.
  const excel = /^"?sep=(.)"?(\r\n|\n|\r)/.exec(text);
  if (excel) text = text.slice(excel[0].length);
  const own = separator ?? excel?.[1];
  const layout = { text, notes, skippedLines: excel ? 1 : 0, isMac };
  if (own !== undefined) return { ...layout, separator: own };

  const found = separatorOf(firstRows(text), usual, header, file);
  if (found !== usual) notes.push(`Columns are separated by ${separatorName(found)}`);
  return { ...layout, separator: found };
}

/** The first line end outside of quotes. */
function firstEndOf(text: string): "\n" | "\r" | undefined {
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (text[i] === "\n" || text[i] === "\r"))
      return text[i + 1] === "\n" ? "\n" : (text[i] as "\n" | "\r");
  }
  return undefined;
}

/** The first rows without what stands in quotes. */
function firstRows(text: string): string[] {
  const head = text.slice(0, HEAD);
  const lines = head.replace(/"[^"]*"/g, '""').split(/\r\n|\n|\r/);
  if (head.length < text.length && lines.length > 1) lines.pop(); // cut off
  return lines.filter((line) => line.trim() !== "").slice(0, SHOWING);
}

/**
 * The usual separator where the first row has it and the others do as well; else the one that gives all rows as many columns.
 */
function separatorOf(rows: readonly string[], usual: string, header: boolean, file: string): string {
  const countOf = (row: string | undefined, separator: string) => (row ?? "").split(separator).length;
  const inFirst = Object.keys(SEPARATORS).filter((separator) => countOf(rows[0], separator) > 1);
  const even = inFirst.filter((separator) =>
    rows.every((row) => countOf(row, separator) === countOf(rows[0], separator)),
  );
  const candidates = even.length ? even : inFirst;
  // Without a header, texts with one comma each look like columns.
  const isUsual = candidates.includes(usual) && (header || candidates.length === 1);
  if (!candidates.length || isUsual) return usual;
  if (candidates.length === 1) return candidates[0]!;
  throw new InputError(
    `columns could be separated by ${candidates.map(separatorName).join(" or by ")}`,
    { file, at: lineAt(1) },
    `add "separator": ${JSON.stringify(candidates.includes(usual) ? usual : candidates[0])} to the task file, or the other`,
  );
}
