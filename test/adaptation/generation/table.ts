// A model whose logits are a formula of the last two tokens (test/fixtures/generation/make.py has the same one), and a
// decoder of letters.

import type { Decoder } from "../../../src/adaptation/generation/text.ts";
import type { NextToken, Prompt } from "../../../src/program/generation/next-token.ts";

const NONE = 0xffff;

/** A multiple of 2⁻¹⁷ in [−4, 4). */
export function logit(seed: number, before: number, last: number, token: number): number {
  let h = seed | 0;
  for (const part of [before, last, token]) {
    h = Math.imul(h ^ part, 0x9e3779b1);
    h ^= h >>> 15;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
  }
  return (h >>> 12) / 2 ** 17 - 4;
}

/** Keeps the tokens of its rows, as a model keeps their keys and values, and what it was asked. */
export class Table implements NextToken {
  readonly vocabulary: number;
  readonly positions: number;
  readonly seed: number;
  rows: number[][] = [];
  steps = 0;
  released = 0;

  constructor(vocabulary: number, seed: number, positions = 1000) {
    this.vocabulary = vocabulary;
    this.seed = seed;
    this.positions = positions;
  }

  async start(prompts: readonly Prompt[]): Promise<Float32Array> {
    this.rows = prompts.map(({ ids }) => [...ids]);
    return this.#logits();
  }

  async advance(tokens: readonly number[], parents: readonly number[]): Promise<Float32Array> {
    this.rows = tokens.map((token, i) => [...this.rows[parents[i]!]!, token]);
    this.steps++;
    return this.#logits();
  }

  release(): void {
    this.rows = [];
    this.released++;
  }

  #logits(): Float32Array {
    return Float32Array.from(
      this.rows.flatMap((ids) =>
        Array.from({ length: this.vocabulary }, (_, token) => logit(this.seed, ids.at(-2) ?? NONE, ids.at(-1)!, token)),
      ),
    );
  }
}

/** A model that continues with the tokens of a script, whatever the prompt. */
export class Script implements NextToken {
  readonly vocabulary = 300;
  readonly positions = 1000;
  readonly #script: readonly number[];
  #step = 0;

  constructor(script: readonly number[]) {
    this.#script = script;
  }

  async start(): Promise<Float32Array> {
    this.#step = 0;
    return this.#logits();
  }

  async advance(): Promise<Float32Array> {
    return this.#logits();
  }

  release(): void {}

  #logits(): Float32Array {
    const logits = new Float32Array(this.vocabulary);
    logits[this.#script[this.#step++]!] = 10;
    return logits;
  }
}

/** Token 0 is "a", token 1 is "b" … */
export const letters: Decoder = {
  decode: (ids) => ids.map((id) => String.fromCharCode(97 + id)).join(""),
};
