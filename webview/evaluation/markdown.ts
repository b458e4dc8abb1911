// A table as Markdown.

import { visible } from "../../src/visible.ts";

/** The first column contains names, the others numbers. */
export function markdownOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => visible(text.replaceAll("\n", " ")).replace(/[\\|`*_<[\]]/g, "\\$&");
  const line = (texts: readonly string[]) => `| ${texts.map(cell).join(" | ")} |\n`;
  return `${line(header)}| --- |${" ---: |".repeat(header.length - 1)}\n${rows.map(line).join("")}`;
}
