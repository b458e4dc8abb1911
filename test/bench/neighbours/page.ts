// docs/neighbours.md: the table of the works and a section of each, from their finished cells alone.

import { existsSync } from "node:fs";
import { grouped } from "../../../src/numbers.ts";
import { linesIn } from "../finished.ts";
import { markdown } from "../markdown.ts";
import type { Work } from "./work.ts";

/** What most lines of finished cells have, whatever else they hold. */
interface Measured {
  readonly seed?: unknown;
  readonly seconds?: unknown;
  readonly processor?: unknown;
}

export function pageOf(works: readonly Work[]): string {
  const rows = works.map((work) => {
    const { result, held } = work.verdict() ?? { result: "not finished", held: "" };
    return [`[${work.title}](#${work.name})`, work.source, `\`${work.command}\``, work.page, work.claim, result, held];
  });
  const lines = [
    "# The works beside the paper",
    "",
    "Masks are one way to adapt a pretrained model with few parameters. These works go other ways, or set tasks of their own. Each is a method or a task of MaskLens like any other (options, runs, studies, export), and is measured here beside masks and beside what its source claims.",
    "",
    "Made by `npm run bench neighbours`, and by `npm run bench neighbours NAME` for one work; `page` after it measures nothing and writes this page from the finished cells, one JSON line each in `docs/neighbours`. How to read the table: from left to right, a work, its source, the command that a user gives, and where the result is shown; then the source's claim, our result beside it, and whether the claim held here. The models here are far smaller than those of the sources, so a claim that did not hold here may hold there. Unless a section says otherwise, results are means over seeds, ± is the sample standard deviation over them, and brackets hold 95 % intervals over examples.",
    "",
    ...markdown(["work", "source", "command", "where it shows", "its claim", "our result", "held"], rows),
    ...works.flatMap((work) => [
      ...["", `<a id="${work.name}"></a>`, "", `## ${work.title}`, ""],
      ...[...work.section(), ...circumstancesOf(work)],
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Seeds, processors and time of a work's cells; nothing if it has none. */
function circumstancesOf({ name }: Work): string[] {
  const file = `docs/neighbours/${name}.jsonl`;
  if (!existsSync(file)) return [];
  const lines = linesIn<Measured>(file);
  const seeds = [...new Set(lines.flatMap(({ seed }) => (typeof seed === "number" ? [seed] : [])))].sort(
    (a, b) => a - b,
  );
  const processors = [...new Set(lines.flatMap(({ processor }) => (typeof processor === "string" ? [processor] : [])))];
  const seconds = lines.reduce((sum, line) => sum + (typeof line.seconds === "number" ? line.seconds : 0), 0);
  const parts = [
    ...(seeds.length ? [`seeds ${seeds.join(", ")}`] : []),
    ...(processors.length ? [processors.join(", ")] : []),
    ...(seconds ? [`${grouped(Math.round(seconds / 60))} minutes on a machine that did other work, too`] : []),
  ];
  return parts.length ? ["", `Cells: \`${file}\`; ${parts.join("; ")}.`] : [];
}
