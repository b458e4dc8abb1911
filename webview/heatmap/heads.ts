// How a mask's attention heads deviate from expectation, for one seed or several, and from the density of their matrices.

import { HEAD_VIEWS, headCount, kindsOfView } from "../../src/anatomy/heads.ts";
import type { HeadDescription, MaskDescription } from "../../src/mask/describe.ts";
import { isOnItsOwn } from "../../src/mask/head-marks.ts";
import { type CombinedHead, combineHeads } from "../../src/mask/seeds.ts";
import { sum } from "../../src/mask/statistics.ts";
import type { SeedView } from "../../src/messages.ts";
import { headName } from "../draw/layers.ts";
import * as l10n from "../ui/l10n.ts";
import type { HeadKind } from "./state.ts";

export interface Ranked extends HeadDescription, Pick<CombinedHead, "seeds" | "agree"> {
  readonly z: number;
}

/** The views whose heads are tested on their own (see `headMarks`). */
const ownViews = ({ base }: MaskDescription): readonly HeadKind[] =>
  HEAD_VIEWS.filter((view) => isOnItsOwn(view, base));

/** The heads that are tested on their own, in the mask's order. */
export const ownHeads = (mask: MaskDescription): HeadDescription[] =>
  mask.heads.filter(({ kind }) => ownViews(mask).includes(kind));

/** The name of a head among heads of several views: "L3H9", "L3H1 (K)", "D3H9 (cross)". */
export function nameAmongViews(head: Pick<HeadDescription, "layer" | "head" | "kind">): string {
  const { kind } = head;
  return kind === "all" ? headName(head) : `${headName(head)} (${kind === "cross" ? l10n.t("cross") : kind})`;
}

/**
 * The heads of a view, or all that are tested on their own, combined with any other seeds: marked heads first, then by
 * distance from expectation.
 */
export function rankedHeads(
  mask: MaskDescription,
  kind: HeadKind | "own",
  combined: readonly SeedView[] = [],
): readonly Ranked[] {
  const { heads, base } = mask;
  const views = kind === "own" ? ownViews(mask) : [kind];
  const together = combineHeads([heads, ...combined.map((seed) => seed.heads)], base);
  return heads
    .flatMap((head, i): Ranked[] => {
      const { z, seeds, agree, marked } = together[i]!;
      return views.includes(head.kind) && z !== null
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
  const [kinds, count] = [kindsOfView(kind, base), headCount(kind, base)];
  const of = matrices
    .filter((one) => one.layer === layer && kinds.some((own) => own === one.kind))
    .map(({ rows, columns, sparsity }) => ({ weights: (rows * columns) / count, rate: 1 - sparsity }));
  const weights = sum(of, (part) => part.weights);
  const rate = sum(of, (part) => part.weights * part.rate) / weights;
  const variance = sum(of, (part) => part.weights * part.rate * (1 - part.rate)) * (1 - 1 / count);
  const error = Math.sqrt(variance) / weights;
  return { rate, error, z: error ? (density - rate) / error : 0 };
}
