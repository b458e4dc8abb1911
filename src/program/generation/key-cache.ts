// The keys and values of the tokens that a decoder has read, for each row and layer. All rows have room for the same number
// of tokens, because graphs have fixed shapes; what a row has not filled yet is hidden from its attention.

import { hiddenIn } from "../../model/attention.ts";
import type { ModelConfig } from "../../model/config.ts";
import { bucketsFrom } from "../../model/relative.ts";
import type { Values } from "../../runtime/session.ts";
import { float32, type Shape, type Tensor } from "../../tensor.ts";
import { type Cache, decoderLayers, keyNames, roomFor } from "./cache.ts";

/** Tokens of room at first; doubling it means few graphs for long texts. */
const LEAST_ROOM = 32;

/** The input that hides what a row has not filled, or what lies before a window; see `hiddenIn`. */
export const biasName = (window: number | null) => `bias.${window ?? "all"}`;

/**
 * Copies the first `tokens` tokens of rows into others: row `parents[i]` of `from` [tokens, fromRows, width] becomes row i of `to`, which
 * has `toRows` rows.
 */
export function copyRows(
  [from, fromRows]: readonly [Float32Array, number],
  [to, toRows]: readonly [Float32Array, number],
  { parents, tokens, width }: { readonly parents: readonly number[]; readonly tokens: number; readonly width: number },
): void {
  for (let token = 0; token < tokens; token++)
    for (const [row, parent] of parents.entries()) {
      const at = (token * fromRows + parent) * width;
      to.set(from.subarray(at, at + width), (token * toRows + row) * width);
    }
}

export class KeyCache implements Cache {
  /** The number of rows, with filler rows, and the number of tokens that each has room for. */
  readonly rows: number;
  readonly room: number;
  /** The number of tokens of each row. */
  readonly #lengths: number[];
  /** By layer, keys and values: [room, rows, width]. */
  readonly #stored: readonly (readonly [Float32Array, Float32Array])[];
  readonly #width: number;
  readonly #config: ModelConfig;

  private constructor(config: ModelConfig, lengths: readonly number[], rows: number, room: number) {
    this.#config = config;
    this.rows = rows;
    this.room = room;
    this.#lengths = Array.from({ length: rows }, (_, row) => lengths[row] ?? lengths[0]!);
    this.#width = config.keyHeads * config.headSize;
    const size = room * rows * this.#width;
    this.#stored = Array.from(
      { length: decoderLayers(config) },
      () => [new Float32Array(size), new Float32Array(size)] as const,
    );
  }

  /** What a graph computed for prompts of these lengths: "keys.LAYER" and "values.LAYER", each [length, rows, width]. */
  static of(config: ModelConfig, lengths: readonly number[], computed: Values): KeyCache {
    const [, rows] = computed[keyNames(0)[0]]!.shape as [number, number];
    const cache = new KeyCache(config, lengths, rows, roomFor(Math.max(...lengths) + 1, LEAST_ROOM));
    for (const [layer, pair] of cache.#stored.entries())
      for (const [i, stored] of pair.entries()) {
        const values = computed[keyNames(layer)[i]!]!.data as Float32Array;
        stored.set(values.subarray(0, Math.min(values.length, stored.length)));
      }
    return cache;
  }

  continued(parents: readonly number[]): KeyCache {
    const rows = roomFor(parents.length);
    const lengths = parents.map((parent) => this.#lengths[parent]!);
    const longest = Math.max(...lengths);
    const isSame = rows === this.rows && longest < this.room && parents.every((parent, row) => parent === row);
    if (isSame) {
      this.#lengths.fill(lengths[0]!, parents.length); // filler rows, which may have been longer, follow a living one
      return this;
    }
    const next = new KeyCache(this.#config, lengths, rows, roomFor(longest + 1, LEAST_ROOM));
    const what = { parents, tokens: longest, width: this.#width };
    for (const [layer, pair] of next.#stored.entries())
      for (const [i, stored] of pair.entries()) copyRows([this.#stored[layer]![i]!, this.rows], [stored, rows], what);
    return next;
  }

  /** The shapes of a layer's inputs. */
  static shapes(
    { keyHeads, headSize }: ModelConfig,
    rows: number,
    room: number,
  ): { readonly keys: Shape; readonly values: Shape } {
    const shape = [room, rows, keyHeads, headSize];
    return { keys: shape, values: shape };
  }

  get bytes(): number {
    return this.#stored.flat().reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  get positions(): readonly number[] {
    return this.#lengths;
  }

  /** The keys and values as inputs, each [room, rows, keyHeads, headSize], what is hidden of them, and how far they are. */
  feeds(): Values {
    const { keyHeads, headSize, windows = [], relative } = this.#config;
    const shape = [this.room, this.rows, keyHeads, headSize];
    const own = this.#stored.flatMap((pair, layer) =>
      pair.map((data, i): [string, Tensor] => [keyNames(layer)[i]!, float32(shape, data)]),
    );
    const biases = [...new Set([null, ...windows])].map((window): [string, Tensor] => [
      biasName(window),
      hiddenIn(this.room, this.#lengths, window),
    ]);
    return {
      ...Object.fromEntries([...own, ...biases]),
      ...(relative && {
        buckets: {
          ...{ dtype: "int64", shape: [this.rows, 1, this.room] },
          data: bucketsFrom(relative, "decoder", this.#lengths, this.room),
        },
      }),
    };
  }

  /** Adds what a graph computed for one token of each row: "new.keys.LAYER" and "new.values.LAYER", each [1, rows, width]. */
  add(computed: Values): void {
    const width = this.#width;
    for (const [layer, pair] of this.#stored.entries())
      for (const [i, stored] of pair.entries()) {
        const values = computed[`new.${keyNames(layer)[i]!}`]!.data as Float32Array;
        for (const [row, length] of this.#lengths.entries())
          stored.set(values.subarray(row * width, (row + 1) * width), (length * this.rows + row) * width);
      }
    for (const row of this.#lengths.keys()) this.#lengths[row]!++;
  }
}
