// CoNLL files as tables: a row is a sentence, and a cell the list of a column's values in it.

import { InputError } from "../errors.ts";
import { RowError } from "./row-error.ts";
import { type Content, count, lineAt, linesOf, type Table, type TableRow } from "./table.ts";

/** The columns of CoNLL-U. */
export const CONLLU_COLUMNS = ["id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"];
/** Those that are read where the task file names none. */
const CONLLU_DEFAULTS = { words: "form", tags: "upos" };

/** CoNLL-2012 has some twenty; each sentence has a list for each. */
const MOST_COLUMNS = 1000;

/** Of lines none is left out as blank: they end sentences. */
const NONE = /(?!)/;
/** A tab or blanks: a no-break space belongs to its word. */
const isBlank = (line: string) => /^[ \t]*$/.test(line);
/** Comments that look like themselves, however many columns a file has. */
const COMMENT = /^#\s*(\S+\s*=\s|newdoc\b|newpar\b|global\.columns)/;
/** What stands around the documents of CoNLL-2003 and CoNLL-2012; it ends a sentence. */
const DOCUMENT = /^(-DOCSTART-([ \t]|$)|#(begin|end) document\b)/;
/** What a sentence of CoNLL-U begins with: the first word, a range of words from it, or an empty node before it. */
const FIRST_ID = /^(1|1-\d+|0\.\d+)$/;
const RANGE_OR_EMPTY = /^\d+[-.]\d+$/;

/**
 * A word a line with its columns, a blank line after each sentence. Columns stand apart by a tab where the first word's line has one,
 * else by blanks. Left out are -DOCSTART- lines, comments at a sentence's start ("# …"), and in CoNLL-U ranges and empty nodes.
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
  const left = [
    ...(ranges ? [`${count(ranges, "range")} of several words`] : []),
    ...(empty ? [count(empty, "empty node")] : []),
  ];
  const notes = left.length ? [`CoNLL-U: ${left.join(" and ")} left out`] : [];
  const aliases = Object.fromEntries((named ?? []).map((name, i) => [name, String(i)]));
  const defaults = aliases.form !== undefined && aliases.upos !== undefined ? CONLLU_DEFAULTS : {};
  const table = { columns, paths: new Map(), aliases, rows, unit: "line" as const, notes, defaults };
  if (content.select?.(table).includes("0") && rows.length) refuseNumbers(rows, file);
  return table;
}

/** The first line that is as wanted. (A list of all lines would take many times the file.) */
function findLine(text: string, isWanted: (line: string) => boolean): string | undefined {
  for (const [line] of linesOf(text, NONE)) if (isWanted(line)) return line;
  return undefined;
}

/** InputError where the column that is read as words counts them. */
function refuseNumbers(rows: readonly TableRow[], file: string): void {
  const counts = ({ cells }: TableRow) => (cells[0] as string[]).every((word, i) => word === String(i + 1));
  if (!rows.every(counts) || rows.every(({ cells }) => (cells[0] as string[]).length < 2)) return;
  throw new InputError(
    "column 0 contains word numbers (1, 2, 3 …), not words",
    { file },
    'give the numbers of the word and tag columns, such as "columns": {"words": 1, "tags": 3}',
  );
}

/** CoNLL-U Plus names its columns in its first line. */
function namedColumns(line: string): string[] | undefined {
  const names = /^# global\.columns = (.+)$/.exec(line)?.[1];
  return names?.trim().toLowerCase().split(/\s+/);
}
