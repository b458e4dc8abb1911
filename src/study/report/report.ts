// A study's report: collects what its finished cells show and writes it as one HTML file, and as Markdown with figures.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { parseLayers } from "../../anatomy/layers.ts";
import { writeAtomic } from "../../files.ts";
import { type ModelConfig, readConfig } from "../../model/config.ts";
import { modelFolder } from "../../model/folder.ts";
import { defaultLayers } from "../../model/names.ts";
import { openPretrained } from "../../model/weights/pretrained.ts";
import { mean } from "../../spread.ts";
import { shortName } from "../cell-text.ts";
import type { Group } from "../groups.ts";
import { overviewOf } from "../overview.ts";
import { shellWord } from "../shell.ts";
import type { StudyState } from "../state.ts";
import { agreedIn, type DoneCell, masksIn, movedIn, oneOfEachTask, similarityIn } from "./compared.ts";
import type { Report, ReportSection } from "./document.ts";
import { type Asks, type Extra, extraSections } from "./extras.ts";
import { reportHtml } from "./html.ts";
import { figureFile, reportMarkdown } from "./markdown.ts";
import { memorySection, provenanceSection, resultsSection, type Sizes } from "./sections.ts";
import { alone } from "./svg.ts";
import { sweepSections } from "./sweeps.ts";

export interface ReportOptions {
  /** Name and version of the program. */
  readonly tool: string;
  /** The commands that repeat the study and the report. */
  readonly commands: readonly string[];
  /** What the report shows besides what is stored: it takes time, and a compute process. */
  readonly extras?: { readonly which: readonly Extra[]; readonly asks: Asks } | undefined;
}

/** The commands that train a study and write its report, with these flags; `study`: as a person names it. */
export const commandsFor = (study: string, flags: readonly string[]): string[] => [
  ["masklens study run", shellWord(study)].join(" "),
  ["masklens study report", shellWord(study), ...flags.map(shellWord)].join(" "),
];

/** The report of what is finished. Throws an InputError if an adaptation is damaged or its base model is missing. */
export async function reportOf(state: StudyState, { tool, commands, extras }: ReportOptions): Promise<Report> {
  const overview = await overviewOf(state);
  const done = state.cells.flatMap((cell): DoneCell[] => {
    const line = state.line(cell);
    if (line?.state !== "done") return [];
    return [{ cell, line, adaptation: path.resolve(state.study.folder, line.adaptation) }];
  });
  const sections: ReportSection[] = [resultsSection(overview)];
  for (const sizes of await sizesOf(done)) sections.push(memorySection(sizes));
  sections.push(...(await sweepsIn(overview.groups, done)));
  const masks = await masksIn(done);
  const each = oneOfEachTask(masks);
  for (const section of [await similarityIn(masks), await agreedIn(each), await movedIn(each, done)])
    if (section) sections.push(section);
  if (extras) sections.push(...(await extraSections(overview.groups, done, extras.which, extras.asks)));
  sections.push(
    provenanceSection([["program", tool], ...digestsOf(state.study.folder, done)], overview.cells, commands),
  );
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
      await writeAtomic(path.join(figures, figureFile(section)), [Buffer.from(alone(section.figure.svg))]);
  const [html, markdown] = ["html", "md"].map((ending) => path.join(folder, `report.${ending}`)) as [string, string];
  await writeAtomic(markdown, [Buffer.from(reportMarkdown(report, "report"))]);
  await writeAtomic(html, [Buffer.from(reportHtml(report))]);
  return { html, markdown };
}

/** The sections on options that vary in the study. */
async function sweepsIn(groups: readonly Group[], done: readonly DoneCell[]): Promise<ReportSection[]> {
  const configs = new Map<string, ModelConfig>();
  for (const { model } of done.map(({ cell }) => cell.options))
    if (!configs.has(model)) configs.set(model, await readConfig(await modelFolder(model)));
  return sweepSections(groups, ({ cells, method }) => {
    if (method !== "mask" && method !== "random-mask") return undefined;
    const { model, layers } = done.find(({ cell }) => cells.includes(cell.number))!.cell.options;
    const config = configs.get(model)!;
    return { chosen: parseLayers(layers ?? defaultLayers(config), config), count: config.layers };
  });
}

/** The sizes over each base model. */
async function sizesOf(done: readonly DoneCell[]): Promise<Sizes[]> {
  const models = [...new Set(done.map(({ cell }) => cell.options.model))];
  const found: Sizes[] = [];
  for (const model of models) {
    const pretrained = await openPretrained(model);
    const base = pretrained.float32Bytes;
    await pretrained.close();
    const byMethod = new Map<string, number[]>();
    for (const { cell, line } of done)
      if (cell.options.model === model) byMethod.set(cell.method, [...(byMethod.get(cell.method) ?? []), line.bytes]);
    const adaptations = new Map([...byMethod].map(([method, sizes]) => [method, mean(sizes)]));
    found.push({ model: models.length > 1 ? shortName(model) : "", base, adaptations });
  }
  return found;
}

/** A run's digest is of the weights that it uses as they are, so it differs with what is masked. */
const MODEL = "weights that the runs use of the base model";
const DIGESTS = {
  modelSha256: MODEL,
  taskSha256: "task file of",
  trainSha256: "training data of",
  validationSha256: "validation data of",
  testSha256: "test data of",
} as const;

/** Each digest once, with the task or model whose it is; several, if cells of one task read different data. */
function digestsOf(study: string, done: readonly DoneCell[]): (readonly [string, string])[] {
  const files = new Map<string, Set<string>>();
  for (const { cell } of done)
    for (const file of [cell.options.model, cell.options.task])
      files.set(shortName(file), (files.get(shortName(file)) ?? new Set()).add(file));
  /** Files with the same short name are told apart by their paths. */
  const nameOf = (file: string) =>
    files.get(shortName(file))!.size > 1 ? path.relative(study, file).split(path.sep).join("/") : shortName(file);
  const found = new Map<string, Set<string>>();
  for (const { cell, line } of done)
    for (const [column, name] of Object.entries(DIGESTS)) {
      const digest = line[column];
      if (typeof digest !== "string") continue;
      const of = `${name} ${nameOf(column === "modelSha256" ? cell.options.model : cell.options.task)}`;
      found.set(of, (found.get(of) ?? new Set()).add(digest));
    }
  return [...found].map(([name, digests]) => [
    digests.size > 1 && !name.startsWith(MODEL) ? `${name}: it differs between cells` : name,
    [...digests].join(", "),
  ]);
}
