// What a decoder keeps of the tokens that it has read, for each row and layer.

import type { ModelConfig } from "../../model/config.ts";
import type { Values } from "../../runtime/session.ts";

export interface Cache {
  /** The number of rows, with filler rows. */
  readonly rows: number;
  /** The number of tokens that each row has room for; 0 if what is kept does not depend on it. */
  readonly room: number;
  /** The position of each row's next token. */
  readonly positions: readonly number[];
  /** The memory of what is kept, in bytes. */
  readonly bytes: number;
  /** The cache whose row i is this one's row `parents[i]`, with room for one more token in each row. */
  continued(parents: readonly number[]): Cache;
  /** What is kept, as inputs. */
  feeds(): Values;
  /** Adds what a graph computed for one token of each row. */
  add(computed: Values): void;
}

/** The smallest power of two that is at least `n` and `least`. */
export const roomFor = (n: number, least = 1): number => Math.max(least, 2 ** Math.ceil(Math.log2(n)));

/** The inputs or outputs of a layer's keys and values, or of what is remembered of them. */
export const keyNames = (layer: number) => [`keys.${layer}`, `values.${layer}`] as const;

/** How many layers a model has that read earlier tokens. */
export const decoderLayers = ({ layers, encoderLayers = 0 }: ModelConfig): number => layers - encoderLayers;
