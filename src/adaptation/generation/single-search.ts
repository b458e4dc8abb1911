// Continues a prompt with one token at a time: the most likely one, or one drawn at random.

import type { Random } from "../../data/random.ts";
import { type Process, softmax, warp } from "./processors.ts";
import { type FinishOf, type Hypothesis, largest, logSoftmax, type Rows, type Search } from "./search.ts";
import type { Sampling } from "./settings.ts";

/** Chooses the next token by its processed logits [vocabulary]; may change them. */
export type Choose = (logits: Float32Array) => number;

/** Greedy search: the most likely token, or the one with the lowest ID of equally likely ones. */
export const mostLikely: Choose = (logits) => largest(logits, 1)[0]!;

/**
 * Draws a token by its probability after temperature, top-k, top-p and min-p. Draws two words per token: one number in
 * [0, 1), a multiple of 2⁻⁴⁸, against the cumulative probabilities in the order of IDs. PyTorch draws differently, so
 * samples differ from transformers' for any seed; their distribution does not.
 */
export function drawing(sampling: Sampling, random: Random): Choose {
  return (logits) => {
    warp(logits, sampling);
    const probabilities = softmax(logits);
    let left = random.uniform() + random.uniform() * 2 ** -24;
    let last = 0;
    for (let id = 0; id < probabilities.length && left >= 0; id++) {
      if (!probabilities[id]) continue;
      last = id;
      left -= probabilities[id]!;
    }
    return last;
  };
}

export class SingleSearch implements Search {
  readonly #prompt: readonly number[];
  readonly #process: Process;
  readonly #choose: Choose;
  readonly #finishOf: FinishOf;
  readonly #ids: number[] = [];
  #logProbability = 0;

  constructor(prompt: readonly number[], process: Process, choose: Choose, finishOf: FinishOf) {
    this.#prompt = prompt;
    this.#process = process;
    this.#choose = choose;
    this.#finishOf = finishOf;
  }

  next(logits: Float32Array): Rows | undefined {
    const scores = logits.slice();
    this.#process(scores, [...this.#prompt, ...this.#ids]);
    const id = this.#choose(scores);
    this.#logProbability += logSoftmax(logits)[id]!;
    this.#ids.push(id);
    return this.#finishOf(this.#ids) ? undefined : { tokens: [id], parents: [0] };
  }

  hypotheses(): readonly Hypothesis[] {
    const finish = this.#ids.length ? this.#finishOf(this.#ids) : undefined;
    return [{ ids: this.#ids, logProbability: this.#logProbability, finish }];
  }
}
