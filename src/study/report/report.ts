// A study's report: collects what its finished cells show and writes it as one HTML file, and as Markdown with figures.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { baseWeightsOf } from "../../adaptation/base.ts";
import type { Ensembles } from "../../adaptation/evaluate.ts";
import { readAdaptation } from "../../adaptation/read.ts";
import { writeAtomic } from "../../files.ts";
import { needsBase } from "../../mask/changed.ts";
import { controlSeed, controlSuffix } from "../../mask/control.ts";
import type { Mask } from "../../mask/file.ts";
import { openPretrained } from "../../model/pretrained.ts";
import { sizeOf } from "../../tensor.ts";
import { shortName } from "../cell-text.ts";
import type { Cell } from "../cells.ts";
import { overviewOf } from "../overview.ts";
import type { DoneLine } from "../results.ts";
import { shellWord } from "../shell.ts";
import type { StudyState } from "../state.ts";
import type { Report, ReportSection } from "./document.ts";
import { reportHtml } from "./html.ts";
import { figureFile, reportMarkdown } from "./markdown.ts";
import {
  ensemblesSection,
  type GroupEnsembles,
  groupNames,
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
  /** The commands that repeat the study and the report. */
  readonly commands: readonly string[];
  /** Evaluates ensembles of adaptations of one task on its test examples; without it, there are none in the report. */
  readonly ensembles?: ((adaptations: readonly string[]) => Promise<readonly Ensembles[]>) | undefined;
}

/** The commands that train a study and write its report, with these flags; `study`: as a person names it. */
export const commandsFor = (study: string, flags: readonly string[]): string[] => [
  ["masklens study run", shellWord(study)].join(" "),
  ["masklens study report", shellWord(study), ...flags.map(shellWord)].join(" "),
];

interface DoneCell {
  readonly cell: Cell;
  readonly line: DoneLine;
  readonly adaptation: string;
}

/** The report of what is finished. Throws an InputError if an adaptation is damaged or its base model is missing. */
export async function reportOf(state: StudyState, { tool, commands, ensembles }: ReportOptions): Promise<Report> {
  const overview = await overviewOf(state);
  const done = state.cells.flatMap((cell): DoneCell[] => {
    const line = state.line(cell);
    if (line?.state !== "done") return [];
    return [{ cell, line, adaptation: path.resolve(state.study.folder, line.adaptation) }];
  });
  const sections: ReportSection[] = [resultsSection(overview)];
  for (const sizes of await sizesOf(done)) sections.push(memorySection(sizes));
  const similar = await similarityIn(done);
  if (similar) sections.push(similar);
  if (ensembles) {
    const found: GroupEnsembles[] = [];
    const nameOf = groupNames(overview.groups);
    for (const group of overview.groups) {
      const members = done.filter(({ cell }) => group.cells.includes(cell.number)).map(({ adaptation }) => adaptation);
      if (members.length < 2 || !group.metric) continue;
      for (const one of await ensembles(members)) found.push({ ...one, group: nameOf(group), metric: group.metric });
    }
    if (found.length) sections.push(ensemblesSection(found));
  }
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

/** A figure in a file of its own: black on white, whatever page shows it. */
const alone = (svg: string): string => `${svg.replace("<svg ", '<svg style="color:#000;background:#fff" ')}\n`;

/** The sizes over each base model. */
async function sizesOf(done: readonly DoneCell[]): Promise<Sizes[]> {
  const models = [...new Set(done.map(({ cell }) => cell.options.model))];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const found: Sizes[] = [];
  for (const model of models) {
    const pretrained = await openPretrained(model);
    const base = [...pretrained.tensors.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
    await pretrained.close();
    const byMethod = new Map<string, number[]>();
    for (const { cell, line } of done)
      if (cell.options.model === model) byMethod.set(cell.method, [...(byMethod.get(cell.method) ?? []), line.bytes]);
    const adaptations = new Map([...byMethod].map(([method, sizes]) => [method, mean(sizes)]));
    found.push({ model: models.length > 1 ? shortName(model) : "", base, adaptations });
  }
  return found;
}

/** What decides whether two masks can be compared as a whole: the masked matrices of the base model, with their weights. */
const coverOf = ({ matrices, metadata: { base } }: Mask): string =>
  JSON.stringify(matrices.flatMap(({ name }) => (base.weights[name] ? [[name, base.weights[name]]] : [])));

/**
 * undefined unless two masks cover the same matrices of one base model. Those that cover what most cover are compared, and the
 * section says how many are left out.
 */
async function similarityIn(done: readonly DoneCell[]): Promise<ReportSection | undefined> {
  const covers = new Map<string, (Compared & { readonly mask: Mask })[]>();
  for (const { cell, adaptation } of done.filter(({ adaptation }) => adaptation.endsWith(".mask.safetensors"))) {
    const mask = await readAdaptation(adaptation);
    if (mask.format !== "mask") continue;
    const control = controlSuffix(controlSeed(mask.metadata));
    const one = { mask, task: cell.options.task + control, name: `${shortName(cell.task)}${control} ${cell.name}` };
    covers.set(coverOf(mask), [...(covers.get(coverOf(mask)) ?? []), one]);
  }
  const all = [...covers.values()].flat();
  const [most] = [...covers.values()].sort((a, b) => b.length - a.length);
  if (!most || most.length < 2) return undefined;
  const shown = spread(most, MOST_MASKS);
  const own = shown.map(({ mask }) => mask);
  const weightsOf = own.some(needsBase) ? await baseWeightsOf(own, {}) : undefined;
  const section = similaritySection(similarityOf(shown, weightsOf));
  const left = [
    ...(most.length > shown.length
      ? [
          `${shown.length} of ${most.length} masks over the same matrices are compared, as many of each task as there is room for.`,
        ]
      : []),
    ...(all.length > most.length
      ? [`${all.length - most.length} masks over other matrices or another base model are left out.`]
      : []),
  ];
  return { ...section, text: [...section.text, ...left] };
}

/** At most so many, in their order, taken from all tasks in turn. */
function spread<C extends Compared>(compared: readonly C[], most: number): C[] {
  const turns = new Map<C, number>();
  const seen = new Map<string, number>();
  for (const one of compared) {
    turns.set(one, seen.get(one.task) ?? 0);
    seen.set(one.task, (seen.get(one.task) ?? 0) + 1);
  }
  const chosen = new Set([...compared].sort((a, b) => turns.get(a)! - turns.get(b)!).slice(0, most));
  return compared.filter((one) => chosen.has(one));
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
