// The range from which initial scores are drawn so that the initial mask has the requested sparsity (method.md).

import { InputError } from "../errors.ts";

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface RangeWanted {
  readonly sparsity: number;
  /** τ */
  readonly threshold: number;
  readonly scaleFixed: boolean;
  /** Whether the scores are logits, for the Bernoulli binarizer. */
  readonly logits: boolean;
}

/** The paper's scale c: the lower end of the initial scores is −c. */
const SCALE = 0.02;
/** With the scale fixed, the range is as wide as at this sparsity, which is the paper's. */
const REFERENCE_SHARE = 0.05;
/** The distance from 0 to the nearer end of the range of logits. */
const LOGIT = 5;
/**
 * The factor applied to the learning rate of logits. They are spread wider than the scores of the other binarizers by
 * the same factor, so the same learning rate moves them across their range in the same number of steps.
 */
export const LOGIT_STEP = LOGIT / SCALE;

/**
 * The uniform distribution of initial scores of which a fraction s (`sparsity`) is at or below the threshold τ:
 *
 *     U(−c, (c + τ)/s − c), c = 0.02
 *
 * Here s also sets the width, and thus how many steps it takes to prune a kept weight. With the scale fixed, the width
 * is w = (c + τ)/0.05, as for s = 5 %, and s only shifts the distribution relative to the threshold:
 *
 *     U(τ − s·w, τ + (1 − s)·w)
 *
 * Both distributions are U(−0.02, 0.58) for s = 5 % and τ = 0.01.
 *
 * The Bernoulli binarizer's scores are logits: σ(score) is the probability that a weight is on. The sampled and the
 * evaluated mask have nearly the same sparsity only if the range is wide on both sides of 0 (see `sampledShare`), so
 * the range is U(−s·w, (1 − s)·w), where w = 5 / min(s, 1 − s), or w = 5 / 0.05 if the scale is fixed. For s = 5 %,
 * this is U(−5, 95).
 *
 * Throws an InputError for a sparsity of 0 that would make the width infinite.
 */
export function initialRange({ sparsity, threshold, scaleFixed, logits }: RangeWanted): Range {
  if (sparsity <= 0 && !scaleFixed)
    throw new InputError(
      "a sparsity of 0 would make the range of the initial scores infinite",
      { at: "sparsity" },
      "use a sparsity greater than 0, or fix the scale (--scale-fixed)",
    );
  const about = (width: number) => ({ low: threshold - sparsity * width, high: threshold + (1 - sparsity) * width });
  if (logits) return about(LOGIT / (scaleFixed ? REFERENCE_SHARE : Math.min(sparsity, 1 - sparsity)));
  if (scaleFixed) return about((SCALE + threshold) / REFERENCE_SHARE);
  return { low: -SCALE, high: (SCALE + threshold) / sparsity - SCALE };
}

/** For scores that are all equal, to the upper end of this range: as far above τ as the paper's lowest scores are below 0. */
export function constantRange(threshold: number): Range {
  return { low: threshold, high: threshold + SCALE };
}

/**
 * The fraction of weights that are off in a mask sampled with logits from U(low, high), which is the mean of 1 − σ:
 *
 *     (ln(1 + e^(−low)) − ln(1 + e^(−high))) / (high − low)
 *
 * This exceeds the fraction of logits below 0 by (ln(1 + e^low) − ln(1 + e^(−high))) / (high − low). It is 5.007 % for
 * U(−5, 95).
 */
export function sampledShare({ low, high }: Range): number {
  const below = (x: number) => Math.max(0, -x) + Math.log1p(Math.exp(-Math.abs(x)));
  return (below(low) - below(high)) / (high - low);
}
