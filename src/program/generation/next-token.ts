// What generation asks of a model: the logits of the next token for rows of hypotheses.

import type { Frames } from "../../data/frames/read.ts";

/** What a generated text continues. */
export interface Prompt {
  /** The decoder's first tokens; for an encoder–decoder usually only its start token. */
  readonly ids: readonly number[];
  /** The tokens that the encoder of an encoder–decoder reads. */
  readonly source?: readonly number[];
  /** What it reads instead, with a length adaptor. */
  readonly frames?: Frames;
}

/**
 * A model that reads prompts once and then continues rows token by token, so that it can cache keys and values. A row
 * is a hypothesis: a prompt with the tokens generated so far. All logits are [rows, vocabulary] in row-major order, and
 * valid until the next call.
 */
export interface NextToken {
  readonly vocabulary: number;
  /** The most tokens that a prompt and its continuation may have together. */
  readonly positions: number;
  /** Starts with one row per prompt, and returns the logits after each prompt. Discards earlier rows. */
  start(prompts: readonly Prompt[]): Promise<Float32Array>;
  /**
   * Replaces the rows: the new row i is the old row `parents[i]` followed by `tokens[i]`. A row that is nobody's parent
   * is dropped, and one may be the parent of many; for cached keys this is a gather by `parents`. There are never more
   * rows than the prompts' number times the beams'.
   */
  advance(tokens: readonly number[], parents: readonly number[]): Promise<Float32Array>;
  /** Frees the rows. Safe to call more than once. */
  release(): void;
}
