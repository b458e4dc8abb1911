// Writes docs/compatibility.md: what is supported and what is refused; each line is the result of a trial.

import { FIXED_CLASSES } from "../../src/data/tokenizer/classes.ts";
import { markdown } from "../bench/markdown.ts";
import { classesRead, type Outcome, outcomes } from "./situations.ts";

/** Planned task kinds, and what happens with their data until then. */
const PLANNED = [
  ["multi-label classification", "refused if a label is a list"],
  ["regression (such as STS-B)", "refused: see numeric labels above"],
];

/** Escapes characters that would end a table cell. */
const inCell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const said = ({ read, said }: Outcome) =>
  [read ? "supported" : "**refused**", ...said.map((text) => inCell(text))].join("<br>");

export async function compatibilityPage(): Promise<string> {
  const found = await outcomes();
  const sections = Object.entries(found).flatMap(([heading, list]) => [
    `## ${heading}`,
    "",
    ...(heading === "Tokenizer classes" ? classes() : []),
    ...markdown(
      ["situation", "result"],
      list.map((outcome) => [inCell(outcome.what), said(outcome)]),
    ),
    "",
  ]);
  return [
    "# Compatibility",
    "",
    "Made by `npm run compatibility`, which tries each line on a small folder of files and quotes the notes or the error. A test checks that the page matches the code.",
    "",
    ...sections,
    "## Planned",
    "",
    ...markdown(["task", "until then"], PLANNED),
    "",
  ].join("\n");
}

function classes(): string[] {
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  return [
    "The class is the one in `tokenizer_config.json`, else the one in `config.json`, else the default of the model type. Each class is supported with a `tokenizer.json`; those with other files listed also work without one. Names may end in `Fast`.",
    "",
    `Models of type ${FIXED_CLASSES.join(", ")} have their default class whatever the files name, as in transformers 5.18.`,
    "",
    ...markdown(
      ["supported", "files without `tokenizer.json`", "default of model types"],
      classesRead().map(({ names, files, types }) => [code(names), code(files) || "–", types.join(", ") || "–"]),
    ),
    "",
  ];
}
