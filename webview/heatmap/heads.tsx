// Attention heads of a mask: deviation from expectation, for one seed or several, and from their matrices' density.

import { isHeadKind } from "../../src/kinds.ts";
import type { HeadDescription, MaskDescription } from "../../src/mask/describe.ts";
import { type CombinedHead, combineHeads } from "../../src/mask/seeds.ts";
import { sum } from "../../src/mask/statistics.ts";
import { t } from "../ui/host.ts";
import { dropdown } from "../ui/toolkit.ts";
import { change, type HeadKind, state, told } from "./state.ts";

export interface Ranked extends HeadDescription, Pick<CombinedHead, "seeds" | "agree"> {
  readonly z: number;
}

/**
 * Heads of a kind, marked ones first and then by distance from expectation, of this mask or with all seeds of its task
 * combined.
 */
export function rankedHeads({ heads }: MaskDescription, kind: HeadKind, combined: boolean): Ranked[] {
  const together = combineHeads([heads, ...(combined ? told.seeds.map((seed) => seed.heads) : [])]);
  return heads
    .flatMap((head, i): Ranked[] => {
      const { z, seeds, agree, marked } = together[i]!;
      return head.kind === kind && z !== null
        ? [{ ...head, z, seeds, agree, marked: combined ? marked : head.marked }]
        : [];
    })
    .sort((a, b) => Number(b.marked) - Number(a.marked) || Math.abs(b.z) - Math.abs(a.z));
}

export const KINDS: readonly (readonly [HeadKind, string])[] = [
  ["all", t("Q, K, V and AO together")],
  ["Q", t("Q rows")],
  ["K", t("K rows")],
  ["V", t("V rows")],
  ["AO", t("AO columns")],
];

/** Whether the heads show all seeds of the task combined. */
export const isCombined = (): boolean => state.combined && told.seeds.length > 0 && state.tab === "changed";

/** "Attention heads", and of which matrices where it is not all. */
export function headsTitle(): string {
  const name = KINDS.find(([kind]) => kind === state.heads)?.[1];
  return state.heads === "all" || !name ? t("Attention heads") : t("Attention heads, {0}", name);
}

export const headKindChooser = (): HTMLElement =>
  dropdown(t("Matrices of a head"), KINDS, state.heads, (heads) => change({ heads: heads as HeadKind }));

/**
 * A head's density compared with that of its matrices if their zeros were randomly placed. A head is part of its matrices,
 * whose number of zeros is fixed: the fewer heads share them, the less it can differ (sampling without replacement). No marks
 * derive from it: pruned weights cluster in rows and columns, and this z is not corrected for that.
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
