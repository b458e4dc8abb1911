// CoNLL files as tables: one row per sentence; each cell is the list of a column's values in that sentence.

import { InputError } from "../errors.ts";
import { RowError } from "./row-error.ts";
import { type Content, count, lineAt, linesOf, type Table, type TableRow } from "./table.ts";

/** The columns of CoNLL-U. */
export const CONLLU_COLUMNS = ["id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"];
/** The columns to read if the task file names none. */
const CONLLU_DEFAULTS = { words: "form", tags: "upos" };

/** The most columns; CoNLL-2012 has about twenty. Each sentence has one list per column. */
const MOST_COLUMNS = 1000;

/** Matches nothing: blank lines must be kept, because they end sentences. */
const NONE = /(?!)/;
/** Tabs or spaces only: a no-break space is part of its word. */
const isBlank = (line: string) => /^[ \t]*$/.test(line);
/** Lines that are comments regardless of the number of columns. */
const COMMENT = /^#\s*(\S+\s*=\s|newdoc\b|newpar\b|global\.columns)/;
/** Document boundaries of CoNLL-2003 and CoNLL-2012; they end a sentence. */
const DOCUMENT = /^(-DOCSTART-([ \t]|$)|#(begin|end) document\b)/;
/** The first ID of a CoNLL-U sentence: the first word, a multiword token, or an empty node before it. */
const FIRST_ID = /^(1|1-\d+|0\.\d+)$/;
const RANGE_OR_EMPTY = /^\d+[-.]\d+$/;

/**
 * One word with its columns per line, and a blank line after each sentence. Columns are separated by tabs if the first
 * word's line contains one; otherwise by spaces. Skips -DOCSTART- lines, comments at the start of a sentence ("# …"),
 * and in CoNLL-U multiword tokens and empty nodes.
 */
export function readConll(content: Content, asConllu = false): Table {
  const { file, faults } = content;
  const text = content.bytes.toString("utf8");
  const first =
    findLine(text, (line) => !isBlank(line) && !line.startsWith("#") && !DOCUMENT.test(line)) ??
    findLine(text, (line) => !isBlank(line) && !COMMENT.test(line) && !DOCUMENT.test(line));
  const isTabbed = first?.includes("\t") ?? false;
  const split = (line: string) => (isTabbed ? line.split("\t") : line.split(/[ \t]+/).filter(Boolean));
  const width = first === undefined ? 0 : split(first).length;
  if (width > MOST_COLUMNS)
    throw new InputError(
      `the first line has ${width} columns, over the limit of ${MOST_COLUMNS}`,
      { file },
      "give a CoNLL file with one word per line",
    );
  const columns = Array.from({ length: width }, (_, i) => String(i));
  const named =
    namedColumns(findLine(text, () => true) ?? "") ??
    (width === CONLLU_COLUMNS.length && first && FIRST_ID.test(split(first)[0]!) ? CONLLU_COLUMNS : undefined);
  const isConllu = named !== undefined;
  if (asConllu && !isConllu)
    throw new InputError(
      first === undefined
        ? "the file has no words"
        : `the lines have ${count(width, "column")}, but CoNLL-U has 10, the first of which is the word's number`,
      { file },
      'set "format": "conll" if it is another kind of CoNLL file',
    );
  const isComment = (line: string) =>
    line.startsWith("#") && (isTabbed ? !line.includes("\t") : COMMENT.test(line) || split(line).length !== width);

  const rows: TableRow[] = [];
  let [ranges, empty] = [0, 0];
  let open: { cells: Record<string, string[]>; number: number; fault?: RowError } | undefined;
  const close = () => {
    if (open?.fault) faults.leaveOut(open.fault);
    else if (open?.cells[0]) rows.push({ number: open.number, cells: open.cells });
    open = undefined;
  };
  for (const [line, number] of linesOf(text, NONE)) {
    if (isBlank(line) || DOCUMENT.test(line)) {
      close();
      continue;
    }
    if ((isTabbed || !open) && isComment(line)) continue;
    const values = split(line);
    open ??= { cells: {}, number };
    if (values.length !== width) {
      const what = `the line has ${count(values.length, "column")}, but the first has ${width}`;
      open.fault ??= new RowError("columns", what, { file, at: lineAt(number) }, "correct the line");
      continue;
    }
    if (isConllu && RANGE_OR_EMPTY.test(values[0]!)) {
      if (values[0]!.includes("-")) ranges++;
      else empty++;
      continue;
    }
    for (let c = 0; c < width; c++) {
      open.cells[c] ??= [];
      open.cells[c]!.push(values[c]!);
    }
  }
  close();
  const left = [...(ranges ? [count(ranges, "multiword token")] : []), ...(empty ? [count(empty, "empty node")] : [])];
  const notes = left.length ? [`CoNLL-U: ${left.join(" and ")} left out`] : [];
  const aliases = Object.fromEntries((named ?? []).map((name, i) => [name, String(i)]));
  const defaults = aliases.form !== undefined && aliases.upos !== undefined ? CONLLU_DEFAULTS : {};
  const table = { columns, paths: new Map(), aliases, rows, unit: "line" as const, notes, defaults };
  if (content.select?.(table).includes("0") && rows.length) refuseNumbers(rows, file);
  return table;
}

/** The first line that matches. A list of all lines would take many times the memory of the file. */
function findLine(text: string, isWanted: (line: string) => boolean): string | undefined {
  for (const [line] of linesOf(text, NONE)) if (isWanted(line)) return line;
  return undefined;
}

/** Throws an InputError if the column to be read as words contains word numbers. */
function refuseNumbers(rows: readonly TableRow[], file: string): void {
  const counts = ({ cells }: TableRow) => (cells[0] as string[]).every((word, i) => word === String(i + 1));
  if (!rows.every(counts) || rows.every(({ cells }) => (cells[0] as string[]).length < 2)) return;
  throw new InputError(
    "column 0 contains word numbers (1, 2, 3 …), not words",
    { file },
    'give the numbers of the word and tag columns, such as "columns": {"words": 1, "tags": 3}',
  );
}

/** CoNLL-U Plus names its columns in the first line. */
function namedColumns(line: string): string[] | undefined {
  const names = /^# global\.columns = (.+)$/.exec(line)?.[1];
  return names?.trim().toLowerCase().split(/\s+/);
}
