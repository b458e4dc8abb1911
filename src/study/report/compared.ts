// What a study's finished masks show when they are compared with each other and with finetuned copies.

import { setImmediate } from "node:timers/promises";
import { baseWeightsOf } from "../../adaptation/base.ts";
import { readAdaptation } from "../../adaptation/read.ts";
import { type Agreed, agreedOf, agreedTogether } from "../../mask/beside/agreed.ts";
import { type Moved, movedOf, movedTogether } from "../../mask/beside/moved.ts";
import { type Flips, flipsOf, needsBase } from "../../mask/changed.ts";
import { maskSeedOf } from "../../mask/compare.ts";
import { controlSeed, controlSuffix } from "../../mask/control.ts";
import type { Mask, Tuned } from "../../mask/file.ts";
import type { WeightsOf } from "../../mask/initial.ts";
import { shortName } from "../cell-text.ts";
import type { Cell } from "../cells.ts";
import type { DoneLine } from "../results.ts";
import type { ReportSection } from "./document.ts";
import { agreedSection, type MovedPair, movedSection } from "./masks.ts";
import { SAME_MASK_SEED, SAME_RUN_SEED, similaritySection } from "./sections.ts";
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

/** A finished mask. */
export interface DoneMask {
  readonly cell: Cell;
  readonly mask: Mask;
}

/** All finished masks, controls included. */
export async function masksIn(done: readonly DoneCell[]): Promise<DoneMask[]> {
  const found: DoneMask[] = [];
  for (const { cell, adaptation } of done) {
    if (!adaptation.endsWith(".mask.safetensors")) continue;
    const mask = await readAdaptation(adaptation);
    if (mask.format === "mask") found.push({ cell, mask });
  }
  return found;
}

/** Those with the most frequent key, in their order; of keys that are equally frequent, the first one's. */
function mostAlike<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

const leftOut = (count: number): string[] =>
  count ? [`${count} masks over other matrices or another base model are left out.`] : [];

/** The base model's weights, if an initial mask needs them; `models`: its folders now. */
const weightsFor = async (masks: readonly Mask[], models: readonly string[]): Promise<WeightsOf | undefined> =>
  masks.some(needsBase) ? baseWeightsOf(masks, { models: async () => models }) : undefined;

/**
 * undefined unless two masks cover the same matrices of one base model. Those that cover what most cover are compared, and the
 * section says how many are left out.
 */
