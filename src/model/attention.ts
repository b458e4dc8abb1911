// Attention between tokens, by heads.
//
// Tokens are stored time-major: row t·B + b of a [T·B, hiddenSize] matrix is token t of sequence b. This way, the first
// tokens of all sequences are the first B rows, and attention heads are accessed by strides, without copies.

import {
  abs,
  add,
  cast,
  concat,
  expand,
  greater,
  less,
  logSoftmax,
  matmul,
  mul,
  reshape,
  slice,
  softmax,
  split,
  sub,
  transpose,
  where,
} from "../graph/functions.ts";
import type { Graph, Value } from "../graph/graph.ts";
import type { LayerKind } from "../kinds.ts";
import { float32, sizeOf, type Tensor } from "../tensor.ts";
import { norm } from "./activations.ts";
import { featured, linearWeights, recalled, remembered } from "./additions/linear-attention.ts";
import type { ModelConfig } from "./config.ts";
import { logitsByDistance, scaleOf } from "./disentangled.ts";
import { type Dropout, linear, linearWithoutBias, type Parameters } from "./layers.ts";
import { namesOf } from "./names.ts";
import { type Turns, turned } from "./rotary.ts";

/** What is added to the logits of attention where a token must not be read; its weight is then exactly 0 in float32. */
const HIDDEN = -1e9;

/** Keys and values of tokens, each [T, B, keyHeads, headSize]; with linear attention, what is remembered of them (see `Remembered`). */
export interface Keys {
  readonly keys: Value;
  readonly values: Value;
}

/** Attention by softmax beside linear attention, of the same queries and keys. */
export interface Compared {
  readonly layer: number;
  /** The logarithms of softmax's weights, [B, heads, asked, T]. */
  readonly logs: Value;
  /** The weights of linear attention, [B, heads, asked, T]. */
  readonly linear: Value;
}

/** What the attention of a layer reads besides its parameters. */
export interface Attended {
  readonly layer: number;
  /** The tokens, [T·B, hiddenSize]. */
  readonly x: Value;
  /** Those of them whose hidden states are asked for, x or its first rows. */
  readonly stay: Value;
  /** Added to the logits; broadcast to [B, heads, asked, T]. */
  readonly bias: Value;
  /** The number of sequences. */
  readonly rows: number;
  readonly heads: number;
  readonly turns?: Turns | undefined;
  /** The embeddings of the distances between tokens, [distances, hiddenSize], with disentangled attention. */
  readonly distances?: Value | undefined;
  /** Keys and values of earlier tokens, which precede those of x. */
  readonly past?: Keys | undefined;
  /** float32 [B, T]: 1 for a token of x, 0 for padding, which linear attention must not remember; undefined: there is none. */
  readonly attention?: Value | undefined;
  /** With linear attention: receives its weights beside those of softmax, by which the tokens are then read. */
  readonly onWeights?: ((weights: Compared) => void) | undefined;
  readonly dropout: Dropout;
}

/** The products of x [rows, in] with the modules of these kinds in a layer, side by side, plus biases if they have any: [rows, Σ out]. */
export function project(
  config: ModelConfig,
  parameters: Parameters,
  x: Value,
  layer: number,
  ...kinds: readonly LayerKind[]
): Value {
  const { matrices } = namesOf(config);
  const isBiased = config.biased.some((kind) => kind === kinds[0]);
  return (isBiased ? linear : linearWithoutBias)(parameters, x, ...kinds.map((kind) => matrices[kind]!(layer)));
}

/** Padding as a bias [B, 1, 1, T], from `attention` [B, T], 1 for a token and 0 for padding. */
export function paddingBias(attention: Value): Value {
  const [rows, length] = attention.type.shape as [number, number];
  return reshape(mul(sub(1, attention), HIDDEN), [rows, 1, 1, length]);
}

/**
 * What keeps tokens from reading later ones, [length, length], and those before a window of this many tokens. Padding follows a
 * sequence's tokens, so that none of them reads it.
 */
export function causalBias(graph: Graph, length: number, window: number | null): Value {
  const [from, to] = [places(graph, [length, 1]), places(graph, [1, length])];
  const later = where(greater(to, from), HIDDEN, 0);
  return window === null || window >= length ? later : add(later, where(less(to, sub(from, window - 1)), HIDDEN, 0));
}

/**
 * The bias [rows, 1, 1, room] by which the next token of each row reads the first `lengths[row]` of `room` tokens, or those of
 * them that lie within a window of this many tokens that ends with it.
 */
