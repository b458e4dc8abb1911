// A study's report: collects what its finished cells show and writes it as one HTML file, and as Markdown with figures.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { baseWeightsOf } from "../../adaptation/base.ts";
import type { Ensembles } from "../../adaptation/evaluate.ts";
import { readAdaptation } from "../../adaptation/read.ts";
import { writeAtomic } from "../../files.ts";
import { needsBase } from "../../mask/changed.ts";
import type { Mask } from "../../mask/file.ts";
import { sameBase } from "../../mask/reference.ts";
import { openPretrained } from "../../model/pretrained.ts";
import { sizeOf } from "../../tensor.ts";
import { shortName } from "../cell-text.ts";
import type { Cell } from "../cells.ts";
import { overviewOf } from "../overview.ts";
import type { DoneLine } from "../results.ts";
import type { StudyState } from "../state.ts";
import type { Report, ReportSection } from "./document.ts";
import { reportHtml } from "./html.ts";
import { figureFile, reportMarkdown } from "./markdown.ts";
import {
  ensemblesSection,
  type GroupEnsembles,
  groupName,
  memorySection,
  provenanceSection,
  resultsSection,
  type Sizes,
  similaritySection,
} from "./sections.ts";
import { type Compared, similarityOf } from "./similarity.ts";

/** More masks than this are not compared: the pairs would fill pages. */
const MOST_MASKS = 24;

export interface ReportOptions {
  /** Name and version of the program. */
  readonly tool: string;
  /** The study as it was named on the command line. */
  readonly named: string;
  /** Evaluates ensembles of adaptations of one task on its test examples; without it, there are none in the report. */
  readonly ensembles?: ((adaptations: readonly string[]) => Promise<readonly Ensembles[]>) | undefined;
}

interface DoneCell {
  readonly cell: Cell;
  readonly line: DoneLine;
  readonly adaptation: string;
}

/** The report of what is finished. Throws an InputError if an adaptation is damaged or its base model is missing. */
export async function reportOf(state: StudyState, { tool, named, ensembles }: ReportOptions): Promise<Report> {
  const overview = await overviewOf(state);
  const done = state.cells.flatMap((cell): DoneCell[] => {
    const line = state.line(cell);
    if (line?.state !== "done") return [];
    return [{ cell, line, adaptation: path.resolve(state.study.folder, line.adaptation) }];
  });
  const sections: ReportSection[] = [resultsSection(overview)];
  const [first] = done;
  if (first) sections.push(memorySection(await sizesOf(done, first.cell.options.model)));
  const similar = await similarityIn(done);
  if (similar) sections.push(similar);
  if (ensembles) {
    const found: GroupEnsembles[] = [];
    for (const group of overview.groups) {
      const members = done.filter(({ cell }) => group.cells.includes(cell.number)).map(({ adaptation }) => adaptation);
      if (members.length < 2 || !group.metric) continue;
      for (const one of await ensembles(members)) found.push({ ...one, group: groupName(group), metric: group.metric });
    }
    if (found.length) sections.push(ensemblesSection(found));
  }
  const commands = [`masklens study run ${named}`, `masklens study report ${named}${ensembles ? " --ensembles" : ""}`];
  sections.push(provenanceSection([["program", tool], ...digestsOf(done)], overview.cells, commands));
  return {
    title: `Report of ${overview.name}`,
    lead: [
      ...(overview.description === null ? [] : [overview.description]),
      ...(overview.refused.length ? [`Combinations that cannot be cells: ${overview.refused.join("; ")}.`] : []),
    ],
    sections,
  };
}

/** Writes report.html, report.md and the figures of the latter into a folder; returns the files. */
export async function writeReport(folder: string, report: Report): Promise<{ html: string; markdown: string }> {
  const figures = path.join(folder, "report");
  await mkdir(figures, { recursive: true });
  for (const section of report.sections)
    if (section.figure)
      await writeAtomic(path.join(figures, figureFile(section)), [Buffer.from(`${section.figure.svg}\n`)]);
  const [html, markdown] = ["html", "md"].map((ending) => path.join(folder, `report.${ending}`)) as [string, string];
  await writeAtomic(markdown, [Buffer.from(reportMarkdown(report, "report"))]);
  await writeAtomic(html, [Buffer.from(reportHtml(report))]);
  return { html, markdown };
}

async function sizesOf(done: readonly DoneCell[], model: string): Promise<Sizes> {
  const pretrained = await openPretrained(model);
  const base = [...pretrained.tensors.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  await pretrained.close();
  const byMethod = new Map<string, number[]>();
  for (const { cell, line } of done) byMethod.set(cell.method, [...(byMethod.get(cell.method) ?? []), line.bytes]);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { base, adaptations: new Map([...byMethod].map(([method, sizes]) => [method, mean(sizes)])) };
}

/** undefined unless there are two masks over one base model. Only the first masks are compared, and the section says so. */
async function similarityIn(done: readonly DoneCell[]): Promise<ReportSection | undefined> {
  const all = done.filter(({ adaptation }) => adaptation.endsWith(".mask.safetensors"));
  const masks: (Compared & { readonly mask: Mask })[] = [];
  let others = 0;
  for (const { cell, adaptation } of all.slice(0, MOST_MASKS)) {
    const mask = await readAdaptation(adaptation);
    if (mask.format !== "mask") continue;
    if (masks[0] && !sameBase(masks[0].mask.metadata, mask.metadata)) others++;
    else masks.push({ mask, task: cell.task, name: `${shortName(cell.task)} ${cell.name}` });
  }
  if (masks.length < 2) return undefined;
  const own = masks.map(({ mask }) => mask);
  const weightsOf = own.some(needsBase) ? await baseWeightsOf(own, {}) : undefined;
  const section = similaritySection(similarityOf(masks, weightsOf));
  const left = [
    ...(all.length > MOST_MASKS ? [`The first ${MOST_MASKS} of ${all.length} masks are compared.`] : []),
    ...(others ? [`${others} masks over other weights are left out.`] : []),
  ];
  return { ...section, text: [...section.text, ...left] };
}

const DIGESTS = {
  modelSha256: "base model",
  taskSha256: "task file",
  trainSha256: "training data",
  validationSha256: "validation data",
  testSha256: "test data",
} as const;

/** Each digest once, with the task whose it is. */
function digestsOf(done: readonly DoneCell[]): (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (const { cell, line } of done)
    for (const [column, name] of Object.entries(DIGESTS)) {
      const digest = line[column];
      if (typeof digest !== "string") continue;
      const of = column === "modelSha256" ? shortName(cell.model) : shortName(cell.task);
      found.set(`${name} of ${of}`, digest);
    }
  return [...found];
}
