// What unrelated masks over one base share anyway: the lifts of reference pairs, and a pair's place among them.

import { controlSeed } from "./control.ts";
import type { MaskMetadata } from "./metadata.ts";
import { median, QUANTILE } from "./significance.ts";

/** A lift among those of reference pairs. */
export interface Place {
  readonly median: number;
  /** The median absolute deviation from the median. */
  readonly mad: number;
  /** Reference pairs. */
  readonly pairs: number;
  /** (lift − median) / (1.4826 · mad), for a normal distribution in its standard deviations; null where mad is 0. */
  readonly deviations: number | null;
  /** The range in which 95 % of unrelated pairs are expected to lie, given that there are no more references. */
  readonly low: number;
  readonly high: number;
}

/** Which null a comparison is judged by. */
export type Null = "independence" | "unrelated masks" | "permuted labels";

/** Fewer reference pairs give no place. */
export const FEWEST_PAIRS = 5;

/** Of a normal distribution, its standard deviation over its median absolute deviation. */
const NORMAL = 1.4826022185056018;

/** Tasks that the user named as related, group by group. */
export type Related = readonly (readonly string[])[];

type Facts = Pick<MaskMetadata, "task" | "run">;

/**
 * Whether two masks say nothing of each other's task: their tasks differ in name and data, and the user named no group of
 * related tasks with both. A control, trained on permuted labels, is unrelated to every mask but the controls of its own
 * labels: one seed permutes alike. Where a digest of the training data is missing, they are not known to be unrelated.
 */
export function areUnrelated(a: Facts, b: Facts, related: Related): boolean {
  const [first, second] = [a.task.dataSha256.train, b.task.dataSha256.train];
  if (first === undefined || second === undefined) return false;
  const [controlA, controlB] = [controlSeed(a), controlSeed(b)];
  if (controlA !== null || controlB !== null) return controlA !== controlB || first !== second;
  if (first === second || a.task.name === b.task.name) return false;
  return !related.some((group) => group.includes(a.task.name) && group.includes(b.task.name));
}

/** Whether two masks are over one base model: of the matrices that both mask there are some, and all have the same weights. */
export function sameBase({ base: a }: Pick<MaskMetadata, "base">, { base: b }: Pick<MaskMetadata, "base">): boolean {
  const shared = Object.keys(a.weights).filter((name) => Object.hasOwn(b.weights, name));
  return shared.length > 0 && shared.every((name) => a.weights[name] === b.weights[name]);
}

/**
 * The place of a lift among those of reference pairs; null with fewer than FEWEST_PAIRS. Median and median absolute deviation,
 * since some of the references may be related after all.
 */
export function placeAmong(lift: number, references: readonly number[]): Place | null {
  const pairs = references.length;
  if (pairs < FEWEST_PAIRS) return null;
  const middle = median(references);
  const mad = median(references.map((reference) => Math.abs(reference - middle)));
  const reach = reachOf(pairs) * NORMAL * mad;
  return {
    ...{ median: middle, mad, pairs },
    deviations: mad > 0 ? (lift - middle) / (NORMAL * mad) : null,
    ...{ low: middle - reach, high: middle + reach },
  };
}

/**
 * How many deviations from the median hold 95 % of further values, where median and deviation are those of few normal
 * values, as simulated (test/fixtures/mask/make.py), within 2 % from five values on; QUANTILE for endless ones. Of an odd
 * number of values one is the median itself and deviates by 0.
 */
export function reachOf(values: number): number {
  return QUANTILE * Math.exp(4.05 / (values - (values % 2 ? 1.4 : 0.8)));
}
