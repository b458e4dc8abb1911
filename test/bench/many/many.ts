// npm run bench many [page | hits | memory | time]: a thousand masks over one base model, and which of ten fits a text. Finished
// parts are in docs/many.jsonl; those that are named are measured again. Writes docs/many.md; `page` measures nothing.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { adaptationsOf, type Measured } from "../accuracy.ts";
import { Finished } from "../finished.ts";
import { generated } from "./generated.ts";
import { hitsOf } from "./hits.ts";
import { type Line, pageOf } from "./page.ts";
import { type Resident, residentOf } from "./resident.ts";
import { timesOf } from "./time.ts";

const RESULTS = "docs/many.jsonl";
/** Ten tasks of single texts, with 2 to 6 labels, no two over the same texts. */
const TASKS: readonly Measured[] = [
  ...(["sst2", "trec", "subj", "cola", "agnews", "sentiment", "spam", "abstracts", "firstword", "joined"] as const),
];
const COUNTS = [10, 100, 1000];

/** The mask of each task, trained now if it is not in the cache. */
async function realMasks(): Promise<string[]> {
  const files: string[] = [];
  for (const task of TASKS) files.push(...(await adaptationsOf(task, "masked", [1])));
  return files;
}

/** Calls `use` with the paths of a thousand masks and a folder for others, which are removed afterwards. */
async function withMany<T>(use: (files: string[], folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-many-"));
  try {
    return await use(await generated(await realMasks(), COUNTS.at(-1)!, folder), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function memory(): Promise<Resident[]> {
  return withMany(async (files) => {
    const found: Resident[] = [];
    for (const count of COUNTS) {
      found.push(await residentOf(files.slice(0, count)));
      process.stderr.write(`${JSON.stringify(found.at(-1))}\n`);
    }
    return found;
  });
}

const PARTS = {
  hits: async () => hitsOf(TASKS, await realMasks()),
  memory,
  time: () => withMany((files, folder) => timesOf(files, TASKS.length, folder)),
} as const;

const finishedParts = () => new Finished<Line>(RESULTS, ({ part }) => part);
export const manyPage = (): string => pageOf(finishedParts().lines);

export async function benchMany(words: readonly string[]): Promise<void> {
  const finished = finishedParts();
  for (const [part, measure] of Object.entries(PARTS)) {
    if (words.length ? !words.includes(part) : finished.find(part)) continue;
    const value = await measure();
    const blocks = process.env.MASKLENS_SPINNING === "0";
    finished.add({ part, value, blocks, processor: cpus()[0]?.model.trim() ?? "unknown" } as Line);
  }
  const page = manyPage();
  writeFileSync("docs/many.md", page);
  console.log(page);
}
