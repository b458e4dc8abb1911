// Reads CoNLL files as tables with one row per sentence; each cell is the list of a column's values in that sentence.

import { InputError } from "../errors.ts";
import { RowError } from "./row-error.ts";
import { type Content, count, lineAt, linesOf, type Table, type TableRow } from "./table.ts";

/** The columns of CoNLL-U. */
export const CONLLU_COLUMNS = ["id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"];
/** The CoNLL-U columns to read if the task file names none. */
const CONLLU_DEFAULTS = { words: "form", tags: "upos" };

/** Maximum number of columns; each sentence needs one list per column. CoNLL-2012 has about twenty columns. */
const MOST_COLUMNS = 1000;

/** Matches no line, so that `linesOf` yields blank lines too: they end sentences. */
const NONE = /(?!)/;
/** Whether a line has only tabs and spaces. A no-break space is part of a word. */
const isBlank = (line: string) => /^[ \t]*$/.test(line);
/** Lines that are comments regardless of their number of columns. */
const COMMENT = /^#\s*(\S+\s*=\s|newdoc\b|newpar\b|global\.columns)/;
/** Document boundaries in CoNLL-2003 and CoNLL-2012, which also end a sentence. */
const DOCUMENT = /^(-DOCSTART-([ \t]|$)|#(begin|end) document\b)/;
/**
 * The first ID in a CoNLL-U sentence: that of the first word, of a multiword token that starts there, or of an empty
 * node before the first word.
 */
const FIRST_ID = /^(1|1-\d+|0\.\d+)$/;
const RANGE_OR_EMPTY = /^\d+[-.]\d+$/;

/**
 * Reads files with one word and its columns per line, and a blank line after each sentence. Columns are separated by
 * tabs if the line of the first word contains a tab; otherwise by spaces. Skips -DOCSTART- lines and comments at the
 * start of a sentence ("# …"); in CoNLL-U, also multiword tokens and empty nodes.
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
      "use a CoNLL file with one word per line",
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
        : `the file is not CoNLL-U, which has 10 columns, the first with word numbers (this file has ${count(width, "column")})`,
      { file },
      'set "format": "conll" if this is a different CoNLL format',
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
      const what = `the line has ${count(values.length, "column")}, but the first line has ${width}`;
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
  const notes = left.length ? [`Skipped ${left.join(" and ")}`] : [];
  const aliases = Object.fromEntries((named ?? []).map((name, i) => [name, String(i)]));
  const defaults = aliases.form !== undefined && aliases.upos !== undefined ? CONLLU_DEFAULTS : {};
  const table = { columns, paths: new Map(), aliases, rows, unit: "line" as const, notes, defaults };
  if (content.select?.(table).includes("0") && rows.length) refuseNumbers(rows, file);
  return table;
}

/** The first line that `isWanted` accepts. A list of all lines would take many times as much memory as the file. */
function findLine(text: string, isWanted: (line: string) => boolean): string | undefined {
  for (const [line] of linesOf(text, NONE)) if (isWanted(line)) return line;
  return undefined;
}

/** Throws an InputError if the column of words contains word numbers. */
function refuseNumbers(rows: readonly TableRow[], file: string): void {
  const counts = ({ cells }: TableRow) => (cells[0] as string[]).every((word, i) => word === String(i + 1));
  if (!rows.every(counts) || rows.every(({ cells }) => (cells[0] as string[]).length < 2)) return;
  throw new InputError(
    "column 0 contains word numbers (1, 2, 3 …), not words",
    { file },
    'set the word and tag columns in the task file, for example "columns": {"words": 1, "tags": 3}',
  );
}

/** The column names in the first line of a CoNLL-U Plus file; undefined for other files. */
function namedColumns(line: string): string[] | undefined {
  const names = /^# global\.columns = (.+)$/.exec(line)?.[1];
  return names?.trim().toLowerCase().split(/\s+/);
}
