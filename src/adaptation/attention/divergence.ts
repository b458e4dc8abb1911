// How far an adaptation's linear attention is from attention by softmax, per layer and head.

import type { Places } from "../base.ts";

export interface DivergenceOptions extends Places {
  /** The file of an adaptation with linear attention. */
  readonly adaptation: string;
  /** At least one text of at least one token. In a generation task, texts are sources, and decoders read their own start token. */
  readonly texts: readonly string[];
  readonly device: string;
  readonly signal?: AbortSignal | undefined;
}

/** KL(softmax ‖ linear) in nats, by layer (numbered as the model's, encoder first) and head: the mean over tokens. */
export type HeadDivergences = readonly (readonly number[])[];

export interface Divergence {
  /** Between the base model's attention and the maps before the first step. */
  readonly before: HeadDivergences;
  /** Between the attention of the adaptation's weights and its trained maps. */
  readonly after: HeadDivergences;
  /** The number of tokens that the means are over. */
  readonly tokens: number;
  readonly map: "softmax" | "relu";
  /** Of an encoder–decoder, how many of the layers belong to the encoder. */
  readonly encoderLayers?: number | undefined;
}
