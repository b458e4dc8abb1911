// A model with one stack, or the encoder of one with two, as a graph: embeddings, then layers of self-attention and feed-forward
// networks.

import { add, concat, div, mul, reduceSum, reshape, slice, split, sub, transpose } from "../graph/functions.ts";
import type { Graph, Value } from "../graph/graph.ts";
import { activations, norm } from "./activations.ts";
import { adapted } from "./additions/adapters.ts";
import { type Injected, injectedBy } from "./additions/attributes.ts";
import {
  type Attended,
  attend,
  attendAcross,
  type Crossed,
  causalBias,
  type Keys,
  paddingBias,
  project,
  windowBias,
} from "./attention.ts";
import type { ModelConfig } from "./config.ts";
import type { Rotary } from "./design.ts";
import { distancesOf } from "./disentangled.ts";
import { embed, type Tokens } from "./embeddings.ts";
import type { StackNames } from "./families/family.ts";
import type { Dropout, Parameters } from "./layers.ts";
import { namesOf } from "./names.ts";
import { biasesOf, relativeBias } from "./relative.ts";
import { constantTurns, type Turns } from "./rotary.ts";

/**
 * What the classifier reads: the first or the last token of each sequence, the mean of its tokens, or all of them. If it is the first
 * one, the last layer computes the hidden states of only those tokens.
 */
export type Read = "first" | "last" | "mean" | "all";

/** What a decoder that reads a text token by token keeps of the tokens that it has read. */
export interface Past {
  /** By layer. */
  readonly keys: readonly Keys[];
  /** Which of the P earlier tokens may be read, as a bias [B or 1, 1, 1, P], under a window. */
  bias(window: number | null): Value;
  readonly turns?: Turns | undefined;
  /** With biases by distance, int64 [B, 1, P]: the buckets of the earlier tokens as the token sees them (see `bucketsFrom`). */
  readonly buckets?: Value | undefined;
}

export interface EncodeOptions {
  readonly read: Read;
  readonly dropout: Dropout;
  /** What was read before the tokens; only for decoders, and a single token. */
  readonly past?: Past | undefined;
  /** Receives the keys and values of each layer, in order. */
  readonly onKeys?: ((keys: Keys) => void) | undefined;
  /** See `Attended`; for all tokens, the ones read are to be all. */
  readonly onWeights?: Attended["onWeights"];
}

/**
 * A part of a layer: its output is added to its input `stay`, with dropout, and what is normalized is as the model has it. All are
 * [rows, hiddenSize].
 */
function residual(
  config: ModelConfig,
  parameters: Parameters,
  { stay, module, dropout }: { readonly stay: Value; readonly module: string | null; readonly dropout: Dropout },
  work: (normalize: (x: Value) => Value) => Value,
): Value {
  const normalize = (x: Value) => (module === null ? x : norm(parameters, config, x, module));
  if (config.normalizes === "input") return add(dropout(work(normalize), config.dropout.hidden), stay);
  return normalize(
    add(
      dropout(
        work((x) => x),
        config.dropout.hidden,
      ),
      stay,
    ),
  );
}

export interface LayerInput extends Omit<Attended, "heads">, Pick<EncodeOptions, "onKeys"> {
  /** What the layer reads of an encoder's tokens. */
  readonly cross?: Crossed | undefined;
  /** What the sequences' attributes add to its adapters. */
  readonly injected?: Injected | undefined;
}

/** One layer: the hidden states after it, of the tokens in `stay` [asked·B, hiddenSize]. */
export function layer(config: ModelConfig, parameters: Parameters, input: LayerInput): Value {
  const { layer: index, x, stay, rows, dropout, onKeys, cross, injected } = input;
  const names = namesOf(config);
  // Without heads, or without neurons, a part of a pruned model is its bias.
  const { heads, feedForward } = config.perLayer?.[index] ?? config;
  const asked = stay.type.shape[0]!;
  const middle = residual(config, parameters, { stay, module: names.attentionNorm(index), dropout }, (normalize) => {
    if (!heads) return parameters.bias([names.matrices.AO(index)]);
    const normal = normalize(x);
    const own = { ...input, x: normal, stay: normal === x ? stay : slice(normal, 0, 0, asked), heads };
    const { mixed, ...keys } = attend(config, parameters, own);
    onKeys?.(keys);
    const output = project(config, parameters, mixed, index, "AO");
    return adapted(config, parameters, output, { layer: index, place: "attention", injected });
  });
  const crossed = cross
    ? residual(config, parameters, { stay: middle, module: names.crossNorm!(index), dropout }, (normalize) => {
        const mixed = attendAcross(config, parameters, { layer: index, x: normalize(middle), rows, dropout, cross });
        return project(config, parameters, mixed, index, "CAO");
      })
    : middle;
  const part = { stay: crossed, module: names.outputNorm(index), dropout };
  return residual(config, parameters, part, (normalize) => {
    if (!feedForward) return parameters.bias([names.matrices.O(index)]);
    const activated = neurons(config, parameters, normalize(crossed), index);
    const { neurons: rate } = config.dropout;
    const output = project(config, parameters, rate ? dropout(activated, rate) : activated, index, "O");
    return adapted(config, parameters, output, { layer: index, place: "output", injected });
  });
}

/** The last hidden states of a stack, normalized if the model does so. */
export function finished(
  config: ModelConfig,
  parameters: Parameters,
  { finalNorm }: StackNames,
  x: Value,
  dropout: Dropout,
): Value {
  const normal = finalNorm ? norm(parameters, config, x, finalNorm) : x;
  return config.dropout.final ? dropout(normal, config.dropout.final) : normal;
}

