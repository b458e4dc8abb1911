// The range that initial scores are drawn from, so that a wanted share of the weights starts off (method.md).

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
  /** Whether the scores are Bernoulli's. */
  readonly logits: boolean;
}

/** The paper's scale c: initial scores are drawn from −c upwards. */
const SCALE = 0.02;
/** The sparsity whose width of scores is kept where the scale is fixed; the paper's. */
const REFERENCE_SHARE = 0.05;
/** How far the nearer end of Bernoulli's logits lies from 0. */
const LOGIT = 5;
/**
 * How many times as far as the learning rate a step moves Bernoulli's scores: they are spread so many times as wide as the
 * other binarizers', and so the same learning rate takes them across their range in as many steps.
 */
export const LOGIT_STEP = LOGIT / SCALE;

/**
 * The uniform distribution of initial scores of which a share s, `sparsity`, lies at or below the threshold τ:
 *
 *     U(−c, (c + τ)/s − c), c = 0.02
 *
 * There s also sets the width, and with it how many steps a kept weight needs to be pruned. With the scale fixed, the
 * width stays w = (c + τ)/0.05, that of s = 5 %, and s only moves the distribution past the threshold:
 *
 *     U(τ − s·w, τ + (1 − s)·w)
 *
 * Both are U(−0.02, 0.58) at s = 5 % and τ = 0.01.
 *
 * Bernoulli's scores are logits: σ(score) is the probability that a weight is on. Only where they are far from 0 on both
 * sides do as many start off when they are sampled as when they are evaluated (`sampledShare`), so they are
 * U(−s·w, (1 − s)·w) with w = 5 / min(s, 1 − s), or 5 / 0.05 with the scale fixed: U(−5, 95) at s = 5 %.
 *
 * InputError for no zeros at all where the width would be endless.
 */
export function initialRange({ sparsity, threshold, scaleFixed, logits }: RangeWanted): Range {
  if (sparsity <= 0 && !scaleFixed)
    throw new InputError(
      "a sparsity of 0 would spread the initial scores without end",
      { at: "sparsity" },
      "give more than 0, or fix the scale",
    );
  const about = (width: number) => ({ low: threshold - sparsity * width, high: threshold + (1 - sparsity) * width });
  if (logits) return about(LOGIT / (scaleFixed ? REFERENCE_SHARE : Math.min(sparsity, 1 - sparsity)));
  if (scaleFixed) return about((SCALE + threshold) / REFERENCE_SHARE);
  return { low: -SCALE, high: (SCALE + threshold) / sparsity - SCALE };
}

/**
 * The share of weights that are off when logits from U(low, high) are sampled, the mean of 1 − σ:
 *
 *     (ln(1 + e^(−low)) − ln(1 + e^(−high))) / (high − low)
 *
 * which is the share below 0 and (ln(1 + e^low) − ln(1 + e^(−high))) / (high − low) more: 5.007 % at U(−5, 95).
 */
export function sampledShare({ low, high }: Range): number {
  const below = (x: number) => Math.max(0, -x) + Math.log1p(Math.exp(-Math.abs(x)));
  return (below(low) - below(high)) / (high - low);
}
