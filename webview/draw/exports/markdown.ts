// Tables as Markdown.

import { visible } from "../../../src/visible.ts";

const cell = (text: string): string => visible(text).replace(/[\\|`*_<[\]]/g, "\\$&");

/** A table of texts as they are shown; columns of numbers are aligned to the right. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  isNumber: (column: number) => boolean,
): string {
  const line = (texts: readonly string[]) => `| ${texts.join(" | ")} |\n`;
  const rule = line(header.map((_, i) => (isNumber(i) ? "---:" : "---")));
  return line(header.map(cell)) + rule + rows.map((row) => line(row.map(cell))).join("");
}