export function hiddenIn(room: number, lengths: readonly number[], window: number | null): Tensor<"float32"> {
  const data = new Float32Array(lengths.length * room).fill(HIDDEN);
  for (const [row, length] of lengths.entries())
    data.fill(0, row * room + (window === null ? 0 : Math.max(0, length - window + 1)), row * room + length);
  return float32([lengths.length, 1, 1, room], data);
}

/** What keeps tokens from reading those beyond a window of this many tokens on each side, themselves included: [length, length]. */
export function windowBias(graph: Graph, length: number, window: number): Value {
  const distance = abs(sub(places(graph, [length, 1]), places(graph, [1, length])));
  return where(greater(distance, window - 1), HIDDEN, 0);
}

/** 0, 1, 2 … in this shape. */
function places(graph: Graph, shape: readonly number[]): Value {
  return graph.constant({ dtype: "float32", shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => i) });
}

/** The heads' outputs side by side, of the tokens in `stay`: [asked·B, heads·headSize]; and the keys and values of x. */
export function attend(config: ModelConfig, parameters: Parameters, input: Attended): Keys & { readonly mixed: Value } {
  const { layer, x, stay, bias, rows, heads, turns, distances, past, dropout } = input;
  const { headSize, disentangled, additions } = config;
  const keyHeads = heads / (config.heads / config.keyHeads);
  const length = x.type.shape[0]! / rows;
  const asked = stay.type.shape[0]! / rows;
  const byHead = (y: Value, tokens: number, count: number) => reshape(y, [tokens, rows, count, headSize]); // (T, B, heads, depth)

  // 1. Queries, keys and values: one product if all tokens are read, two products if only the first token is read.
  const whole = asked === length;
  const projected = (all: Value, some: Value) =>
    whole
      ? parts(project(config, parameters, all, layer, "Q", "K", "V"), heads, keyHeads, keyHeads)
      : [
          project(config, parameters, some, layer, "Q"),
          ...parts(project(config, parameters, all, layer, "K", "V"), keyHeads, keyHeads),
        ];
  const [q, k, v] = projected(x, stay);
  const firstOf = (angles: Value, tokens: number) => slice(angles, 0, 0, tokens);
  const turn = (y: Value, tokens: number) =>
    turns ? turned(y, { cos: firstOf(turns.cos, tokens), sin: firstOf(turns.sin, tokens) }) : y;
  const { headNorms } = namesOf(config);
  const normed = (y: Value, kind: "Q" | "K") => (headNorms ? norm(parameters, config, y, headNorms[kind](layer)) : y);
  const queries = turn(normed(byHead(q!, asked, heads), "Q"), asked);
  const keys = turn(normed(byHead(k!, length, keyHeads), "K"), length);
  const values = byHead(v!, length, keyHeads);

  // 2. Attention to them, and to those of earlier tokens.
  if (additions?.linearAttention) return attendLinearly(config, parameters, input, { queries, keys, values });
  const all = past
    ? { keys: concat([past.keys, keys], 0), values: concat([past.values, values], 0) }
    : { keys, values };
  if (!disentangled || !distances) return { keys, values, mixed: mix(config, queries, all, { bias, dropout }) };
  const own = dropout(distances, config.dropout.hidden);
  const [positionQueries, positionKeys] = projected(own, own);
  const pairs = { queries, keys, positionQueries: positionQueries!, positionKeys: positionKeys! };
  const biased = add(bias, logitsByDistance(disentangled, pairs));
  return { keys, values, mixed: mix(config, queries, all, { bias: biased, dropout }) };
}

/** `attend` with linear attention, from queries [asked, B, heads, headSize]. */
function attendLinearly(
  config: ModelConfig,
  parameters: Parameters,
  { layer, bias, past, attention, onWeights, dropout }: Attended,
  { queries, keys, values }: Keys & { readonly queries: Value },
): Keys & { readonly mixed: Value } {
  const linear = config.additions!.linearAttention!;
  const heads = queries.type.shape[2]!;
  const own = {
    queries: featured(linear, parameters, queries, { layer, side: "queries" }),
    keys: featured(linear, parameters, shared(keys, heads), { layer, side: "keys" }),
  };
  const all = shared(values, heads);
  const memory = remembered(own.keys, all, { attention, past });
  if (past) return { ...memory, mixed: sideBySide(recalled(linear, own.queries, memory)) };
  const visible = cast(greater(bias, HIDDEN / 2), "float32");
  const weights = linearWeights(linear, own.queries, own.keys, visible);
  if (!onWeights) return { ...memory, mixed: mixedBy(dropout(weights, config.dropout.attention), all) };
  onWeights({ layer, logs: logSoftmax(add(logitsOf(config, queries, keys), bias)), linear: weights });
  return { ...memory, mixed: mix(config, queries, { keys, values }, { bias, dropout }) };
}

