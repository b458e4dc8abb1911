// How alike a study's masks are: overlap of pruned weights, the paper's dissimilarity, and whether each finds the tasks again.

import { comparePairs, type PairComparison } from "../../mask/compare.ts";
import type { Mask } from "../../mask/file.ts";
import type { WeightsOf } from "../../mask/initial.ts";
import { type Spread, spreadOf } from "../../spread.ts";
import { adjustedRand, clustersOf } from "./cluster.ts";

/** A mask of the study. */
export interface Compared {
  readonly mask: Mask;
  /** The task and the cell: "sst2 003". */
  readonly name: string;
  readonly task: string;
}

export interface Similarity {
  readonly names: readonly string[];
  readonly tasks: readonly string[];
  /** Of each pair, by the indices of its masks, a < b. */
  readonly pairs: readonly (PairComparison & { readonly first: number; readonly second: number })[];
  /** Over pairs of one task, and of two; null if there are none or lifts are unknown. */
  readonly lifts: { readonly within: Spread | null; readonly between: Spread | null };
  /** The paper's d divided by its chance level. */
  readonly dissimilarities: { readonly within: Spread | null; readonly between: Spread | null };
  /**
   * Clusters by average linkage, as many as tasks, against the tasks; null unless there are at least two tasks, one of them with
   * two masks, and the number is known for each pair.
   */
  readonly rand: { readonly lift: number | null; readonly heads: number | null; readonly d: number | null };
}

/** For masks over the same matrices. Throws an InputError if two masks have different base models or no matrix in common. */
export function similarityOf(compared: readonly Compared[], weightsOf?: WeightsOf): Similarity {
  const masks = compared.map(({ mask }) => mask);
  const indexOf = new Map(masks.map(({ file }, i) => [file, i]));
  const pairs = comparePairs(masks, weightsOf).pairs.map((pair) => ({
    ...{ ...pair, first: indexOf.get(pair.a)!, second: indexOf.get(pair.b)! },
  }));
  const tasks = compared.map(({ task }) => task);
  const spreads = (of: (pair: PairComparison) => number | null) => {
    const over = (isWithin: boolean) =>
      spreadOf(
        pairs
          .filter(({ first, second }) => (tasks[first] === tasks[second]) === isWithin)
          .flatMap((pair) => of(pair) ?? []),
      );
    return { within: over(true), between: over(false) };
  };
  const rand = (distance: (pair: PairComparison) => number | null): number | null => {
    const count = new Set(tasks).size;
    const known = pairs.map((pair) => ({ ...pair, distance: distance(pair) }));
    if (count < 2 || count === tasks.length || known.some((pair) => pair.distance === null)) return null;
    const distances = masks.map(() => new Array<number>(masks.length).fill(0));
    for (const pair of known) {
      distances[pair.first]![pair.second] = pair.distance!;
      distances[pair.second]![pair.first] = pair.distance!;
    }
    return adjustedRand(clustersOf(distances, count), tasks);
  };
  return {
    ...{ names: compared.map(({ name }) => name), tasks, pairs },
    lifts: spreads(({ lift }) => lift?.value ?? null),
    dissimilarities: spreads(({ d, chance }) => (d === null || !chance ? null : d / chance)),
    // A lift is a ratio: pairs twice and half as alike as by chance are equally far from it.
    rand: {
      lift: rand(({ lift }) => (lift && lift.value > 0 ? -Math.log(lift.value) : null)),
      heads: rand(({ headCorrelation }) => (headCorrelation ? 1 - headCorrelation.value : null)),
      d: rand(({ d }) => d),
    },
  };
}
