// Reads delimited tables: CSV, TSV and GLUE's TSV. The separator is detected from the first lines.

import { InputError } from "../errors.ts";
import { quoted } from "../visible.ts";
import { bare } from "./around.ts";
import { repeated } from "./repeated.ts";
import { RowError } from "./row-error.ts";
import { type Content, count, FLAT, lineAt, lineEndOf, linesOf, type Table, type TableRow } from "./table.ts";

/** Separators that are detected automatically, with their names. */
export const SEPARATORS: Readonly<Record<string, string>> = {
  ",": "a comma",
  "\t": "a tab",
  ";": "a semicolon",
  "|": "a vertical bar",
};
/** Maximum number of columns per row. Every cell becomes a string before it is known which columns the task needs. */
const MOST_COLUMNS = 100_000;
/** The number of rows used to detect the separator. */
const SHOWING = 20;
const HEAD = 256 << 10;

const separatorName = (separator: string) => SEPARATORS[separator] ?? JSON.stringify(separator);

/**
 * Reads delimited values with quotes (RFC 4180): a quoted field may contain separators, line breaks and doubled quotes.
 * `usual` is the separator if the task file names none and the first lines suggest no other.
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
      // A multi-line text with tabs is rare; a TSV file with quotes as ordinary characters is common.
      if (isSeveral && separator === "\t" && isRowByRow(whole, values.length))
        faults.leaveOut(new RowError("quotes", ...ROW_BY_ROW(file, line + skippedLines)));
      else table.add(values, line + skippedLines);
      continue;
    }
    const error = new RowError("quotes", ...QUOTE_FAULTS[fault](file, line + skippedLines));
    if (fault === "unclosed") throw error; // the row extends to the end of the file, so no other row follows
    faults.leaveOut(error);
  }
  if (several) notes.push(`The file has ${count(several, "row")} with line breaks inside quotes`);
  return table.done();
}

/** Whether each line of a quoted row would be a complete row if quotes had no special meaning. */
const isRowByRow = (whole: string, width: number) =>
  whole.split(/\r\n|\n|\r/).every((line) => line.split("\t").length === width);

const DOUBLE_IT =
  'enclose the field in quotes and double the quotes inside it (""), or set "format": "glue" if quotes are ordinary characters in this file';
const fault =
  (what: string, remedy: string) =>
  (file: string, line: number): [string, { file: string; at: string }, string] => [
    what,
    { file, at: lineAt(line) },
    remedy,
  ];
const ROW_BY_ROW = fault(
  "quotes join several lines into one row, but each line would be a complete row by itself",
  'set "format": "glue" if quotes are ordinary characters in this file; otherwise convert the file to CSV',
);
const QUOTE_FAULTS = {
  unclosed: fault("an opening quote is never closed", "close the quote, or double it if it is part of the text"),
  inside: fault("a field contains a quote but does not begin with one", DOUBLE_IT),
  behind: fault("there is text after a field's closing quote", DOUBLE_IT),
};

interface QuotedRow {
  readonly values: readonly string[];
  /** The line where the row starts or, if the row is invalid, where the error is. */
  readonly line: number;
  readonly fault?: keyof typeof QUOTE_FAULTS;
  /** The raw text of a row that contains quotes. */
  readonly whole?: string;
}

/** Yields the rows of a text except blank lines. With `isMac`, a lone carriage return also ends a row. */
function* quotedRows(text: string, separator: string, isMac: boolean): Generator<QuotedRow> {
  /** The position of the next line end at or after `from`, and the start of the following line. */
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
        // A quoted line break continues the row on the next line.
        for (; rowEnd < close; line++) [rowEnd, rowNext] = endFrom(rowNext);
        at = close + 1;
        if (at < rowEnd && !text.startsWith(separator, at)) fault = "behind";
      } else {
        // Search only within the row: in a file without separators, each row would otherwise search to the end of the
        // file.
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

/**
 * The index of the quote that closes the field opened at `open`, skipping doubled quotes; −1 if the field is never
 * closed.
 */
function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return at;
  return -1;
}

/** Reads GLUE's tab-separated values, in which quotes are ordinary characters. */
export function readGlue(content: Content): Table {
  const table = new TableOfLines(content, []);
  const separator = content.separator ?? "\t";
  for (const [line, number] of linesOf(content.bytes.toString("utf8"), / *$/y))
    table.add(line.split(separator, MOST_COLUMNS + 1), number);
  return table.done();
}

/** Collects the rows of a table. The first row may be the header; all rows must have the same number of columns. */
class TableOfLines {
  readonly #content: Content;
  readonly #notes: readonly string[];
  readonly #rows: TableRow[] = [];
  #columns: readonly string[] | undefined;
  /** The names and positions of the selected columns. */
  #kept: readonly (readonly [name: string, place: number])[] = [];