/** The keys and values in a decoder's layer of an encoder's hidden states [T·B, hiddenSize], each [T, B, heads, headSize]. */
export function crossKeys(
  config: ModelConfig,
  parameters: Parameters,
  layer: number,
  hidden: Value,
  rows: number,
): Keys {
  const { heads, headSize } = config;
  const shape = [hidden.type.shape[0]! / rows, rows, heads, headSize];
  const [keys, values] = split(project(config, parameters, hidden, layer, "CK", "CV"), 1, 2);
  return { keys: reshape(keys!, shape), values: reshape(values!, shape) };
}

/** What a decoder's layer reads of the encoder's tokens in cross attention. */
export interface Crossed extends Keys {
  /** Added to the logits, [B, 1, 1, T]. */
  readonly bias: Value;
}

/** The heads' outputs side by side, [S·B, heads·headSize], of a decoder's tokens x [S·B, hiddenSize] that attend to an encoder's. */
export function attendAcross(
  config: ModelConfig,
  parameters: Parameters,
  { layer, x, rows, dropout, cross }: Pick<Attended, "layer" | "x" | "rows" | "dropout"> & { readonly cross: Crossed },
): Value {
  const { heads, headSize } = config;
  const shape = [x.type.shape[0]! / rows, rows, heads, headSize];
  const queries = reshape(project(config, parameters, x, layer, "CQ"), shape);
  return mix(config, queries, cross, { bias: cross.bias, dropout });
}

/** q·kᵀ / √headSize of queries [asked, B, heads, headSize], heads accessed by strides: [B, heads, asked, T]. */
function logitsOf({ disentangled, isScaled }: ModelConfig, queries: Value, keys: Value): Value {
  const [, , heads, headSize] = queries.type.shape as [number, number, number, number];
  return matmul(queries, shared(keys, heads), {
    transBatchA: true,
    transBatchB: true,
    transB: true,
    alpha: disentangled ? scaleOf(disentangled, headSize) : isScaled ? 1 / Math.sqrt(headSize) : 1,
  });
}

/** softmax(q·kᵀ / √headSize + bias)·v of queries [asked, B, heads, headSize]: [asked·B, heads·headSize]. */
function mix(
  config: ModelConfig,
  queries: Value,
  { keys, values }: Keys,
  { bias, dropout }: Pick<Attended, "bias" | "dropout">,
): Value {
  const shares = dropout(softmax(add(logitsOf(config, queries, keys), bias)), config.dropout.attention);
  return mixedBy(shares, shared(values, queries.type.shape[2]!));
}

/** The sums of values [T, B, heads, headSize] with weights [B, heads, asked, T]: [asked·B, heads·headSize]. */
const mixedBy = (weights: Value, values: Value): Value => sideBySide(matmul(weights, values, { transBatchB: true }));

/** The outputs of heads [B, heads, asked, headSize] side by side: [asked·B, heads·headSize]. */
function sideBySide(x: Value): Value {
  const [rows, heads, asked, headSize] = x.type.shape as [number, number, number, number];
  return reshape(transpose(x, [2, 0, 1, 3]), [asked * rows, heads * headSize]);
}

/** The columns of x divided among several values in these proportions. */
function parts(x: Value, ...shares: readonly number[]): Value[] {
  const [first] = shares;
  if (shares.every((share) => share === first)) return split(x, 1, shares.length);
  const width = x.type.shape[1]! / shares.reduce((sum, share) => sum + share, 0);
  let from = 0;
  return shares.map((share) => {
    const start = from;
    from += share;
    return slice(x, 1, start * width, from * width);
  });
}

/** Keys or values [T, B, keyHeads, headSize] for each of `heads` query heads, of which equal groups share them. */
function shared(x: Value, heads: number): Value {
  const [length, rows, count, size] = x.type.shape as [number, number, number, number];
  if (count === heads) return x;
  const each = expand(reshape(x, [length, rows, count, 1, size]), [length, rows, count, heads / count, size]);
  return reshape(each, [length, rows, heads, size]);
}
