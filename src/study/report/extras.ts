// Sections of a report whose numbers are not stored: adaptations are evaluated again, together or on other tasks.

import { readMetadata } from "../../adaptation/metadata.ts";
import { DRAWN } from "../../adaptation/representation/projection.ts";
import type { Representation, RepresentationOptions } from "../../adaptation/representation/representation.ts";
import { folded } from "../../data/labels/names.ts";
import { InputError } from "../../errors.ts";
import { type Group, groupNames } from "../groups.ts";
import type { DoneCell } from "./compared.ts";
import type { ReportSection } from "./document.ts";
import { choiceSection, representationSection } from "./representation.ts";
import { ensemblesSection, type GroupEnsembles } from "./sections.ts";
import { type Evaluate, type Source, transferOf, transferSection } from "./transfer.ts";

export const EXTRAS = ["ensembles", "transfer", "representations"] as const;
export type Extra = (typeof EXTRAS)[number];

/** What a compute process is asked for, on test examples. */
export interface Asks {
  readonly evaluate: Evaluate;
  /** Compares adaptations of one task by the vectors of its test examples. */
  readonly represent: (
    options: Pick<RepresentationOptions, "adaptations" | "task" | "rows" | "seed" | "projection">,
  ) => Promise<Representation>;
}

/** A section that was asked for and cannot be made says why, and leaves the rest of the report as it is. */
export async function extraSections(
  groups: readonly Group[],
  done: readonly DoneCell[],
  which: readonly Extra[],
  { evaluate, represent }: Asks,
): Promise<ReportSection[]> {
  const makers: Record<Extra, () => Promise<ReportSection[]>> = {
    ensembles: () => ensemblesIn(groups, done, evaluate),
    transfer: () => transferIn(groups, done, evaluate),
    representations: () => representationsIn(groups, done, represent),
  };
  const sections: ReportSection[] = [];
  for (const extra of EXTRAS) if (which.includes(extra)) sections.push(...(await explained(extra, makers[extra])));
  return sections;
}

const TITLES: Readonly<Record<Extra, string>> = {
  ensembles: "Ensembles of seeds",
  transfer: "Transfer to other tasks",
  representations: "Classes in the space of representations",
};
const NOTHING: Readonly<Record<Extra, string>> = {
  ensembles: "No group has two finished seeds, which could vote together.",
  transfer: "No two tasks have the same kind and labels.",
  representations: "No cell is finished.",
};

/** The sections, or one that says why there is none. */
async function explained(extra: Extra, make: () => Promise<ReportSection[]>): Promise<ReportSection[]> {
  const saying = (text: string): ReportSection[] => [
    { id: extra, title: TITLES[extra], claim: null, text: [text], table: null, figure: null },
  ];
  try {
    const sections = await make();
    return sections.length ? sections : saying(NOTHING[extra]);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return saying(`It cannot be made: ${error.message}`);
  }
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
    const members = cellsIn(group, done);
    if (members.length < 2 || !group.metric) continue;
    const tasks = Object.fromEntries(members.map(({ adaptation, cell }) => [adaptation, cell.options.task]));
    const adaptations = members.map(({ adaptation }) => adaptation);
    const { ensembles = [] } = await evaluate({ adaptations, tasks, ensembles: true });
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
    const { kind, labels } = (await readMetadata(first.adaptation)).task;
    const asks = JSON.stringify([kind, labels.map(folded)]);
    sources.push({ name: nameOf(group), adaptation: first.adaptation, task: first.cell.options.task, asks });
  }
  const transfer = await transferOf(sources, evaluate);
  if (!transfer) return [];
  const left = sources.filter((source) => !transfer.sources.includes(source)).map(({ name }) => name);
  return [transferSection(transfer, left)];
}

const FIRSTS =
  "Each group is shown by its first finished cell, which does not show how much the numbers vary with the seed. The figure holds the beginning of each text, which the pointer shows.";

/** A section for each task, with the first finished cell of each group. */
async function representationsIn(
  groups: readonly Group[],
  done: readonly DoneCell[],
  represent: Asks["represent"],
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
    const { kind, name } = (await readMetadata(own[0]!.adaptation)).task;
    if (kind === "choice") sections.push(choiceSection(name, number));
    else {
      const names = new Map(own.map(({ adaptation, name }) => [adaptation, name]));
      const found = await represent({ adaptations: [...names.keys()], task, ...DRAWN, projection: "pca" });
      const section = representationSection(found, (file) => names.get(file)!, number);
      sections.push({ ...section, text: [...section.text, FIRSTS] });
    }
  }
  return sections;
}
