// What a comparison of two masks means, given its null.

import type { PairComparison } from "./compare.ts";
import { CLEAR } from "./significance.ts";

/** Whether two masks overlap more than the null, less, or neither; null if unknown. */
export type Verdict = "more" | "less" | "neither" | null;

/** Judges by the range of reference pairs if there is one; otherwise by z, whose null is independence. */
export function verdictOf({ lift, z, place }: Pick<PairComparison, "lift" | "z" | "place">): Verdict {
  if (lift === null || z === null) return null;
  if (place) return lift.value > place.high ? "more" : lift.value < place.low ? "less" : "neither";
  return Math.abs(z) < CLEAR ? "neither" : z > 0 ? "more" : "less";
}
