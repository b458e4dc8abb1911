// How much unrelated masks over the same base model overlap: the lifts of reference pairs, and where another pair's
// lift falls among them.

import { controlSeed } from "./control.ts";
import type { MaskMetadata } from "./metadata.ts";
import { median, QUANTILE } from "./significance.ts";

/** Where a lift falls among the lifts of reference pairs. */
export interface Place {
  readonly median: number;
  /** The median absolute deviation from the median. */
  readonly mad: number;
  /** The number of reference pairs. */
  readonly pairs: number;
  /** (lift − median) / (1.4826 · mad): for a normal distribution, in standard deviations; null if mad is 0. */
  readonly deviations: number | null;
  /** The range expected to contain 95 % of unrelated pairs, given the small number of references. */
  readonly low: number;
  readonly high: number;
}

/** The null hypothesis that a comparison uses. */
export type Null = "independence" | "unrelated masks" | "permuted labels";

/** The minimum number of reference pairs for computing a place. */
export const FEWEST_PAIRS = 5;

/** The standard deviation of a normal distribution divided by its median absolute deviation. */
const NORMAL = 1.4826022185056018;

/** Groups of tasks that the user declared related. */
export type Related = readonly (readonly string[])[];

type Facts = Pick<MaskMetadata, "task" | "run">;

/**
 * Whether two masks have unrelated tasks: the tasks differ in name and data, and the user did not declare them related.
 * A control, trained on permuted labels, is unrelated to every mask except controls with the same data and seed, which
 * were trained on the same permuted labels. If a digest of the training data is missing, the masks do not count as
 * unrelated.
 */
export function areUnrelated(a: Facts, b: Facts, related: Related): boolean {
  const [first, second] = [a.task.dataSha256.train, b.task.dataSha256.train];
  if (first === undefined || second === undefined) return false;
  const [controlA, controlB] = [controlSeed(a), controlSeed(b)];
  if (controlA !== null || controlB !== null) return controlA !== controlB || first !== second;
  if (first === second || a.task.name === b.task.name) return false;
  return !related.some((group) => group.includes(a.task.name) && group.includes(b.task.name));
}

/** Whether two masks have the same base model: they have matrices in common, all with the same weights. */
export function sameBase({ base: a }: Pick<MaskMetadata, "base">, { base: b }: Pick<MaskMetadata, "base">): boolean {
  const shared = Object.keys(a.weights).filter((name) => Object.hasOwn(b.weights, name));
  return shared.length > 0 && shared.every((name) => a.weights[name] === b.weights[name]);
}

/**
 * The place of a lift among the lifts of reference pairs; null with fewer than FEWEST_PAIRS pairs. Uses the median and
 * the median absolute deviation, because some references may be related after all.
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
 * The number of deviations on either side of the median within which 95 % of new values fall, if the median and the
 * deviation are estimated from a few normal values. Agrees with simulations (test/fixtures/mask/make.py) to within 2 %
 * for five or more values, and tends to QUANTILE as their number grows. If the number of values is odd, one of them is
 * the median and deviates by 0.
 */
export function reachOf(values: number): number {
  return QUANTILE * Math.exp(4.05 / (values - (values % 2 ? 1.4 : 0.8)));
}
