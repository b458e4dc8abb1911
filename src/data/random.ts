// The seeded random number generator for data and training. It is counter-based, so its position is its only state.

import { fillWords, streamOf, uniform } from "../philox.ts";

/** What is needed to restore a generator. `position` is the number of 32-bit words drawn so far. */
export interface RandomState {
  readonly seed: number;
  readonly stream: string;
  readonly position: number;
}

/** The number of words generated at a time. */
const AHEAD = 256;

/**
 * Draws from the Philox stream identified by an unsigned 32-bit seed and a name. Streams with different names are
 * independent.
 */
export class Random {
  readonly #seed: number;
  readonly #stream: string;
  readonly #key: number;
  readonly #words = new Uint32Array(AHEAD);
  #position: number;
  /** The position of `#words[0]`; undefined before the first draw. */
  #from: number | undefined;

  constructor(seed: number, stream: string, position = 0) {
    this.#seed = seed;
    this.#stream = stream;
    this.#key = streamOf(stream);
    this.#position = position;
  }

  uint32(): number {
    if (this.#from === undefined || this.#position >= this.#from + AHEAD) {
      this.#from = this.#position;
      fillWords(this.#words, this.#seed, this.#key, this.#from);
    }
    return this.#words[this.#position++ - this.#from]!;
  }

  /** A uniform number in [0, 1), a multiple of 2⁻²⁴. */
  uniform(): number {
    return uniform(this.uint32());
  }

  /** A uniform integer in [0, n), n ≤ 2³²; words at or above the largest multiple of n are redrawn. */
  below(n: number): number {
    const end = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.uint32();
      if (word < end) return word % n;
    }
  }

  /** Shuffles in place (Fisher–Yates). */
  shuffle<T>(array: T[]): void {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [array[i], array[j]] = [array[j]!, array[i]!];
    }
  }

  /**
   * A standard normal number (Box–Muller). The second number of each pair is discarded, so that the position remains
   * the only state.
   */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  state(): RandomState {
    return { seed: this.#seed, stream: this.#stream, position: this.#position };
  }
}

/** At most `most` rows, drawn without replacement, in their order. */
export function drawn<R>(rows: readonly R[], most: number, random: Random): readonly R[] {
  if (rows.length <= most) return rows;
  const order = [...rows.keys()];
  random.shuffle(order);
  return order
    .slice(0, most)
    .sort((a, b) => a - b)
    .map((i) => rows[i]!);
}
