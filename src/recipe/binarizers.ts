// How scores become a mask, and which slope replaces the slope of the step function in the backward pass (method.md).
import { abs, cast, greater, less, mul, sigmoid, sub } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import { LOGIT_STEP } from "./initial-range.ts";

export type BinarizerName = "threshold" | "hard-tanh-sign" | "bernoulli";

export interface Binarizer {
  /** Whether training samples the mask at every step, using uniform random numbers. */
  readonly random: boolean;
  /** The factor applied to the learning rate of the scores. */
  readonly step: number;
  /** True where the weight is kept during training. */
  keeps(scores: Value, threshold: Value | number, uniform?: Value): Value;
  /** ∂loss/∂scores, given `grad` = ∂loss/∂mask. */
  slope(scores: Value, grad: Value): Value;
}

const over = (scores: Value, threshold: Value | number) => greater(scores, threshold);

/** σ′(S) = σ(S)·(1 − σ(S)) */
export function sigmoidSlope(scores: Value): Value {
  const p = sigmoid(scores);
  return mul(p, sub(1, p));
}

export const binarizers: Record<BinarizerName, Binarizer> = {
  /** Unclipped straight-through estimator. */
  threshold: { random: false, step: 1, keeps: over, slope: (_, grad) => grad },
  /** Straight-through estimator for scores clamped to [−1, 1]: the gradient is 0 where |S| ≥ 1. */
  "hard-tanh-sign": {
    random: false,
    step: 1,
    keeps: over,
    slope: (scores, grad) => mul(grad, cast(less(abs(scores), 1), "float32")),
  },
  /**
   * In training, a weight is kept with probability σ(S), sampled at each step; in evaluation, if S > 0. The slope is
   * σ′(S).
   */
  bernoulli: {
    random: true,
    step: LOGIT_STEP,
    keeps: (scores, threshold, uniform) => (uniform ? less(uniform, sigmoid(scores)) : over(scores, threshold)),
    slope: (scores, grad) => mul(grad, sigmoidSlope(scores)),
  },
};
