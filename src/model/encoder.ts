// A pretrained model as a graph: embeddings, then layers of self-attention and feed-forward networks.

import { add, concat, div, mul, reduceSum, reshape, slice, split, sub, transpose } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import { activations, norm } from "./activations.ts";
import { type Attended, attend, causalBias, type Keys, paddingBias, project } from "./attention.ts";
import type { ModelConfig } from "./config.ts";
import { embed, type Tokens } from "./embeddings.ts";
import type { Dropout, Parameters } from "./layers.ts";
import { namesOf } from "./names.ts";
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
}

export interface EncodeOptions {
  readonly read: Read;
  readonly dropout: Dropout;
  /** What was read before the tokens; only for decoders, and a single token. */
  readonly past?: Past | undefined;
  /** Receives the keys and values of each layer, in order. */
  readonly onKeys?: ((keys: Keys) => void) | undefined;
}

/** A part of a layer: its output is added to its input, with dropout, and what is normalized is as the model has it. */
function residual(
  config: ModelConfig,
  parameters: Parameters,
  { stay, module, dropout }: { readonly stay: Value; readonly module: string; readonly dropout: Dropout },
  work: (normalize: (x: Value) => Value) => Value,
): Value {
  const normalize = (x: Value) => norm(parameters, config, x, module);
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

/** One layer: the hidden states after it, of the tokens in `stay`. */
function layer(
  config: ModelConfig,
  parameters: Parameters,
  input: Omit<Attended, "heads"> & Pick<EncodeOptions, "onKeys">,
): Value {
  const { layer: index, x, stay, dropout, onKeys } = input;
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
    return project(config, parameters, mixed, index, "AO");
  });
  const part = { stay: middle, module: names.outputNorm(index), dropout };
  return residual(config, parameters, part, (normalize) => {
    if (!feedForward) return parameters.bias([names.matrices.O(index)]);
    return project(config, parameters, neurons(config, parameters, normalize(middle), index), index, "O");
  });
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
function lastOf(x: Value, attention: Value): Value {
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
  { read, dropout, past, onKeys }: EncodeOptions,
): Value[] {
  const { graph } = tokens.ids;
  const [rows, length] = tokens.attention.type.shape as [number, number];
  const { rotary, windows, layers } = config;
  const turns = past ? past.turns : rotary && constantTurns(graph, rotary, length);
  const biases = new Map<number | null, Value>();
  const biasOf = (window: number | null): Value => {
    if (config.stacks === "encoder") return paddingBias(tokens.attention);
    if (!past) return causalBias(graph, length, window);
    const self = graph.constant({ dtype: "float32", shape: [rows, 1, 1, 1], data: new Float32Array(rows) });
    return concat([past.bias(window), self], 3);
  };
  const hidden = [embed(config, parameters, tokens, dropout)];
  for (let index = 0; index < layers; index++) {
    const x = hidden[index]!;
    const asked = index === layers - 1 && read === "first" ? 1 : length;
    const window = windows?.[index] ?? null;
    if (!biases.has(window)) biases.set(window, biasOf(window));
    hidden.push(
      layer(config, parameters, {
        ...{ layer: index, x, stay: slice(x, 0, 0, asked * rows), bias: biases.get(window)!, rows, dropout },
        ...{ turns, past: past?.keys[index], onKeys },
      }),
    );
  }
  const { finalNorm } = namesOf(config);
  if (finalNorm) hidden.push(norm(parameters, config, hidden.pop()!, finalNorm));
  if (read === "mean") hidden.push(meanOf(hidden.pop()!, tokens.attention));
  if (read === "last") hidden.push(lastOf(hidden.pop()!, tokens.attention));
  return hidden;
}
