// The decoder of an encoder–decoder as a graph: its layers read earlier tokens and, by cross attention, the encoder's hidden states.

import type { Value } from "../graph/graph.ts";
import { crossKeys, type Keys, paddingBias } from "./attention.ts";
import type { ModelConfig } from "./config.ts";
import { embed, type Tokens } from "./embeddings.ts";
import { causalBiases, type EncodeOptions, finished, layer } from "./encoder.ts";
import type { Parameters } from "./layers.ts";
import { namesOf } from "./names.ts";

/** What the decoder reads of the encoder's tokens. */
export interface Source {
  /** Their keys and values in each of the decoder's layers, in order. */
  readonly keys: readonly Keys[];
  /** float32 [B, T]: 1 for a token, 0 for padding. */
  readonly attention: Value;
}

/** The source with these last hidden states [T·B, hiddenSize] of the encoder, time-major. */
export function sourceOf(config: ModelConfig, parameters: Parameters, hidden: Value, attention: Value): Source {
  const { layers, encoderLayers = layers } = config;
  const rows = attention.type.shape[0]!;
  const keys = Array.from({ length: layers - encoderLayers }, (_, i) =>
    crossKeys(config, parameters, encoderLayers + i, hidden, rows),
  );
  return { keys, attention };
}

export interface DecodeOptions extends Pick<EncodeOptions, "dropout" | "past" | "onKeys" | "onWeights"> {
  readonly source: Source;
}

/**
 * The hidden states after the embeddings and after each of the decoder's layers, lowest first, each [S·B, hiddenSize] time-major; the
 * last one is normalized if the model does so. The decoder's tokens are int64 [S, B], padded on the right.
 */
export function decode(
  config: ModelConfig,
  parameters: Parameters,
  tokens: Pick<Tokens, "ids" | "positions"> & Partial<Pick<Tokens, "attention">>,
  { source, dropout, past, onKeys, onWeights }: DecodeOptions,
): Value[] {
  const { graph } = tokens.ids;
  const [length, rows] = tokens.ids.type.shape as [number, number];
  const { layers, encoderLayers = layers } = config;
  const names = namesOf(config).decoder!;
  const bias = causalBiases(config, parameters, names, { graph, rows, length, past })(null);
  const ofSource = paddingBias(source.attention);
  const hidden = [embed(config, parameters, names, tokens, dropout)];
  for (let index = 0; index < layers - encoderLayers; index++) {
    const x = hidden[index]!;
    hidden.push(
      layer(config, parameters, {
        ...{ layer: encoderLayers + index, x, stay: x, bias, rows, dropout },
        ...{ past: past?.keys[index], attention: tokens.attention, onKeys, onWeights },
        cross: { ...source.keys[index]!, bias: ofSource },
      }),
    );
  }
  hidden.push(finished(config, parameters, names, hidden.pop()!, dropout));
  return hidden;
}
