// Sections of a report whose numbers are not stored: adaptations are evaluated again, together or on other tasks.

import { readAdaptation } from "../../adaptation/read.ts";
import { folded } from "../../data/label-names.ts";
import { type Group, groupNames } from "../groups.ts";
import type { DoneCell } from "./compared.ts";
import type { ReportSection } from "./document.ts";
import { ensemblesSection, type GroupEnsembles } from "./sections.ts";
import { type Evaluate, type Source, transferOf, transferSection } from "./transfer.ts";

export const EXTRAS = ["ensembles", "transfer"] as const;
export type Extra = (typeof EXTRAS)[number];

export async function extraSections(
  groups: readonly Group[],
  done: readonly DoneCell[],
  which: readonly Extra[],
  evaluate: Evaluate,
): Promise<ReportSection[]> {
  const makers = { ensembles: ensemblesIn, transfer: transferIn };
  const sections: ReportSection[] = [];
  for (const extra of EXTRAS) {
    const section = which.includes(extra) ? await makers[extra](groups, done, evaluate) : undefined;
    if (section) sections.push(section);
  }
  return sections;
}

/** The finished cells of a group. */
const cellsIn = ({ cells }: Group, done: readonly DoneCell[]) => done.filter(({ cell }) => cells.includes(cell.number));

async function ensemblesIn(
  groups: readonly Group[],
  done: readonly DoneCell[],
  evaluate: Evaluate,
): Promise<ReportSection | undefined> {
  const found: GroupEnsembles[] = [];
  const nameOf = groupNames(groups);
  for (const group of groups) {
    const members = cellsIn(group, done).map(({ adaptation }) => adaptation);
    if (members.length < 2 || !group.metric) continue;
    const { ensembles = [] } = await evaluate({ adaptations: members, ensembles: true });
    for (const one of ensembles) found.push({ ...one, group: nameOf(group), metric: group.metric });
  }
  return found.length ? ensemblesSection(found) : undefined;
}

async function transferIn(
  groups: readonly Group[],
  done: readonly DoneCell[],
  evaluate: Evaluate,
): Promise<ReportSection | undefined> {
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
  if (!transfer) return undefined;
  const left = sources.filter((source) => !transfer.sources.includes(source)).map(({ name }) => name);
  return transferSection(transfer, left);
}
