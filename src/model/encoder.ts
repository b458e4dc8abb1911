// A pretrained encoder as a graph: embeddings, then layers of self-attention and feed-forward networks.
//
// Tokens are stored time-major: row t·B + b of a [T·B, hiddenSize] matrix is token t of sequence b. This way, the first
// tokens of all sequences are the first B rows, and attention heads are accessed by strides, without copies.

import {
  add,
  cast,
  div,
  equal,
  gather,
  gelu,
  layerNorm,
  matmul,
  mul,
  reduceSum,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  split,
  sub,
  tanh,
  transpose,
  where,
} from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import { sizeOf } from "../tensor.ts";
import type { Activation, ModelConfig } from "./config.ts";
import { type Dropout, linear, type Parameters } from "./layers.ts";
import { namesOf } from "./names.ts";

export interface Tokens {
  /** int64 [T, B] */
  readonly ids: Value;
  /** int64 [T, B]; read only if the model has segments. */
  readonly typeIds?: Value | undefined;
  /** float32 [B, T]: 1 for a token, 0 for padding. */
  readonly attention: Value;
  /** float32 [T, B, 1]: factors on the word embeddings; by default 1. */
  readonly strengths?: Value | undefined;
}

/**
 * What the classifier reads: the first token of each sequence, the mean of its tokens, or all of them. The last layer
 * computes the hidden states of only those tokens that are read.
 */
export type Read = "first" | "mean" | "all";

/** Activations by their names in config.json. */
export const activations: Record<Activation, (x: Value) => Value> = {
  gelu,
  relu,
  silu: (x) => mul(x, sigmoid(x)),
  gelu_new: (x) => {
    const inner = mul(add(x, mul(mul(x, mul(x, x)), 0.044715)), Math.sqrt(2 / Math.PI));
    return mul(mul(x, 0.5), add(tanh(inner), 1));
  },
};

/** LayerNorm over the last axis. */
export function norm(parameters: Parameters, config: ModelConfig, x: Value, module: string): Value {
  return layerNorm(
    x,
    parameters.tensor(`${module}.weight`),
    parameters.tensor(`${module}.bias`),
    config.layerNormEpsilon,
  );
}

/**
 * The position embeddings of the tokens `ids` (int64 [T, B]): [T, 1, hiddenSize], or [T, B, hiddenSize] if padding
 * tokens have a separate position.
 */
function positionsOf(config: ModelConfig, table: Value, ids: Value): Value {
  const { positionOffset, padId, hiddenSize } = config;
  const length = ids.type.shape[0]!;
  if (!positionOffset) return reshape(slice(table, 0, 0, length), [length, 1, hiddenSize]);
  // RoBERTa numbers the tokens from padId + 1. Tokens with ID padId are not counted and get position padId, even if
  // they occur in the text rather than as padding. The numbers are integers below 2^24, so they are exact in float32.
  const counted = where(equal(cast(ids, "float32"), padId), 0, 1); // [T, B]
  const before = Float32Array.from({ length: length * length }, (_, i) =>
    i % length <= Math.floor(i / length) ? 1 : 0,
  );
  const upTo = ids.graph.constant({ dtype: "float32", shape: [length, length], data: before });
  return gather(table, cast(add(mul(matmul(upTo, counted), counted), padId), "int64"));
}

/** The normalized sum of the embeddings: [T·B, hiddenSize]. */
function embed(config: ModelConfig, parameters: Parameters, tokens: Tokens, dropout: Dropout): Value {
  const { embeddings } = namesOf(config);
  const { ids, typeIds, strengths } = tokens;
  const words = gather(parameters.tensor(`${embeddings.words}.weight`), ids); // [T, B, hiddenSize]
  let sum = add(
    strengths ? mul(words, strengths) : words,
    positionsOf(config, parameters.tensor(`${embeddings.positions}.weight`), ids),
  );
  if (embeddings.types && typeIds) sum = add(sum, gather(parameters.tensor(`${embeddings.types}.weight`), typeIds));
  const flat = reshape(sum, [sizeOf(ids.type.shape), config.hiddenSize]);
  return dropout(norm(parameters, config, flat, embeddings.norm), config.dropout.hidden);
}

/** A layer's index and what it reads. */
interface LayerInput {
  readonly index: number;
  /** [T·B, hiddenSize] */
  readonly x: Value;
  /** The hidden states that are asked for, x or those of the first tokens. */
  readonly stay: Value;
  /** [B, 1, 1, T] */
  readonly bias: Value;
  readonly dropout: Dropout;
}

