// npm run bench paper [page | NAME …]: the paper's analyses on all-MiniLM-L6-v2, each with the paper's claim and whether it held.
// Finished analyses are in docs/paper.jsonl and are not made again, except those that are named; finished runs and paths are kept.
// Writes docs/paper.md and docs/paper/*.svg; `page` makes no analysis.

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { ReportSection } from "../../../src/study/report/document.ts";
import { figureFile, reportMarkdown } from "../../../src/study/report/markdown.ts";
import { alone } from "../../../src/study/report/svg.ts";
import { Finished } from "../finished.ts";
import { landscapeAnalysis } from "./landscape.ts";
import { agreedAnalysis, movedAnalysis, similarityAnalysis } from "./masks.ts";
import { memoryAnalysis } from "./memory.ts";
import { planeAnalysis } from "./plane.ts";
import { ensemblesAnalysis, transferAnalysis } from "./predictions.ts";
import { separationAnalysis } from "./separation.ts";
import { layersAnalysis, sparsityAnalysis } from "./sweeps.ts";

const RESULTS = "docs/paper.jsonl";
const FIGURES = "docs/paper";

/** In the order of the page; those that need no training besides that of the accuracy page first. */
const ANALYSES: Readonly<Record<string, () => Promise<ReportSection>>> = {
  landscape: landscapeAnalysis,
  "separation-sst2": () => separationAnalysis("sst2", 1),
  "separation-trec": () => separationAnalysis("trec", 2),
  memory: memoryAnalysis,
  similarity: similarityAnalysis,
  agreed: agreedAnalysis,
  moved: movedAnalysis,
  ensembles: ensemblesAnalysis,
  transfer: transferAnalysis,
  layers: layersAnalysis,
  plane: planeAnalysis,
  sparsity: sparsityAnalysis,
};

/** A finished analysis; its figure is in a file of its own. */
interface Line {
  readonly name: string;
  readonly section: ReportSection;
  readonly seconds: number;
  readonly processor: string;
}

export async function benchPaper(words: readonly string[]): Promise<void> {
  if (words[0] === "page") return writePage(new Finished<Line>(RESULTS, ({ name }) => name));
  const unknown = words.find((word) => !Object.hasOwn(ANALYSES, word));
  if (unknown !== undefined)
    throw new Error(`unknown analysis ${unknown}: choose from ${Object.keys(ANALYSES).join(", ")}`);
  const finished = new Finished<Line>(RESULTS, ({ name }) => name);
  mkdirSync(FIGURES, { recursive: true });
  for (const [name, analysis] of Object.entries(ANALYSES)) {
    if (words.length ? !words.includes(name) : finished.find(name)) continue;
    const start = performance.now();
    const section = await analysis();
    const seconds = Math.round((performance.now() - start) / 1000);
    const { figure } = section;
    if (figure) writeFileSync(`${FIGURES}/${figureFile(section)}`, alone(figure.svg));
    const kept = { ...section, figure: figure && { alt: figure.alt, svg: "" } };
    finished.add({ name, section: kept, seconds, processor: cpus()[0]?.model.trim() ?? "unknown" });
    process.stderr.write(`${name}: ${seconds} s\n`);
    writePage(finished);
  }
  writePage(finished);
}

function writePage(finished: Finished<Line>): void {
  const lines = Object.keys(ANALYSES).flatMap((name) => finished.find(name) ?? []);
  const missing = Object.keys(ANALYSES).filter((name) => !finished.find(name));
  const lead = [
    "Made by npm run bench paper over all-MiniLM-L6-v2 (6 layers, 12 heads), with the runs of results.md, where the paper's first claim, that masks perform on par with finetuning, is measured. The paper's models are BERT, RoBERTa and DistilBERT of base size, trained on whole data sets: what does not hold here may hold there.",
    `Processor: ${[...new Set(lines.map(({ processor }) => processor))].join(", ")}. Each section says what its numbers are compared with. The finished analyses are in paper.jsonl.`,
    ...(missing.length ? [`Missing; the same command continues with: ${missing.join(", ")}.`] : []),
  ];
  const sections = lines.map(({ section }) => section);
  writeFileSync("docs/paper.md", reportMarkdown({ title: "The paper's analyses", lead, sections }, "paper"));
}
