// Random numbers for dropout and sampled masks, as windows of tables.
//
// A fresh number for every activation costs more than the products of a small model. So each kind of number has a table
// drawn by Philox, and each place of each step reads a window of it from a start of its own. Within a window the numbers
// are independent draws; tables are drawn anew every RENEWAL steps. Everything follows from (seed, step, place) alone, so
// a resumed run sees what the uninterrupted one saw.

import { fillWords, streamOf, uniform } from "../philox.ts";
import type { Tensor } from "../tensor.ts";
import { dropoutTable, UNIFORM_TABLE } from "./step.ts";

/** Steps for which a table serves. */
const RENEWAL = 64;

/** What a table's entries are, from uniform numbers u. */
type Entry = (u: number) => number;

export class RandomTables {
  readonly length: number;
  readonly #seed: number;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #tables = new Map<string, { generation: number; data: Float32Array }>();

  /** `length`: numbers a table, at least twice the largest window. `rates`: dropout rates in use. */
  constructor(seed: number, length: number, rates: readonly number[]) {
    this.#seed = seed;
    this.length = length;
    this.#entries = new Map<string, Entry>([
      [UNIFORM_TABLE, (u) => u],
      ...rates.map((rate): [string, Entry] => [dropoutTable(rate), (u) => (u < rate ? 0 : 1 / (1 - rate))]),
    ]);
  }

  /** The table's numbers at a step, counted from 1. */
  table(name: string, step: number): Tensor<"float32"> {
    const generation = Math.floor((step - 1) / RENEWAL);
    let table = this.#tables.get(name);
    if (table?.generation !== generation) {
      const words = new Uint32Array(this.length);
      fillWords(words, this.#seed, streamOf(name), generation * this.length);
      const data = table?.data ?? new Float32Array(this.length);
      const entry = this.#entries.get(name)!;
      for (let i = 0; i < words.length; i++) data[i] = entry(uniform(words[i]!));
      table = { generation, data };
      this.#tables.set(name, table);
    }
    return { dtype: "float32", shape: [this.length], data: table.data };
  }

  /** Whether the same tables serve the steps from `first` to `last`. */
  serves(first: number, last: number): boolean {
    return Math.floor((first - 1) / RENEWAL) === Math.floor((last - 1) / RENEWAL);
  }

  /** Where the windows of a step start: one a place, int64 [1]; `part` counts the batches of one step. */
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
