// Sections of a report whose numbers are not stored: adaptations are evaluated again, together or on other tasks.

import { readAdaptation } from "../../adaptation/read.ts";
import type { Representation, RepresentationOptions } from "../../adaptation/representation/representation.ts";
import { folded } from "../../data/label-names.ts";
import { type Group, groupNames } from "../groups.ts";
import type { DoneCell } from "./compared.ts";
import type { ReportSection } from "./document.ts";
import { choiceSection, representationSection } from "./representation.ts";
import { ensemblesSection, type GroupEnsembles } from "./sections.ts";
import { type Evaluate, type Source, transferOf, transferSection } from "./transfer.ts";

export const EXTRAS = ["ensembles", "transfer", "representations"] as const;
export type Extra = (typeof EXTRAS)[number];

/** As many vectors, and the same ones, as `masklens represent` draws by default. */
const DRAWN = { rows: 1000, seed: 1, projection: "pca" } as const;

/** What a compute process is asked for, on test examples. */
export interface Asking {
  readonly evaluate: Evaluate;
  /** Compares adaptations of one task by the vectors of its test examples. */
  readonly represent: (
    options: Pick<RepresentationOptions, "adaptations" | "rows" | "seed" | "projection">,
  ) => Promise<Representation>;
}

export async function extraSections(
  groups: readonly Group[],
  done: readonly DoneCell[],
  which: readonly Extra[],
  { evaluate, represent }: Asking,
): Promise<ReportSection[]> {
  const makers = {
    ensembles: () => ensemblesIn(groups, done, evaluate),
    transfer: () => transferIn(groups, done, evaluate),
    representations: () => representationsIn(groups, done, represent),
  };
  const sections: ReportSection[] = [];
  for (const extra of EXTRAS) if (which.includes(extra)) sections.push(...(await makers[extra]()));
  return sections;
}

/** The finished cells of a group. */
const cellsIn = ({ cells }: Group, done: readonly DoneCell[]) => done.filter(({ cell }) => cells.includes(cell.number));

async function ensemblesIn(
  groups: readonly Group[],
  done: readonly DoneCell[],
  evaluate: Evaluate,
): Promise<ReportSection[]> {
  const found: GroupEnsembles[] = [];
  const nameOf = groupNames(groups);
  for (const group of groups) {
    const members = cellsIn(group, done).map(({ adaptation }) => adaptation);
    if (members.length < 2 || !group.metric) continue;
    const { ensembles = [] } = await evaluate({ adaptations: members, ensembles: true });
    for (const one of ensembles) found.push({ ...one, group: nameOf(group), metric: group.metric });
  }
  return found.length ? [ensemblesSection(found)] : [];
}

async function transferIn(
  groups: readonly Group[],
  done: readonly DoneCell[],
  evaluate: Evaluate,
): Promise<ReportSection[]> {
  const nameOf = groupNames(groups);
  const sources: Source[] = [];
  for (const group of groups) {
    const [first] = cellsIn(group, done);
    if (!first) continue;
    const { metadata } = await readAdaptation(first.adaptation);
    const { kind, labels } = metadata.task;
    const { model, task } = first.cell.options;
    const asks = JSON.stringify([kind, labels.map(folded), model]);
    sources.push({ name: nameOf(group), adaptation: first.adaptation, task, asks });
  }
  const transfer = await transferOf(sources, evaluate);
  if (!transfer) return [];
  const left = sources.filter((source) => !transfer.sources.includes(source)).map(({ name }) => name);
  return [transferSection(transfer, left)];
}

const FIRSTS =
  "Each group is shown by its first finished cell, which does not show how much the numbers vary with the seed.";

/** A section for each task, with the first finished cell of each group. */
async function representationsIn(
  groups: readonly Group[],
  done: readonly DoneCell[],
  represent: Asking["represent"],
): Promise<ReportSection[]> {
  const nameOf = groupNames(groups);
  const firsts = groups.flatMap((group) => {
    const [first] = cellsIn(group, done);
    return first ? [{ ...first, name: `${nameOf(group)}, ${first.cell.name}` }] : [];
  });
  const sections: ReportSection[] = [];
  for (const task of new Set(firsts.map(({ cell }) => cell.options.task))) {
    const own = firsts.filter(({ cell }) => cell.options.task === task);
    const number = sections.length + 1;
    const { metadata } = await readAdaptation(own[0]!.adaptation);
    if (metadata.task.kind === "choice") sections.push(choiceSection(metadata.task.name, number));
    else {
      const names = new Map(own.map(({ adaptation, name }) => [adaptation, name]));
      const found = await represent({ adaptations: [...names.keys()], ...DRAWN });
      const section = representationSection(found, (file) => names.get(file)!, number);
      sections.push({ ...section, text: [...section.text, FIRSTS] });
    }
  }
  return sections;
}