export async function similarityIn(masks: readonly DoneMask[]): Promise<ReportSection | undefined> {
  const most = mostAlike(masks, ({ mask }) => coverOf(mask)).map(({ cell, mask }) => {
    const control = controlSuffix(controlSeed(mask.metadata));
    const name = `${shortName(cell.task)}${control} ${cell.name}`;
    return { mask, model: cell.options.model, task: cell.options.task + control, name };
  });
  if (most.length < 2) return undefined;
  const shown = spread(most, MOST_MASKS);
  const own = shown.map(({ mask }) => mask);
  const weightsOf = await weightsFor(own, [...new Set(shown.map(({ model }) => model))]);
  const section = similaritySection(similarityOf(shown, weightsOf));
  const left = [
    ...(most.length > shown.length
      ? [
          `${shown.length} of ${most.length} masks over the same matrices are compared, as many of each task as there is room for.`,
        ]
      : []),
    ...leftOut(masks.length - most.length),
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

/**
 * A mask of each task and model, without controls: of a run and mask seed that no mask of another task has, if there is one, because
 * one seed makes masks more alike.
 */
export function oneOfEachTask(masks: readonly DoneMask[]): DoneMask[] {
  const seedsOf = ({ options: { model, seed, maskSeed } }: Cell) => [seed, maskSeed].map((one) => `${model} ${one}`);
  const used = new Set<string>();
  const own = masks.filter(({ cell: { method, options } }) => method === "mask" && options.permuteLabels === null);
  return [...new Set(own.map(({ cell }) => taskOf(cell)))].map((of) => {
    const candidates = own.filter(({ cell }) => taskOf(cell) === of);
    const fresh = candidates.find(({ cell }) => !seedsOf(cell).some((seed) => used.has(seed)));
    const chosen = fresh ?? candidates[0]!;
    for (const seed of seedsOf(chosen.cell)) used.add(seed);
    return chosen;
  });
}

const taskOf = ({ options: { model, task } }: Cell): string => JSON.stringify([model, task]);

/** A section on the masks of two or more tasks over the same matrices of one model; undefined if there are none. */
export async function agreedIn(masks: readonly DoneMask[]): Promise<ReportSection | undefined> {
  const most = mostAlike(masks, ({ cell, mask }) => JSON.stringify([cell.options.model, coverOf(mask)]));
  const [first] = most;
  if (!first || most.length < 2) return undefined;
  const own = most.map(({ mask }) => mask);
  const agreed = await agreedAmong(own, first.cell.options.model);
  const names = most.map(({ cell }) => `${shortName(cell.task)} ${cell.name}`);
  const notes = [...seedNotes(own), ...leftOut(masks.length - most.length)];
  return agreed && agreedSection(names, agreed, notes);
}

/** Why seeds that masks share make them more alike; empty if they share none. */
function seedNotes(masks: readonly Mask[]): string[] {
  const shared = (of: (mask: Mask) => number | undefined) => {
    const seeds = masks.flatMap((mask) => of(mask) ?? []);
    return new Set(seeds).size < seeds.length;
  };
  return [
    ...(shared(maskSeedOf) ? [SAME_MASK_SEED] : []),
    ...(shared(({ metadata }) => metadata.seeds.run) ? [SAME_RUN_SEED] : []),
  ];
}

/**
 * Below the last layer, in the base model's matrices that all masks have; `model`: its folder now. undefined if there is none, or if
 * an initial mask is unknown.
 */
export async function agreedAmong(masks: readonly Mask[], model: string): Promise<Agreed | undefined> {
  const weightsOf = await weightsFor(masks, [model]);
  const parts: Agreed[] = [];
  const { base } = masks[0]!.metadata;
  for (const { name, layer } of masks[0]!.matrices) {
    if (!base.weights[name] || layer === null || layer === base.layers - 1) continue;
    const own = masks.map(({ matrices }) => matrices.find((matrix) => matrix.name === name));
    if (own.some((matrix) => !matrix)) continue;
    const flips = masks.map((mask, i) => flipsOf(mask, own[i]!, weightsOf));
    if (flips.includes(undefined)) return undefined;
    parts.push(agreedOf(flips as Flips[])); // the cells of one matrix at a time are in memory
    await setImmediate();
  }
  return parts.length ? agreedTogether(parts) : undefined;
}

/** A section on each task's mask and a finetuned copy over the same model, if possible of another run seed. */
export async function movedIn(
  masks: readonly DoneMask[],
  done: readonly DoneCell[],
): Promise<ReportSection | undefined> {
  const pairs: MovedPair[] = [];
  const models = new Set(masks.map(({ cell }) => cell.options.model));
  for (const { cell, mask } of masks) {
    const { model, seed } = cell.options;
    const copies = done.filter(
      ({ cell: other }) =>
        other.method === "finetune" &&
        other.options.fixedMask === null &&
        other.options.permuteLabels === null &&
        taskOf(other) === taskOf(cell),
    );
    const copy = copies.find((other) => other.cell.options.seed !== seed) ?? copies[0];
    const tuned = copy && (await readAdaptation(copy.adaptation));
    const moved = tuned?.format === "tuned" ? await movedBetween(mask, tuned, model) : undefined;
    if (!moved) continue;
    const same = copy!.cell.options.seed === seed ? " (same run seed)" : "";
    const over = models.size > 1 ? `${shortName(model)}, ` : "";
    const name = `${over}${shortName(cell.task)}: mask ${cell.name}, finetuned ${copy!.cell.name}${same}`;
    pairs.push({ name, moved });
  }
  return pairs.length ? movedSection(pairs) : undefined;
}

/**
 * Over the base model's matrices that are masked and finetuned; `model`: its folder now. undefined if there is none, or if the initial
 * mask is unknown.
 */
export async function movedBetween(mask: Mask, tuned: Tuned, model: string): Promise<Moved | undefined> {
  const weightsOf = await baseWeightsOf([mask], { models: async () => [model] });
  const parts: Moved[] = [];
  for (const matrix of mask.matrices) {
    const [before, after] = [weightsOf(matrix.name), tuned.tensors.find(({ name }) => name === matrix.name)?.data];
    const flips = before && after && flipsOf(mask, matrix, weightsOf);
    if (flips) parts.push(movedOf(flips, before, after!));
    await setImmediate();
  }
  return parts.length ? movedTogether(parts) : undefined;
}