/** The heads' outputs side by side, of the tokens in `stay`: [asked·B, heads·depth]. */
function attend(
  config: ModelConfig,
  parameters: Parameters,
  { index, x, stay, bias, dropout }: LayerInput,
  heads: number,
): Value {
  const { Q, K, V } = namesOf(config).matrices;
  const depth = config.hiddenSize / config.heads;
  const rows = bias.type.shape[0]!;
  const length = bias.type.shape[3]!;
  const asked = stay.type.shape[0]! / rows;

  // 1. Queries, keys and values: one product if all tokens are read, two products if only the first token is read.
  const [query, key, value] =
    asked === length
      ? split(linear(parameters, x, Q!(index), K!(index), V!(index)), 1, 3)
      : [linear(parameters, stay, Q!(index)), ...split(linear(parameters, x, K!(index), V!(index)), 1, 2)];
  const byHead = (y: Value, tokens: number) => reshape(y, [tokens, rows, heads, depth]); // (T, B, heads, depth)

  // 2. Attention: softmax(q·kᵀ / √depth + padding)·v, heads accessed by strides.
  const logits = matmul(byHead(query!, asked), byHead(key!, length), {
    transBatchA: true,
    transBatchB: true,
    transB: true,
    alpha: 1 / Math.sqrt(depth),
  }); // (B, heads, asked, T)
  const shares = dropout(softmax(add(logits, bias)), config.dropout.attention);
  const mixed = matmul(shares, byHead(value!, length), { transBatchB: true }); // (B, heads, asked, depth)
  return reshape(transpose(mixed, [2, 0, 1, 3]), [asked * rows, heads * depth]);
}

/** One layer: the hidden states after it, of the tokens in `stay`. */
function layer(config: ModelConfig, parameters: Parameters, input: LayerInput): Value {
  const { index, stay, dropout } = input;
  const names = namesOf(config);
  const AO = names.matrices.AO!(index);
  const [I, O] = [names.matrices.I!(index), names.matrices.O!(index)];
  // Attention output and feed-forward, each with dropout, residual and LayerNorm. Without heads, or without
  // neurons, each is its bias.
  const { heads, feedForward } = config.perLayer?.[index] ?? config;
  const attended = heads
    ? dropout(linear(parameters, attend(config, parameters, input, heads), AO), config.dropout.hidden)
    : parameters.bias([AO]);
  const middle = norm(parameters, config, add(attended, stay), names.attentionNorm(index));
  const narrow = feedForward
    ? dropout(
        linear(parameters, activations[config.activation](linear(parameters, middle, I)), O),
        config.dropout.hidden,
      )
    : parameters.bias([O]);
  return norm(parameters, config, add(narrow, middle), names.outputNorm(index));
}

/** The mean [B, hiddenSize] of each sequence's hidden states x [T·B, hiddenSize], without padding; attention is [B, T]. */
function meanOf(x: Value, attention: Value): Value {
  const [rows, length] = attention.type.shape as [number, number];
  const width = x.type.shape[1]!;
  const weights = reshape(transpose(attention, [1, 0]), [length, rows, 1]);
  const sums = reduceSum(mul(reshape(x, [length, rows, width]), weights), [0]);
  return div(sums, reshape(reduceSum(attention, [1]), [rows, 1]));
}

/**
 * The hidden states after the embeddings and after each layer, lowest first, each [T·B, hiddenSize] time-major; the
 * last one is [B, hiddenSize] unless all tokens are read.
 */
export function encode(
  config: ModelConfig,
  parameters: Parameters,
  tokens: Tokens,
  { read, dropout }: { read: Read; dropout: Dropout },
): Value[] {
  const [rows, length] = tokens.attention.type.shape as [number, number];
  // −1e9 makes the attention weight of padding exactly 0 in float32, like the lowest float32, which transformers adds.
  const bias = reshape(mul(sub(1, tokens.attention), -1e9), [rows, 1, 1, length]);
  const hidden = [embed(config, parameters, tokens, dropout)];
  for (let index = 0; index < config.layers; index++) {
    const x = hidden[index]!;
    const asked = index === config.layers - 1 && read === "first" ? 1 : length;
    hidden.push(layer(config, parameters, { index, x, stay: slice(x, 0, 0, asked * rows), bias, dropout }));
  }
  if (read === "mean") hidden.push(meanOf(hidden.pop()!, tokens.attention));
  return hidden;
}
