// Reads plain text as a table with one row per paragraph.

import { type Content, FLAT, linesOf, type Table, type TableRow } from "./table.ts";

/** The only column. */
const TEXT = "text";
/** Matches no line, so that `linesOf` yields blank lines, too: they end paragraphs. */
const NONE = /(?!)/;

/**
 * Reads the paragraphs of a text, which blank lines separate; the lines of a paragraph stay as they are, joined by line
 * feeds. Like load_dataset("text", sample_by="paragraph") of the library datasets.
 */
export function readPlainText({ bytes }: Content): Table {
  const rows: TableRow[] = [];
  let lines: string[] = [];
  let first = 0;
  const finish = () => {
    if (lines.length) rows.push({ number: first, cells: { [TEXT]: lines.join("\n") } });
    lines = [];
  };
  for (const [line, number] of linesOf(bytes.toString("utf8"), NONE)) {
    if (/^\s*$/.test(line)) finish();
    else {
      if (!lines.length) first = number;
      lines.push(line);
    }
  }
  finish();
  return { ...FLAT, columns: [TEXT], aliases: { 0: TEXT }, rows, unit: "line", notes: [] };
}
