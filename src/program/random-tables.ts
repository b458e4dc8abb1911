// Random numbers for dropout and sampled masks, as windows of tables.
//
// A new number for every activation would cost more than the matrix products of a small model. Instead, each kind of
// number has a table drawn by Philox, and each place in the graph reads, at each step, a window of the table at its own
// offset. Within a window, the numbers are independent draws; tables are redrawn every RENEWAL steps, on the CPU only where
// windows read them. Everything depends only on (seed, step, place), so a resumed run sees the same numbers as an
// uninterrupted one.

import { setImmediate as turn } from "node:timers/promises";
import { fillWords, streamOf, uniform } from "../philox.ts";
import { PAGE_WORDS } from "../philox-kernel.ts";
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
/** The numbers between two turns of the event loop: a few milliseconds. */
const PART = 2 ** 19;

/** Computes a table's entries from uniform numbers u. */
type Entry = (u: number) => number;

/** Consecutive numbers of a table. */
export interface Window {
  readonly start: number;
  readonly count: number;
}

/** A table's numbers, and on a device a copy of those in use. */
interface Drawn {
  readonly numbers: Numbers;
  readonly placed: DeviceTensor | undefined;
  /** The generation in use on a device. */
  generation: number;
  /** The generation that is drawn for a device, and when it is whole. */
  drawing: { readonly generation: number; readonly done: Promise<void> };
}

export class RandomTables {
  readonly length: number;
  readonly #seed: number;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #memory: DeviceMemory | undefined;
  readonly #tables = new Map<string, Drawn>();
  readonly #stop = new AbortController();

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

  /** The table's numbers at a step (steps count from 1), of which only those in `windows` are read. */
  async table(name: string, step: number, windows: readonly Window[]): Promise<Tensor<"float32"> | DeviceTensor> {
    const generation = Math.floor((step - 1) / RENEWAL);
    const table = this.#tables.get(name) ?? this.#make(name);
    if (table.placed) {
      if (table.generation !== generation) await this.#place(table, generation);
      return table.placed;
    }
    await table.numbers.draw(generation, windows, this.#stop.signal);
    return float32([this.length], table.numbers.data);
  }

  /** Stops drawing. */
  release(): void {
    this.#stop.abort();
  }

  #make(name: string): Drawn {
    const numbers = new Numbers(this.length, this.#seed, streamOf(name), this.#entries.get(name)!);
    const placed = this.#memory?.allocate({ dtype: "float32", shape: [this.length] });
    const drawing = { generation: Number.NaN, done: Promise.resolve() };
    const table: Drawn = { numbers, placed, generation: Number.NaN, drawing };
    this.#tables.set(name, table);
    return table;
  }

  /** Copies a generation to the device, and starts to draw the next one. */
  async #place(table: Drawn, generation: number): Promise<void> {
    const { numbers, placed } = table;
    const whole = [{ start: 0, count: this.length }];
    const draw = (generation: number) => ({ generation, done: numbers.draw(generation, whole, this.#stop.signal) });
    await table.drawing.done; // into the same array
    if (table.drawing.generation !== generation) {
      table.drawing = draw(generation);
      await table.drawing.done;
    }
    await this.#memory!.copy(float32([this.length], numbers.data), placed!);
    table.drawing = draw(generation + 1);
    table.generation = generation;
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

/** A table in memory, of which a page is drawn when a window first reaches it. */
class Numbers {
  readonly data: Float32Array;
  readonly #seed: number;
  readonly #stream: number;
  readonly #entry: Entry;
  /** 1 for each page that is drawn, of this generation. */
  readonly #drawn: Uint8Array;
  #generation = Number.NaN;

  constructor(length: number, seed: number, stream: number, entry: Entry) {
    this.data = new Float32Array(length);
    this.#drawn = new Uint8Array(Math.ceil(length / PAGE_WORDS));
    this.#seed = seed;
    this.#stream = stream;
    this.#entry = entry;
  }

  /** Draws the pages of these windows, in parts, so that the event loop turns in between. */
  async draw(generation: number, windows: readonly Window[], signal: AbortSignal): Promise<void> {
    if (generation !== this.#generation) this.#drawn.fill(0);
    this.#generation = generation;
    const words = new Uint32Array(PAGE_WORDS);
    let pages = 0;
    for (const { start, count } of windows)
      for (let page = Math.floor(start / PAGE_WORDS); page * PAGE_WORDS < start + count; page++) {
        if (signal.aborted) return;
        if (this.#drawn[page]) continue;
        this.#drawn[page] = 1;
        const data = this.data.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS);
        fillWords(words, this.#seed, this.#stream, generation * this.data.length + page * PAGE_WORDS);
        for (let i = 0; i < data.length; i++) data[i] = this.#entry(uniform(words[i]!));
        if (++pages % (PART / PAGE_WORDS) === 0) await turn();
      }
  }
}
