// A report as Markdown, with its figures in SVG files beside it.

import { visible } from "../../visible.ts";
import type { Report, ReportSection } from "./document.ts";

/** The longest text, in characters. */
const LONGEST = 100_000;

/** `folder`: where the figures are, relative to the Markdown file. */
export function reportMarkdown({ title, lead, sections }: Report, folder: string): string {
  const parts = [`# ${plain(title)}`, ...lead.map(plain), ...sections.flatMap((one) => sectionMarkdown(one, folder))];
  return `${parts.join("\n\n")}\n`;
}

/** The name of a section's figure. */
export const figureFile = ({ id }: Pick<ReportSection, "id">): string => `${id}.svg`;

/** Text that Markdown takes as text, on one line. */
const plain = (text: string): string =>
  visible(text, LONGEST)
    .replace(/\s+/g, " ")
    .replace(/[\\`*_<>|#[\]]/g, "\\$&");

function sectionMarkdown(section: ReportSection, folder: string): string[] {
  const { title, claim, text, commands = [], table, figure } = section;
  return [
    `## ${plain(title)}`,
    ...(claim === null ? [] : [`> **The paper:** ${plain(claim)}`]),
    ...text.map(plain),
    ...(commands.length ? [commands.map((command) => `    ${command.replace(/\s/g, " ")}`).join("\n")] : []),
    ...(figure ? [`![${plain(figure.alt)}](${folder}/${figureFile(section)})`] : []),
    ...(table
      ? [
          [
            `| ${table.header.map(plain).join(" | ")} |`,
            `| ${table.header.map((_, i) => (i ? "---:" : "---")).join(" | ")} |`,
            ...table.rows.map((row) => `| ${row.map(plain).join(" | ")} |`),
          ].join("\n"),
        ]
      : []),
  ];
}
