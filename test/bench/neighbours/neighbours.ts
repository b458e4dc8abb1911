// npm run bench neighbours [page | WORK …]: the works beside the paper, each compared with masks and with what its source claims.
// Finished cells are in docs/neighbours/WORK.jsonl and are not measured again. Writes docs/neighbours.md; `page` measures nothing and
// writes what is finished.

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { markdown } from "../markdown.ts";
import { graphs } from "./graphs/graphs.ts";
import { lna } from "./lna/lna.ts";
import type { Work } from "./work.ts";

const WORKS: readonly Work[] = [lna, graphs];

export async function benchNeighbours(words: readonly string[]): Promise<void> {
  mkdirSync("docs/neighbours", { recursive: true });
  const asked = words.length ? WORKS.filter(({ name }) => words.includes(name)) : WORKS; // none for the word page
  for (const work of asked) {
    await work.measure();
    writePage();
  }
  writePage();
}

function writePage(): void {
  const rows = WORKS.map((work) => {
    const { result, held } = work.verdict() ?? { result: "not finished", held: "" };
    return [`[${work.title}](#${work.name})`, work.source, `\`${work.command}\``, work.page, work.claim, result, held];
  });
  const lines = [
    "# The works beside the paper",
    "",
    `Made by \`npm run bench neighbours\`. Processor: ${cpus()[0]?.model ?? "unknown"}, ${cpus().length} logical processors.`,
    "",
    ...markdown(["work", "source", "command", "page", "its claim", "our result", "held"], rows),
    ...WORKS.flatMap((work) => ["", `<a id="${work.name}"></a>`, "", `## ${work.title}`, "", ...work.section()]),
  ];
  writeFileSync("docs/neighbours.md", `${lines.join("\n")}\n`);
}
