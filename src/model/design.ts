// How a pretrained model is built, besides its sizes.

import type { LayerKind } from "../kinds.ts";

/** "gelu" is exact GELU (with erf), "gelu_new" is the tanh approximation of GELU. */
export type Activation = "gelu" | "gelu_new" | "relu" | "silu";

/** The sizes on which a design depends. */
export interface Sizes {
  /** The width of the hidden states (hidden_size). */
  readonly hiddenSize: number;
  readonly layers: number;
  /** Of an encoder–decoder, how many of the layers belong to the encoder. */
  readonly encoderLayers?: number | undefined;
  /** Attention heads per layer. */
  readonly heads: number;
}

export type Stack = "encoder" | "decoder" | "encoder-decoder";

/** How a normalization computes. */
export interface Normalization {
  /** LayerNorm, or RMSNorm (Zhang & Sennrich 2019, arXiv 1910.07467), which has no mean and no bias. */
  readonly norm: "layer" | "rms";
  /** Whether a bias is added after LayerNorm. */
  readonly isNormBiased: boolean;
  readonly normEpsilon: number;
}

export interface Design extends Omit<Normalization, "normEpsilon"> {
  /** Whether the layers read whole texts, or predict the next token, or are some of both: the encoder's, then the decoder's. */
  readonly stacks: Stack;
  /** The number of key and value heads; fewer than `heads` if groups of query heads share keys and values. */
  readonly keyHeads: number;
  /** The dimension of each head. */
  readonly headSize: number;
  /** Whether the logits of attention are divided by √headSize. */
  readonly isScaled: boolean;
  /** What each part of a layer normalizes: its input, or the sum of its input and its output. */
  readonly normalizes: "input" | "sum";
  /** Whether the feed-forward network is gated: O·(act(G·x) ⊙ I·x) (Shazeer 2020, arXiv 2002.05202). */
  readonly isGated: boolean;
  /** The kinds of matrices that have a bias; T's is the family's (`classifierBias`). */
  readonly biased: readonly (LayerKind | "P")[];
  /** The width of the embeddings if a linear layer maps them to the hidden size; undefined if there is no such layer. */
  readonly embeddingSize?: number | undefined;
  /** The layers in the order in which they are computed, if some are computed several times; undefined: each once. */
  readonly order?: readonly number[] | undefined;
  /** Rotary positions; undefined if the model has a table of positions, or none. */
  readonly rotary?: Rotary | undefined;
  /** The rotary positions of layers with a window, if these have others. */
  readonly localRotary?: Rotary | undefined;
  /**
   * For each layer, the number of tokens that a token attends to: itself and the ones before it and, in an encoder, as many after it;
   * null: all of them. Undefined: all of them in all layers.
   */
  readonly windows?: readonly (number | null)[] | undefined;
  /** What word embeddings are multiplied by. */
  readonly embeddingScale: number;
  /** A bias on the logits of self-attention by the distance of two tokens, the same in all layers of a stack. */
  readonly relative?: Relative | undefined;
  /** Disentangled attention, in which tokens also attend by their distance. */
  readonly disentangled?: Disentangled | undefined;
  /** What a classifier of texts reads by default, if not the first token of an encoder and the last one of a decoder. */
  readonly pools?: "mean" | undefined;
  /** Whether the language model's head is the word embedding. */
  readonly isTied: boolean;
  /** What the last hidden states are multiplied by before the language model's head. */
  readonly headScale: number;
}

/** A table of biases on the logits of attention: one for each bucket of distances (see `logBucket`) and each head. */
export interface Relative {
  /** The number of buckets; in an encoder, half of them are for tokens after. */
  readonly buckets: number;
  /** The distance beyond which all are in one bucket. */
  readonly farthest: number;
}

/** Rotary position embeddings (Su et al. 2021, arXiv 2104.09864). */
export interface Rotary {
  /** The base of the wavelengths, rope_theta. */
  readonly base: number;
  /** The number of each head's dimensions that are rotated, counted from the first. */
  readonly size: number;
}

/**
 * Disentangled attention (He et al. 2021, arXiv 2006.03654): embeddings of distances go through the same queries and keys as the
 * tokens.
 */
export interface Disentangled {
  /** The table has an embedding for each of 2·span distances, those from −span on. */
  readonly span: number;
  /** Distances are in buckets that widen up to this one; undefined: each distance up to the span has its own embedding. */
  readonly farthest?: number | undefined;
  /** Whether a token's query also meets the keys of distances ("c2p"). */
  readonly readsDistances: boolean;
  /** Whether the queries of distances also meet a token's key ("p2c"). */
  readonly readByDistances: boolean;
  /** Whether the table is normalized. */
  readonly isNormed: boolean;
}

/** An encoder like BERT's. */
export const encoderDesign = ({ hiddenSize, heads }: Sizes): Design => ({
  stacks: "encoder",
  keyHeads: heads,
  headSize: hiddenSize / heads,
  isScaled: true,
  norm: "layer",
  isNormBiased: true,
  normalizes: "sum",
  isGated: false,
  biased: ["Q", "K", "V", "AO", "I", "O", "P"],
  embeddingScale: 1,
  isTied: true,
  headScale: 1,
});