  constructor(content: Content, notes: readonly string[]) {
    this.#content = content;
    this.#notes = notes;
  }

  add(values: readonly string[], line: number): void {
    const { file, header, faults } = this.#content;
    if (values.length > MOST_COLUMNS)
      throw new InputError(
        `the row has more than ${MOST_COLUMNS} columns`,
        { file, at: lineAt(line) },
        'choose a table of texts and labels, and set its "separator" in the task file',
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
        ? "use the same line ending throughout the file: this row contains a lone carriage return"
        : 'correct the row, or the "format" in the task file';
      faults.leaveOut(new RowError("columns", what, { file, at: lineAt(line) }, remedy));
      return;
    }
    if (header && this.#isHeader(values)) {
      const what = "the header is repeated";
      const remedy =
        'remove this line (the file seems to be several files joined together), or add "skip": true to the task file';
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

/** The trimmed column names in the header. Throws an InputError if a name occurs twice. */
function headerOf(values: readonly string[], file: string, line: number): string[] {
  const names = values.map((name) => bare(name));
  const twice = repeated(names.filter(Boolean));
  if (twice === undefined) return names;
  throw new InputError(
    `the header has two columns named ${quoted(twice)}`,
    { file, at: lineAt(line) },
    "rename one of them",
  );
}

export interface Layout {
  /** The text, without its first line if that line declares the separator ("sep=;"). */
  readonly text: string;
  readonly separator: string;
  readonly notes: string[];
  readonly skippedLines: number;
  readonly isMac: boolean;
}

/** Detects the line ends and the separator from the first lines. Throws an InputError if the separator is ambiguous. */
export function layoutOf(
  { file, bytes, separator, header }: Pick<Content, "file" | "bytes" | "separator" | "header">,
  usual: string,
): Layout {
  let text = bytes.toString("utf8");
  // Old Mac programs end lines with \r, but may write \n into cells: the first line end outside quotes decides.
  const isMac = text.includes("\r") && (lineEndOf(text) === "\r" || firstEndOf(text.slice(0, HEAD)) === "\r");
  const notes = isMac ? ["Lines end with a lone carriage return, as in classic Mac files"] : [];

  // Excel's way of declaring the separator.
  const excel = /^"?sep=(.)"?(\r\n|\n|\r)/.exec(text);
  if (excel) text = text.slice(excel[0].length);
  const own = separator ?? excel?.[1];
  const layout = { text, notes, skippedLines: excel ? 1 : 0, isMac };
  if (own !== undefined) return { ...layout, separator: own };

  const found = separatorOf(firstRows(text), usual, header, file);
  if (found !== usual) notes.push(`Columns are separated by ${separatorName(found)}`);
  return { ...layout, separator: found };
}

/** The first line end outside quotes. */
function firstEndOf(text: string): "\n" | "\r" | undefined {
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (text[i] === "\n" || text[i] === "\r"))
      return text[i + 1] === "\n" ? "\n" : (text[i] as "\n" | "\r");
  }
  return undefined;
}

/** The first rows, with the content of quoted fields removed. */
function firstRows(text: string): string[] {
  const head = text.slice(0, HEAD);
  const lines = head.replace(/"[^"]*"/g, '""').split(/\r\n|\n|\r/);
  if (head.length < text.length && lines.length > 1) lines.pop(); // the last line may be incomplete
  return lines.filter((line) => line.trim() !== "").slice(0, SHOWING);
}

/**
 * The usual separator if the first row contains it and the other rows are consistent with it; otherwise the only
 * separator that gives all rows the same number of columns. Throws an InputError if there are several
 * such separators.
 */
function separatorOf(rows: readonly string[], usual: string, header: boolean, file: string): string {
  const countOf = (row: string | undefined, separator: string) => (row ?? "").split(separator).length;
  const inFirst = Object.keys(SEPARATORS).filter((separator) => countOf(rows[0], separator) > 1);
  const even = inFirst.filter((separator) =>
    rows.every((row) => countOf(row, separator) === countOf(rows[0], separator)),
  );
  const candidates = even.length ? even : inFirst;
  // Without a header, texts with one comma each look like two columns.
  const isUsual = candidates.includes(usual) && (header || candidates.length === 1);
  if (!candidates.length || isUsual) return usual;
  if (candidates.length === 1) return candidates[0]!;
  throw new InputError(
    `the column separator is ambiguous: it could be ${candidates.map(separatorName).join(" or ")}`,
    { file, at: lineAt(1) },
    `choose one in the task file, for example with "separator": ${JSON.stringify(candidates.includes(usual) ? usual : candidates[0])}`,
  );
}
