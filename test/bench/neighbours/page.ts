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
    "Masks are one way to adapt a pretrained model with few parameters. These works take other approaches or pose tasks of their own. Each is a method or a task of MaskLens like any other (options, runs, studies), and is compared here with what its source claims, and most of them with masks.",
    "",
    "Made by `npm run bench neighbours`, and by `npm run bench neighbours NAME` for one work; `npm run bench neighbours page` measures nothing and only writes this page from the finished cells, which are JSON lines in `docs/neighbours`. The table has, from left to right, the work, its source, the command that runs it, where its results are shown, the source's claim, our result, and whether the claim held here. The models here are far smaller than those of the sources, so a claim that did not hold here may hold there. Unless a section says otherwise, results are means over seeds, ± is the sample standard deviation over them, and intervals in brackets are 95 % intervals over examples.",
    "",
    ...markdown(["work", "source", "command", "where it is shown", "its claim", "our result", "held"], rows),
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
    ...(seeds.length ? [`${seeds.length > 1 ? "seeds" : "seed"} ${seeds.join(", ")}`] : []),
    ...(processors.length ? [processors.join(", ")] : []),
    ...(seconds ? [`${grouped(Math.round(seconds / 60))} minutes on a machine that was also doing other work`] : []),
  ];
  return parts.length ? ["", `Cells: \`${file}\`; ${parts.join("; ")}.`] : [];
}
