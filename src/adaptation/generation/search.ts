// What greedy search, sampling and beam search have in common: a search takes logits and says how to go on.

import { InputError } from "../../errors.ts";

/**
 * Why a text ended: at an end token, before a stop string, at the maximum length, at the model's last position, or
 * because it was aborted.
 */
export type Finish = "end" | "stop" | "length" | "positions" | "aborted";

export interface Hypothesis {
  /** The generated tokens, with the end token if there is one. */
  readonly ids: readonly number[];
  /** The sum of the log probabilities (natural logarithm) that the model gives to these tokens, before any setting. */
  readonly logProbability: number;
  /** In a beam search: the score by which finished hypotheses are ranked (sequences_scores in transformers). */
  readonly score?: number;
  /** Undefined while it is being continued. */
  readonly finish?: Finish | undefined;
}

/** The next rows of a search: row i continues the search's row `parents[i]` with `tokens[i]`. */
export interface Rows {
  readonly tokens: readonly number[];
  readonly parents: readonly number[];
}

/** The search for the continuation of one prompt. It starts with one row. */
export interface Search {
  /** Takes the logits of its rows, [rows, vocabulary]; returns the next rows, or undefined if it is finished. */
  next(logits: Float32Array): Rows | undefined;
  /** The hypotheses so far, the best first. */
  hypotheses(): readonly Hypothesis[];
}

/** Tells whether and why a hypothesis with these generated tokens is finished. */
export type FinishOf = (ids: readonly number[]) => Finish | undefined;

/**
 * Log softmax of a row of logits as float32, with the sum in float64. Throws an InputError if the logits are not
 * numbers, as with weights that overflowed.
 */
export function logSoftmax(logits: Float32Array): Float32Array {
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of logits) if (value > highest) highest = value;
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - highest);
  if (!(sum > 0))
    throw new InputError(
      "the model's logits are not finite numbers",
      {},
      "check that the model's weights are finite, and use float32 if they overflow in float16",
    );
  const shift = highest + Math.log(sum);
  return logits.map((value) => value - shift);
}

/** The indices of the `count` largest values in descending order; of equal values, the lower index first. */
export function largest(values: Float32Array, count: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (found.length === count && value <= values[found[count - 1]!]!) continue;
    if (found.length === count) found.pop();
    let at = found.length;
    while (at > 0 && values[found[at - 1]!]! < value) at--;
    found.splice(at, 0, i);
  }
  return found;
}
