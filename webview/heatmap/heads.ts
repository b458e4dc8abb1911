// How a mask's attention heads deviate from expectation, for one seed or several, and from the density of their matrices.

import { isHeadKind } from "../../src/kinds.ts";
import type { HeadDescription, MaskDescription } from "../../src/mask/describe.ts";
import { type CombinedHead, combineHeads } from "../../src/mask/seeds.ts";
import { sum } from "../../src/mask/statistics.ts";
import type { SeedView } from "../../src/messages.ts";
import type { HeadKind } from "./state.ts";

export interface Ranked extends HeadDescription, Pick<CombinedHead, "seeds" | "agree"> {
  readonly z: number;
}

/** The heads of a kind, combined with any other seeds: marked heads first, then by distance from expectation. */
export function rankedHeads(
  { heads }: MaskDescription,
  kind: HeadKind,
  combined: readonly SeedView[] = [],
): readonly Ranked[] {
  const together = combineHeads([heads, ...combined.map((seed) => seed.heads)]);
  return heads
    .flatMap((head, i): Ranked[] => {
      const { z, seeds, agree, marked } = together[i]!;
      return head.kind === kind && z !== null
        ? [{ ...head, z, seeds, agree, marked: combined.length ? marked : head.marked }]
        : [];
    })
    .sort((a, b) => Number(b.marked) - Number(a.marked) || Math.abs(b.z) - Math.abs(a.z));
}

/**
 * Compares a head's density with the density expected if the zeros of its matrices were randomly placed. A head is part
 * of its matrices, whose number of zeros is fixed, so the fewer heads share them, the less a head can differ (sampling
 * without replacement).
 * Nothing is marked by this z because it is not corrected for the clustering of pruned weights in rows and columns.
 */
export function keptAgainst({ matrices, base }: MaskDescription, { layer, kind, density }: HeadDescription) {
  const of = matrices
    .filter((one) => one.layer === layer && (kind === "all" ? isHeadKind(one.kind) : one.kind === kind))
    .map(({ rows, columns, sparsity }) => ({ weights: (rows * columns) / base.heads, rate: 1 - sparsity }));
  const weights = sum(of, (part) => part.weights);
  const rate = sum(of, (part) => part.weights * part.rate) / weights;
  const variance = sum(of, (part) => part.weights * part.rate * (1 - part.rate)) * (1 - 1 / base.heads);
  const error = Math.sqrt(variance) / weights;
  return { rate, error, z: error ? (density - rate) / error : 0 };
}
