// What a study's finished masks show when they are compared with each other and with finetuned copies.

import { baseWeightsOf } from "../../adaptation/base.ts";
import { readAdaptation } from "../../adaptation/read.ts";
import { agreedOf, agreedTogether } from "../../mask/beside/agreed.ts";
import { movedOf, movedTogether } from "../../mask/beside/moved.ts";
import { flipsOf, needsBase } from "../../mask/changed.ts";
import { controlSeed, controlSuffix } from "../../mask/control.ts";
import type { Mask, Tuned } from "../../mask/file.ts";
import { shortName } from "../cell-text.ts";
import type { Cell } from "../cells.ts";
import type { DoneLine } from "../results.ts";
import type { ReportSection } from "./document.ts";
import { agreedSection, type MovedPair, movedSection } from "./masks.ts";
import { similaritySection } from "./sections.ts";
import { type Compared, similarityOf } from "./similarity.ts";

/** More masks than this are not compared: the pairs would fill pages. */
const MOST_MASKS = 24;

export interface DoneCell {
  readonly cell: Cell;
  readonly line: DoneLine;
  readonly adaptation: string;
}

/** What decides whether two masks can be compared as a whole: the masked matrices of the base model, with their weights. */
const coverOf = ({ matrices, metadata: { base } }: Mask): string =>
  JSON.stringify(matrices.flatMap(({ name }) => (base.weights[name] ? [[name, base.weights[name]]] : [])));

/**
 * undefined unless two masks cover the same matrices of one base model. Those that cover what most cover are compared, and the
 * section says how many are left out.
 */
export async function similarityIn(done: readonly DoneCell[]): Promise<ReportSection | undefined> {
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

/** The first finished mask of a task over a model. */
export interface FirstMask {
  readonly cell: Cell;
  readonly mask: Mask;
}

/** The first finished mask of each task and model, without controls. */
export async function firstMasks(done: readonly DoneCell[]): Promise<FirstMask[]> {
  const found = new Map<string, FirstMask>();
  for (const { cell, adaptation } of done) {
    const of = JSON.stringify([cell.options.model, cell.options.task]);
    if (cell.method !== "mask" || found.has(of)) continue;
    const mask = await readAdaptation(adaptation);
    if (mask.format === "mask" && controlSeed(mask.metadata) === null) found.set(of, { cell, mask });
  }
  return [...found.values()];
}

/** A section on the masks of two or more tasks over the same matrices; undefined if there are none. */
export async function agreedIn(firsts: readonly FirstMask[]): Promise<ReportSection | undefined> {
  const covers = firsts.map(({ cell, mask }) => JSON.stringify([cell.options.model, coverOf(mask)]));
  const alike = covers.map((cover) => firsts.filter((_, i) => covers[i] === cover));
  const [most] = alike.sort((a, b) => b.length - a.length);
  if (!most || most.length < 2) return undefined;
  const agreed = await agreedAmong(most.map(({ mask }) => mask));
  const names = most.map(({ cell }) => `${shortName(cell.task)} ${cell.name}`);
  return agreed && agreedSection(names, agreed);
}

/** In the base model's matrices that all masks have; undefined if an initial mask is unknown. */
export async function agreedAmong(masks: readonly Mask[]) {
  const weightsOf = masks.some(needsBase) ? await baseWeightsOf(masks, {}) : undefined;
  const parts = masks[0]!.matrices.flatMap(({ name }) => {
    if (!masks[0]!.metadata.base.weights[name]) return [];
    const own = masks.map((mask) => mask.matrices.find((matrix) => matrix.name === name));
    if (own.some((matrix) => !matrix)) return [];
    return [masks.map((mask, i) => flipsOf(mask, own[i]!, weightsOf))];
  });
  if (!parts.length || parts.some((flips) => flips.includes(undefined))) return undefined;
  return agreedTogether(parts.map((flips) => agreedOf(flips as Exclude<(typeof flips)[number], undefined>[])));
}

/** A section on each task's mask and a finetuned copy over the same model, if possible of another run seed. */
export async function movedIn(
  firsts: readonly FirstMask[],
  done: readonly DoneCell[],
): Promise<ReportSection | undefined> {
  const pairs: MovedPair[] = [];
  for (const { cell, mask } of firsts) {
    const { model, task, seed } = cell.options;
    const copies = done.filter(
      ({ cell: { method, options } }) => method === "finetune" && options.model === model && options.task === task,
    );
    const copy = copies.find((other) => other.cell.options.seed !== seed) ?? copies[0];
    const tuned = copy && (await readAdaptation(copy.adaptation));
    const moved = tuned?.format === "tuned" ? await movedBetween(mask, tuned) : undefined;
    if (!moved) continue;
    const same = copy!.cell.options.seed === seed ? " (same run seed)" : "";
    pairs.push({ name: `${shortName(cell.task)}: mask ${cell.name}, finetuned ${copy!.cell.name}${same}`, moved });
  }
  return pairs.length ? movedSection(pairs) : undefined;
}

/** Over the base model's matrices that are masked and finetuned; undefined if there is none or the initial mask is unknown. */
export async function movedBetween(mask: Mask, tuned: Tuned) {
  const weightsOf = await baseWeightsOf([mask], {});
  const parts = mask.matrices.flatMap((matrix) => {
    const [before, after] = [weightsOf(matrix.name), tuned.tensors.find(({ name }) => name === matrix.name)?.data];
    const flips = before && after && flipsOf(mask, matrix, weightsOf);
    return flips
      ? [
          movedOf(
            flips,
            before.map((value, i) => Math.abs(after![i]! - value)),
          ),
        ]
      : [];
  });
  return parts.length ? movedTogether(parts) : undefined;
}
