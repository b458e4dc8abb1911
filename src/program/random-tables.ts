// Random numbers for dropout and sampled masks, as windows of tables.
//
// A new number for every activation would cost more than the matrix products of a small model. Instead, each kind of
// number has a table drawn by Philox, and each place in the graph reads, at each step, a window of the table at its own
// offset. Within a window, the numbers are independent draws; tables are redrawn every RENEWAL steps. Everything depends
// only on (seed, step, place), so a resumed run sees the same numbers as an uninterrupted one.

import { setImmediate as turn } from "node:timers/promises";
import { fillWords, streamOf, uniform } from "../philox.ts";
import { float32, type Tensor } from "../tensor.ts";
import { dropoutTable, UNIFORM_TABLE } from "./step.ts";

/** The number of steps that use the same table. */
const RENEWAL = 64;
/** The numbers that are drawn at once: a few milliseconds. */
const PART = 2 ** 19;

/** Computes a table's entries from uniform numbers u. */
type Entry = (u: number) => number;

export class RandomTables {
  readonly length: number;
  readonly #seed: number;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #tables = new Map<string, { generation: number; data: Float32Array }>();

  /** `length`: numbers per table, at least twice the largest window. `rates`: dropout rates in use. */
  constructor(seed: number, length: number, rates: readonly number[]) {
    this.#seed = seed;
    this.length = length;
    this.#entries = new Map<string, Entry>([
      [UNIFORM_TABLE, (u) => u],
      ...rates.map((rate): [string, Entry] => [dropoutTable(rate), (u) => (u < rate ? 0 : 1 / (1 - rate))]),
    ]);
  }

  /** The table's numbers at a step (steps count from 1), drawn in parts so that the event loop turns in between. */
  async table(name: string, step: number): Promise<Tensor<"float32">> {
    const generation = Math.floor((step - 1) / RENEWAL);
    const before = this.#tables.get(name);
    if (before?.generation === generation) return float32([this.length], before.data);
    const data = before?.data ?? new Float32Array(this.length);
    const words = new Uint32Array(Math.min(PART, this.length));
    const entry = this.#entries.get(name)!;
    for (let at = 0; at < this.length; at += PART) {
      const part = words.subarray(0, Math.min(PART, this.length - at));
      fillWords(part, this.#seed, streamOf(name), generation * this.length + at);
      for (let i = 0; i < part.length; i++) data[at + i] = entry(uniform(part[i]!));
      await turn();
    }
    this.#tables.set(name, { generation, data });
    return float32([this.length], data);
  }

  /** Whether the steps from `first` to `last` use the same tables. */
  serves(first: number, last: number): boolean {
    return Math.floor((first - 1) / RENEWAL) === Math.floor((last - 1) / RENEWAL);
  }

  /** The start of each window of a step, one per place, as int64 [1]; `part` is the batch's index within the step. */
  starts(step: number, part: number, counts: readonly number[]): Tensor<"int64">[] {
    const words = new Uint32Array(counts.length);
    fillWords(words, this.#seed, streamOf(`starts ${part}`), (step - 1) * 4096);
    return counts.map((count, i) => ({
      dtype: "int64",
      shape: [1],
      data: BigInt64Array.of(BigInt(words[i]! % (this.length - count + 1))),
    }));
  }
}
