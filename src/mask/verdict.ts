// What a comparison of two masks means, given its null hypothesis.

import type { PairComparison } from "./compare.ts";
import { CLEAR } from "./significance.ts";

/** Whether two masks overlap more or less than under the null hypothesis, or neither; null if unknown. */
export type Verdict = "more" | "less" | "neither" | null;

/**
 * If there is a place among reference pairs, compares the lift with their range; otherwise uses z, whose null
 * hypothesis is independence.
 */
export function verdictOf({ lift, z, place }: Pick<PairComparison, "lift" | "z" | "place">): Verdict {
  if (lift === null || z === null) return null;
  if (place) return lift.value > place.high ? "more" : lift.value < place.low ? "less" : "neither";
  return Math.abs(z) < CLEAR ? "neither" : z > 0 ? "more" : "less";
}
