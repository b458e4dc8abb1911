// Random numbers for dropout and sampled masks, as windows of tables.
//
// A new number for every activation would cost more than the matrix products of a small model. Instead, each kind of
// number has a table drawn by Philox, and each place in the graph reads, at each step, a window of the table at its own
// offset. Within a window, the numbers are independent draws; tables are redrawn every RENEWAL steps. Everything depends
// only on (seed, step, place), so a resumed run sees the same numbers as an uninterrupted one.

import { setImmediate as turn } from "node:timers/promises";
import { fillWords, streamOf, uniform } from "../philox.ts";
import type { DeviceMemory } from "../runtime/device-memory.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import { float32, type Tensor } from "../tensor.ts";
import { dropoutTable, UNIFORM_TABLE } from "./graphs/parameters.ts";

/** Numbers per random table, if no window is larger than half of it: as in BERT-base with batch size 32 and length 128. */
export const TABLE = 2 ** 24;

/** Numbers per random table for windows of up to `largest` numbers: at least twice as many, so that most windows are apart. */
export const tableLength = (largest: number): number => Math.max(TABLE, 2 ** Math.ceil(Math.log2(2 * largest)));

/** The number of steps that use the same table. */
const RENEWAL = 64;
/** The numbers that are drawn at once: a few milliseconds. */
const PART = 2 ** 19;

/** Computes a table's entries from uniform numbers u. */
type Entry = (u: number) => number;

/** A table's numbers of one generation, and on a device a copy of those in use. */
interface Drawn {
  readonly data: Float32Array;
  readonly placed: DeviceTensor | undefined;
  /** The generation in use. */
  generation: number;
  /** The generation that is drawn into `data`. */
  drawing: { readonly generation: number; readonly done: Promise<void> };
}

export class RandomTables {
  readonly length: number;
  readonly #seed: number;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #memory: DeviceMemory | undefined;
  readonly #tables = new Map<string, Drawn>();
  #isReleased = false;

  /**
   * `length`: numbers per table, at least twice the largest window. `rates`: dropout rates in use. `memory`: that of a device to
   * which the tables are to be copied; while it computes, the next numbers are drawn.
   */
  constructor(seed: number, length: number, rates: readonly number[], memory?: DeviceMemory) {
    this.#seed = seed;
    this.length = length;
    this.#memory = memory;
    this.#entries = new Map<string, Entry>([
      [UNIFORM_TABLE, (u) => u],
      ...rates.map((rate): [string, Entry] => [dropoutTable(rate), (u) => (u < rate ? 0 : 1 / (1 - rate))]),
    ]);
  }

  /** The table's numbers at a step (steps count from 1). */
  async table(name: string, step: number): Promise<Tensor<"float32"> | DeviceTensor> {
    const generation = Math.floor((step - 1) / RENEWAL);
    const table = this.#tables.get(name) ?? this.#make(name, generation);
    if (table.generation !== generation) await this.#renew(name, table, generation);
    return table.placed ?? float32([this.length], table.data);
  }

  /** Stops drawing. */
  release(): void {
    this.#isReleased = true;
  }

  #make(name: string, generation: number): Drawn {
    const data = new Float32Array(this.length);
    const placed = this.#memory?.allocate({ dtype: "float32", shape: [this.length] });
    const done = this.#draw(name, generation, data);
    const table: Drawn = { data, placed, generation: Number.NaN, drawing: { generation, done } };
    this.#tables.set(name, table);
    return table;
  }

  async #renew(name: string, table: Drawn, generation: number): Promise<void> {
    const { data, placed } = table;
    const draw = (generation: number) => ({ generation, done: this.#draw(name, generation, data) });
    await table.drawing.done; // into the same array
    if (table.drawing.generation !== generation) {
      table.drawing = draw(generation);
      await table.drawing.done;
    }
    if (placed) {
      await this.#memory!.copy(float32([this.length], data), placed);
      table.drawing = draw(generation + 1);
    }
    table.generation = generation;
  }

  /** Draws in parts, so that the event loop turns in between. */
  async #draw(name: string, generation: number, data: Float32Array): Promise<void> {
    const words = new Uint32Array(Math.min(PART, this.length));
    const entry = this.#entries.get(name)!;
    for (let at = 0; at < this.length && !this.#isReleased; at += PART) {
      const part = words.subarray(0, Math.min(PART, this.length - at));
      fillWords(part, this.#seed, streamOf(name), generation * this.length + at);
      for (let i = 0; i < part.length; i++) data[at + i] = entry(uniform(part[i]!));
      await turn();
    }
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