/** The biases of a decoder's tokens, which read no later ones, under a window. */
export function causalBiases(
  config: ModelConfig,
  parameters: Parameters,
  { relative: module }: StackNames,
  { graph, rows, length, past }: { graph: Graph; rows: number; length: number; past?: Past | undefined },
): (window: number | null) => Value {
  const { relative } = config;
  const table = relative && parameters.tensor(`${module}.weight`);
  const zeros = (dtype: "float32" | "int64", shape: number[]) =>
    dtype === "float32"
      ? graph.constant({ dtype, shape, data: new Float32Array(rows) })
      : graph.constant({ dtype, shape, data: new BigInt64Array(rows) });
  return (window) => {
    if (past && config.additions?.linearAttention) return zeros("float32", [rows, 1, 1, 1]); // it remembers only what may be read
    if (!past) {
      const own = causalBias(graph, length, window);
      return relative ? add(own, relativeBias(relative, "decoder", table!, length, length)) : own;
    }
    if (!table) return concat([past.bias(window), zeros("float32", [rows, 1, 1, 1])], 3);
    const before = add(past.bias(window), biasesOf(table, past.buckets!));
    return concat([before, biasesOf(table, zeros("int64", [rows, 1, 1]))], 3);
  };
}

/** The activations of the feed-forward network's neurons: [rows, feedForward]. */
function neurons(config: ModelConfig, parameters: Parameters, x: Value, index: number): Value {
  const activate = activations[config.activation];
  if (!config.isGated) return activate(project(config, parameters, x, index, "I"));
  const [gate, up] = split(project(config, parameters, x, index, "G", "I"), 1, 2);
  return mul(activate(gate!), up!);
}

/** The sum of each sequence's hidden states x [T·B, hiddenSize] with these weights [B, T]: [B, hiddenSize]. */
function weighted(x: Value, weights: Value): Value {
  const [rows, length] = weights.type.shape as [number, number];
  const width = x.type.shape[1]!;
  const factors = reshape(transpose(weights, [1, 0]), [length, rows, 1]);
  return reduceSum(mul(reshape(x, [length, rows, width]), factors), [0]);
}

/** The mean [B, hiddenSize] of each sequence's hidden states x [T·B, hiddenSize], without padding; attention is [B, T]. */
function meanOf(x: Value, attention: Value): Value {
  return div(weighted(x, attention), reshape(reduceSum(attention, [1]), [attention.type.shape[0]!, 1]));
}

/** The hidden states [B, hiddenSize] of each sequence's last token, which padding follows; attention is [B, T]. */
export function lastOf(x: Value, attention: Value): Value {
  const [rows, length] = attention.type.shape as [number, number];
  const none = attention.graph.constant({ dtype: "float32", shape: [rows, 1], data: new Float32Array(rows) });
  const following = length === 1 ? none : concat([slice(attention, 1, 1, length), none], 1);
  return weighted(x, sub(attention, following));
}

/**
 * The hidden states after the embeddings and after each layer, lowest first, each [T·B, hiddenSize] time-major; the
 * last one is normalized if the model does so, and is [B, hiddenSize] unless all tokens are read.
 */
export function encode(
  config: ModelConfig,
  parameters: Parameters,
  tokens: Tokens,
  { read, dropout, past, onKeys, onWeights }: EncodeOptions,
): Value[] {
  const { graph } = tokens.ids;
  const [rows, length] = tokens.attention.type.shape as [number, number];
  const { rotary, localRotary, windows, layers, encoderLayers = layers, relative, disentangled } = config;
  const names = namesOf(config);
  const turnsBy = (own: Rotary | undefined) => (past ? past.turns : own && constantTurns(graph, own, length));
  const turns = turnsBy(rotary);
  const localTurns = localRotary ? turnsBy(localRotary) : turns;
  const causal = causalBiases(config, parameters, names, { graph, rows, length, past });
  const padding = config.stacks === "decoder" ? undefined : paddingBias(tokens.attention);
  const biases = new Map<string, Value>();
  const biasOf = (window: number | null, asked: number): Value => {
    if (!padding) return causal(window);
    if (relative) {
      const table = parameters.tensor(`${names.relative}.weight`);
      return add(padding, relativeBias(relative, "encoder", table, asked, length));
    }
    if (window === null || window >= length) return padding;
    return add(padding, slice(windowBias(graph, length, window), 0, 0, asked));
  };
  const byDistance = disentangled && distancesOf(config, disentangled, parameters, names.distances!, length);
  const hidden = [embed(config, parameters, names, tokens, dropout)];
  const injected = injectedBy(config, parameters, tokens.attributes);
  const order = config.order ?? Array.from({ length: encoderLayers }, (_, index) => index);
  // A layer that is computed several times reads its matrices in one way, so that each of them is one tensor of the graph.
  const last = config.order ? undefined : encoderLayers - 1;
  for (const [index, own] of order.entries()) {
    const x = hidden[index]!;
    const asked = own === last && read === "first" && padding ? 1 : length;
    const window = windows?.[own] ?? null;
    const key = `${window} ${asked}`;
    if (!biases.has(key)) biases.set(key, biasOf(window, asked));
    hidden.push(
      layer(config, parameters, {
        ...{ layer: own, x, stay: slice(x, 0, 0, asked * rows), bias: biases.get(key)!, rows, dropout },
        ...{ turns: window === null ? turns : localTurns, distances: byDistance },
        ...{ past: past?.keys[index], attention: tokens.attention, onKeys, onWeights, injected },
      }),
    );
  }
  if (read === "first") hidden.push(slice(hidden.pop()!, 0, 0, rows));
  hidden.push(finished(config, parameters, names, hidden.pop()!, dropout));
  if (read === "mean") hidden.push(meanOf(hidden.pop()!, tokens.attention));
  if (read === "last") hidden.push(lastOf(hidden.pop()!, tokens.attention));
  return hidden;
}
