// What a decoder reads of an encoder's tokens, for each row and layer: keys and values that are computed once.

import type { ModelConfig } from "../../model/config.ts";
import type { Values } from "../../runtime/session.ts";
import { float32, type Tensor } from "../../tensor.ts";
import { decoderLayers } from "./cache.ts";
import { copyRows } from "./key-cache.ts";

/** The inputs or outputs of the keys and values that a layer of the decoder has of the source. */
export const sourceNames = (layer: number) => [`source.keys.${layer}`, `source.values.${layer}`] as const;

export class SourceCache {
  /** The number of rows, with filler rows, and of tokens of each source, with padding. */
  readonly rows: number;
  readonly length: number;
  readonly #config: ModelConfig;
  /** [rows, length] */
  readonly #attention: Float32Array;
  /** By layer, keys and values: [length, rows, width]. */
  readonly #stored: readonly (readonly [Float32Array, Float32Array])[];

  private constructor(
    config: ModelConfig,
    rows: number,
    attention: Float32Array,
    stored: readonly (readonly [Float32Array, Float32Array])[],
  ) {
    this.#config = config;
    this.rows = rows;
    this.length = attention.length / rows;
    this.#attention = attention;
    this.#stored = stored;
  }

  /**
   * What a graph computed for sources whose `attention` [rows, length] is 1 for tokens and 0 for padding: the outputs `sourceNames` of
   * each layer.
   */
  static of(config: ModelConfig, { shape: [rows], data }: Tensor<"float32">, computed: Values): SourceCache {
    const own = (name: string) => (computed[name]!.data as Float32Array).slice();
    const stored = Array.from({ length: decoderLayers(config) }, (_, layer) => {
      const [keys, values] = sourceNames(layer);
      return [own(keys), own(values)] as const;
    });
    return new SourceCache(config, rows!, data, stored);
  }

  /** The cache with `rows` rows, whose row i is this one's row `parents[i]`. */
  continued(parents: readonly number[], rows: number): SourceCache {
    if (rows === this.rows && parents.every((parent, row) => parent === row)) return this;
    const { length } = this;
    const attention = new Float32Array(rows * length);
    for (const [row, parent] of parents.entries())
      attention.set(this.#attention.subarray(parent * length, (parent + 1) * length), row * length);
    const what = { parents, tokens: length, width: this.#config.heads * this.#config.headSize };
    const copied = (from: Float32Array) => {
      const to = new Float32Array(length * rows * what.width);
      copyRows([from, this.rows], [to, rows], what);
      return to;
    };
    const stored = this.#stored.map(([keys, values]) => [copied(keys), copied(values)] as const);
    return new SourceCache(this.#config, rows, attention, stored);
  }

  /** The keys and values as inputs, each [length, rows, heads, headSize], and "source.attention" [rows, length]. */
  feeds(): Values {
    const { heads, headSize } = this.#config;
    const shape = [this.length, this.rows, heads, headSize];
    const own = this.#stored.flatMap((pair, layer) =>
      pair.map((data, i): [string, Tensor] => [sourceNames(layer)[i]!, float32(shape, data)]),
    );
    return { ...Object.fromEntries(own), "source.attention": float32([this.rows, this.length], this.#attention) };
  }
}
