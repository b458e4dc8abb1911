// npm run bench neighbours [page | WORK …]: the works beside the paper, each compared with what its source claims.
// Finished cells are in docs/neighbours/WORK.jsonl and are not measured again. Writes docs/neighbours.md; `page` measures nothing and
// writes what is finished.

import { mkdirSync, writeFileSync } from "node:fs";
import { attributes } from "./attributes/attributes.ts";
import { CONTEXT } from "./context.ts";
import { graphs } from "./graphs/graphs.ts";
import { lna } from "./lna/lna.ts";
import { pageOf } from "./page.ts";
import { recurrence } from "./recurrence/recurrence.ts";
import type { Work } from "./work.ts";

export const WORKS: readonly Work[] = [lna, attributes, recurrence, graphs, CONTEXT];

export async function benchNeighbours(words: readonly string[]): Promise<void> {
  mkdirSync("docs/neighbours", { recursive: true });
  const asked = words.length ? WORKS.filter(({ name }) => words.includes(name)) : WORKS; // none for the word page
  for (const work of asked) {
    await work.measure();
    writePage();
  }
  writePage();
}

export const neighboursPage = (): string => pageOf(WORKS);

function writePage(): void {
  writeFileSync("docs/neighbours.md", neighboursPage());
}
