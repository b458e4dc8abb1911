// Writes docs/compatibility.md: what is supported and what is refused; each line is the result of a trial.

import { markdown } from "../bench/markdown.ts";
import { classesRead, type Outcome, outcomes } from "./situations.ts";

/** Planned task kinds, and what happens with their data until then. */
const PLANNED = [
  ["multi-label classification", "refused where a label is a list"],
  ["regression (STS-B and its like)", "refused: see the labels that are numbers"],
];

/** Escapes characters that would end a table cell. */
const inCell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const said = ({ read, said }: Outcome) =>
  [read ? "read" : "**refused**", ...said.map((text) => inCell(text))].join("<br>");

export async function compatibilityPage(): Promise<string> {
  const found = await outcomes();
  const sections = Object.entries(found).flatMap(([heading, list]) => [
    `## ${heading}`,
    "",
    ...(heading === "Tokenizer classes" ? classes() : []),
    ...markdown(
      ["met", "then"],
      list.map((outcome) => [inCell(outcome.what), said(outcome)]),
    ),
    "",
  ]);
  return [
    "# What is read, and what is refused",
    "",
    "Made by `npm run compatibility`: each line is tried on the code as it is, with a small folder of files, and quotes what it says. A test keeps the page true.",
    "",
    ...sections,
    "## Not supported, and planned",
    "",
    ...markdown(["task", "until then"], PLANNED),
    "",
  ].join("\n");
}

function classes(): string[] {
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  return [
    "The class that `tokenizer_config.json` names, else `config.json`, else the one of the model type. Each is read with a `tokenizer.json`, and those with files beside them without one too. A name may end in `Fast`.",
    "",
    ...markdown(
      ["read", "without `tokenizer.json`, from", "for the model types"],
      classesRead().map(({ names, files, types }) => [code(names), code(files) || "–", types.join(", ") || "–"]),
    ),
    "",
  ];
}
