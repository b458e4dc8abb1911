// How masks change during training, compared with the initial masks and with the masks of the previous evaluation.

import { type BitMatrix, countBoth, countOnes } from "../mask/bits.ts";
import type { Dynamics, LayerMotion, Motion } from "./events.ts";
import type { MaskedMatrix } from "./kept.ts";

/** `initial` and `previous` contain the same matrices as `masks`, in the same order. null without matrices. */
export function dynamicsOf(
  masks: readonly MaskedMatrix[],
  initial: readonly MaskedMatrix[],
  previous: readonly MaskedMatrix[],
): Dynamics | null {
  if (!masks.length) return null;
  const counted = masks.map((mask, i) => ({ mask, counts: countsOf(mask.bits, initial[i]!.bits, previous[i]!.bits) }));
  const layers = [...new Set(masks.map(({ layer }) => layer))].map((layer): LayerMotion => {
    const inside = counted.filter(({ mask }) => mask.layer === layer);
    const matrices = inside.map(({ mask: { name, kind }, counts }) => ({ name, kind, ...motionOf([counts]) }));
    return { layer, ...motionOf(inside.map(({ counts }) => counts)), matrices };
  });
  return { ...motionOf(counted.map(({ counts }) => counts)), layers };
}

/** The sparsity over all matrices; null without matrices. */
export function sparsityOf(masks: readonly MaskedMatrix[]): number | null {
  if (!masks.length) return null;
  const weights = masks.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const ones = masks.reduce((sum, { bits }) => sum + countOnes(bits), 0);
  return 1 - ones / weights;
}

interface Counts {
  readonly weights: number;
  readonly kept: number;
  readonly pruned: number;
  readonly regrown: number;
  /** Weights kept in both this mask and the previous one (`both`), and in at least one of the two (`either`). */
  readonly both: number;
  readonly either: number;
}

function countsOf(now: BitMatrix, initial: BitMatrix, previous: BitMatrix): Counts {
  const both = countBoth(now, previous);
  const kept = countOnes(now);
  const stayed = countBoth(now, initial);
  return {
    weights: now.rows * now.columns,
    kept,
    pruned: countOnes(initial) - stayed,
    regrown: kept - stayed,
    both,
    either: kept + countOnes(previous) - both,
  };
}

function motionOf(counts: readonly Counts[]): Motion {
  const sum = (of: keyof Counts) => counts.reduce((total, count) => total + count[of], 0);
  const [weights, both, either] = [sum("weights"), sum("both"), sum("either")];
  return {
    weights,
    sparsity: 1 - sum("kept") / weights,
    pruned: sum("pruned"),
    regrown: sum("regrown"),
    flips: either - both,
    iou: either ? both / either : 1,
  };
}
