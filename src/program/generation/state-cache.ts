// What a decoder with linear attention remembers of the tokens that it has read, for each row and layer: sums whose size does not
// depend on their number (see `Remembered`).

import { featuresOf } from "../../model/additions/linear-attention.ts";
import type { ModelConfig } from "../../model/config.ts";
import type { Values } from "../../runtime/session.ts";
import { float32, type Shape } from "../../tensor.ts";
import { type Cache, decoderLayers, keyNames, roomFor } from "./cache.ts";

export class StateCache implements Cache {
  readonly rows: number;
  readonly room = 0;
  /** The number of tokens of each row. */
  readonly #lengths: number[];
  /** By layer, the sums of features of keys, and of their products with values: [rows, …]. */
  readonly #stored: readonly (readonly [Float32Array, Float32Array])[];
  readonly #config: ModelConfig;

  private constructor(
    config: ModelConfig,
    lengths: readonly number[],
    rows: number,
    stored: readonly (readonly [Float32Array, Float32Array])[],
  ) {
    this.#config = config;
    this.rows = rows;
    this.#lengths = Array.from({ length: rows }, (_, row) => lengths[row] ?? lengths[0]!);
    this.#stored = stored;
  }

  /** What a graph computed for prompts of these lengths: the outputs `keyNames` of each layer. */
  static of(config: ModelConfig, lengths: readonly number[], computed: Values): StateCache {
    const [rows] = computed[keyNames(0)[0]]!.shape as [number];
    const stored = Array.from({ length: decoderLayers(config) }, (_, layer) => {
      const [keys, values] = keyNames(layer).map((name) => (computed[name]!.data as Float32Array).slice());
      return [keys!, values!] as const;
    });
    return new StateCache(config, lengths, rows, stored);
  }

  /** The shapes of a layer's inputs. */
  static shapes(config: ModelConfig, rows: number): { readonly keys: Shape; readonly values: Shape } {
    const { heads, headSize, additions } = config;
    const keys = [rows, heads, featuresOf(config, additions!.linearAttention!)];
    return { keys, values: [...keys, headSize] };
  }

  get positions(): readonly number[] {
    return this.#lengths;
  }

  get bytes(): number {
    const sizes = this.#stored.map(([keys, values]) => keys.byteLength + values.byteLength);
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  continued(parents: readonly number[]): StateCache {
    const rows = roomFor(parents.length);
    const lengths = parents.map((parent) => this.#lengths[parent]!);
    if (rows === this.rows && parents.every((parent, row) => parent === row)) {
      this.#lengths.fill(lengths[0]!, parents.length);
      return this;
    }
    const gathered = (from: Float32Array) => {
      const width = from.length / this.rows;
      const to = new Float32Array(rows * width);
      for (const [row, parent] of parents.entries())
        to.set(from.subarray(parent * width, (parent + 1) * width), row * width);
      return to;
    };
    const stored = this.#stored.map(([keys, values]) => [gathered(keys), gathered(values)] as const);
    return new StateCache(this.#config, lengths, rows, stored);
  }

  feeds(): Values {
    const shapes = StateCache.shapes(this.#config, this.rows);
    return Object.fromEntries(
      this.#stored.flatMap((pair, layer) => {
        const names = keyNames(layer);
        return [shapes.keys, shapes.values].map((shape, i) => [names[i]!, float32(shape, pair[i]!)]);
      }),
    );
  }

  /** Replaces the sums by those that a graph computed with one more token of each row: "new.keys.LAYER" and "new.values.LAYER". */
  add(computed: Values): void {
    for (const [layer, pair] of this.#stored.entries())
      for (const [i, stored] of pair.entries())
        stored.set(computed[`new.${keyNames(layer)[i]!}`]!.data as Float32Array);
    for (const row of this.#lengths.keys()) this.#lengths[row]!++;
  }
}
