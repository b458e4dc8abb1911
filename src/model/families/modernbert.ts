// ModernBERT (Warner et al. 2024), as implemented in transformers: an encoder with rotary positions, most of whose layers attend
// to tokens nearby, a gated feed-forward network, and no biases. Queries, keys and values are stored as one, as are gate and up.

import { gelu } from "../../graph/functions.ts";
import { NEURON_KINDS, SELF_KINDS } from "../../kinds.ts";
import { norm } from "../activations.ts";
import type { ConfigReader } from "../config-reader.ts";
import { linear, linearWithoutBias } from "../layers.ts";
import { bert } from "./bert.ts";
import type { Family } from "./family.ts";
import { rotaryOf } from "./rotary.ts";
import { FULL, LOCAL, windowsOf } from "./windows.ts";

const LAST_LAYER = 1_000_000;

/** The number of tokens on each side that a layer's tokens attend to, themselves included; null: all. */
function localWindows(read: ConfigReader, layers: number): (number | null)[] {
  const every = read.count("global_attn_every_n_layers", LAST_LAYER, 3);
  const local = Math.floor(read.count("local_attention", 1_000_000, 128) / 2) + 1;
  return windowsOf(read, layers, local, (layer) => layer % every > 0);
}

export const modernbert: Family = {
  ...bert,
  className: "ModernBert",
  modelTypes: ["modernbert"],
  config: {
    keys: {
      ...bert.config.keys,
      activation: "hidden_activation",
      hiddenDropout: undefined,
      attentionDropout: undefined,
      classifierDropout: "classifier_dropout",
      embeddingDropout: "embedding_dropout",
    },
    activation: "gelu",
    dropout: 0,
    padId: 50_283,
    segments: false,
    positionOffset: () => 0,
    epsilon: { key: "norm_eps", value: 1e-5 },
    classifierDropout: 0,
    pooling: "classifier_pooling",
    design: (read, { hiddenSize, heads, layers }) => {
      read.fixed("attention_dropout", 0);
      read.fixed("mlp_dropout", 0);
      read.fixed("classifier_activation", "gelu");
      const headSize = hiddenSize / heads;
      const rotary = (kind: string, old: string, base: number) =>
        rotaryOf(read, read.object("rope_parameters")?.object(kind), headSize, { key: old, value: base });
      return {
        isNormBiased: read.flag("norm_bias", false),
        normalizes: "input",
        isGated: true,
        biased: [
          ...(read.flag("attention_bias", false) ? SELF_KINDS : []),
          ...(read.flag("mlp_bias", false) ? NEURON_KINDS : []),
          ...(read.flag("classifier_bias", false) ? (["P"] as const) : []),
        ],
        rotary: rotary(FULL, "global_rope_theta", 160_000),
        localRotary: rotary(LOCAL, "local_rope_theta", 10_000),
        windows: localWindows(read, layers),
        pools: read.choice("classifier_pooling", ["cls", "mean"]) === "mean" ? "mean" : undefined,
      };
    },
  },
  names: {
    prefix: "model.",
    embeddings: { words: "embeddings.tok_embeddings", positions: null, types: null, norm: "embeddings.norm" },
    matrices: {
      Q: (layer) => `layers.${layer}.attn.Wqkv.query`,
      K: (layer) => `layers.${layer}.attn.Wqkv.key`,
      V: (layer) => `layers.${layer}.attn.Wqkv.value`,
      AO: (layer) => `layers.${layer}.attn.Wo`,
      G: (layer) => `layers.${layer}.mlp.Wi.gate`,
      I: (layer) => `layers.${layer}.mlp.Wi.up`,
      O: (layer) => `layers.${layer}.mlp.Wo`,
    },
    attentionNorm: (layer) => (layer ? `layers.${layer}.attn_norm` : null),
    outputNorm: (layer) => `layers.${layer}.mlp_norm`,
    finalNorm: "final_norm",
    words: { dense: "head.dense", norm: "head.norm", bias: "decoder.bias" },
    sequence: { P: "head.dense", norm: "head.norm", T: "classifier" },
    token: "classifier",
    tokensReadP: true,
    outside: ["head"],
  },
  views: [
    { module: /^layers\.\d+\.attn\.Wqkv$/, parts: ["query", "key", "value"], transposed: false },
    { module: /^layers\.\d+\.mlp\.Wi$/, parts: ["gate", "up"], transposed: false },
  ],
  wordsActivation: "gelu",
  classify: (x, modules, parameters, drop, config) => {
    const dense = (config.biased.includes("P") ? linear : linearWithoutBias)(parameters, x, modules.P!);
    return linear(parameters, drop(norm(parameters, config, gelu(dense), modules.norm!)), modules.T);
  },
  poolerActivation: "gelu",
};
