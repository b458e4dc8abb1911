// Which adaptation fits a text: the one that is surest of its answer, by the answer's entropy (M. Wortsman et al.,
// "Supermasks in Superposition", NeurIPS 2020, section 3.3, with each adaptation asked in turn).

import type { Prediction } from "./prediction.ts";

/** How sure an adaptation is of its answer. */
export interface Fit<P> {
  readonly prediction: P;
  /** −Σ p ln p over its K labels, in nats: 0 if it is certain. */
  readonly entropy: number;
  /** ln K: the entropy if all labels were equally probable. */
  readonly uniform: number;
  /** entropy / uniform, from 0 to 1. SupSup's tasks have equally many classes and need no such division. */
  readonly relative: number;
}

/** The answers of several adaptations to one text, those with the smallest relative entropy first; equal ones keep their order. */
export function fitsOf<P extends Pick<Prediction, "probabilities">>(predictions: readonly P[]): Fit<P>[] {
  return predictions.map(fitOf).sort((a, b) => a.relative - b.relative);
}

function fitOf<P extends Pick<Prediction, "probabilities">>(prediction: P): Fit<P> {
  const shares = Object.values(prediction.probabilities);
  const entropy = shares.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
  const uniform = Math.log(shares.length);
  // With a single label, the answer says nothing about the text.
  return { prediction, entropy, uniform, relative: uniform ? entropy / uniform : 1 };
}
