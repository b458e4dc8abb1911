// The deletion curve: whether a label's probability falls faster if tokens are deleted in the order of their evidence than if
// they are deleted in random order (Samek et al. 2017, doi 10.1109/TNNLS.2016.2599820; DeYoung et al. 2020, "ERASER").

import { Random } from "../data/random.ts";
import type { Deletion } from "./prediction.ts";

/** The number of random orders, so p is at least 1 / 21. */
export const ORDERS = 20;
/** The 0.975 quantile of Student's t with ORDERS − 1 degrees of freedom. */
const T = 2.0930240544;
/** A fixed seed: texts with equally many tokens are deleted in the same random orders. */
const SEED = 1;
/** The maximum number of points after the first one; in a longer text, several tokens are deleted at once. */
export const MOST_POINTS = 20;

/** What is deleted: for each curve, the positions to replace at each of its points. */
export interface DeletionPlan {
  /** The number of deleted tokens at each point. */
  readonly deleted: readonly number[];
  /** Positions in the order in which they are deleted: the largest evidence first, the smallest first, then at random. */
  readonly orders: readonly (readonly number[])[];
  /** The distinct sets of positions to replace, each in ascending order. */
  readonly sets: readonly (readonly number[])[];
  /** For each order and point, the index of its set. */
  readonly at: readonly (readonly number[])[];
}

/**
 * Plans the curves of a text whose own tokens are at `positions` and have this evidence. Tokens with equal evidence are deleted
 * from left to right.
 */
export function deletionPlan(positions: readonly number[], evidence: (position: number) => number): DeletionPlan {
  const count = positions.length;
  const points = Math.min(count, MOST_POINTS);
  const deleted = Array.from({ length: points + 1 }, (_, i) => (points ? Math.round((i * count) / points) : 0));
  const largest = positions.toSorted((a, b) => evidence(b) - evidence(a));
  const smallest = positions.toSorted((a, b) => evidence(a) - evidence(b));
  const random = new Random(SEED, "deletion");
  const drawn = Array.from({ length: ORDERS }, () => {
    const order = [...positions];
    random.shuffle(order);
    return order;
  });
  const orders = [largest, smallest, ...drawn];
  // Equal sets are scored once, so that equal orders have exactly equal areas.
  const sets: number[][] = [];
  const known = new Map<string, number>();
  const at = orders.map((order) =>
    deleted.map((many) => {
      const set = order.slice(0, many).sort((a, b) => a - b);
      const key = set.join();
      if (!known.has(key)) known.set(key, sets.push(set) - 1);
      return known.get(key)!;
    }),
  );
  return { deleted, orders, sets, at };
}

/** The curves and their comparison, from the label's probability for each of the plan's sets. */
export function deletionOf(
  { deleted, at }: DeletionPlan,
  probabilities: readonly number[],
  replacement: string,
): Deletion {
  const [largestFirst, smallestFirst, ...drawn] = at.map((sets) => sets.map((set) => probabilities[set]!));
  const over = (work: (values: readonly number[]) => number) =>
    deleted.map((_, point) => work(drawn.map((curve) => curve[point]!)));
  const [area, lowest] = [areaUnder(largestFirst!, deleted), areaUnder(smallestFirst!, deleted)];
  const areas = drawn.map((curve) => areaUnder(curve, deleted));
  const mean = meanOf(areas);
  const squares = areas.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const margin = T * Math.sqrt(squares / (ORDERS - 1) / ORDERS);
  const around = (value: number) => ({ value, low: value - margin, high: value + margin });
  return {
    ...{ replacement, deleted, largestFirst: largestFirst!, smallestFirst: smallestFirst! },
    random: { mean: over(meanOf), low: over((all) => Math.min(...all)), high: over((all) => Math.max(...all)) },
    orders: ORDERS,
    areas: { largestFirst: area, smallestFirst: lowest, random: around(mean) },
    difference: around(mean - area),
    p: (1 + areas.filter((one) => one <= area).length) / (1 + ORDERS),
  };
}

/** The area under a curve by trapezoids, over the share of deleted tokens; the only value if nothing can be deleted. */
function areaUnder(curve: readonly number[], deleted: readonly number[]): number {
  const all = deleted.at(-1)!;
  if (!all) return curve[0]!;
  let area = 0;
  for (let i = 1; i < curve.length; i++)
    area += ((deleted[i]! - deleted[i - 1]!) / all) * ((curve[i]! + curve[i - 1]!) / 2);
  return area;
}

/** Exact if all values are equal. */
const meanOf = (values: readonly number[]): number =>
  values.reduce((mean, value, i) => mean + (value - mean) / (i + 1), 0);
