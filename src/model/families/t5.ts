// T5 (Raffel et al. 2020) and its version 1.1, which Flan-T5 shares, as implemented in transformers: encoder–decoders with
// RMSNorm, no biases but those of attention by distance, and in version 1.1 a gated feed-forward network and a head of its own.

import { tanh } from "../../graph/functions.ts";
import { linear } from "../layers.ts";
import type { Family, StackNames } from "./family.ts";

const stack = (name: string): StackNames => ({
  embeddings: { words: "shared", positions: null, types: null, norm: null },
  relative: `${name}.block.0.layer.0.SelfAttention.relative_attention_bias`,
  finalNorm: `${name}.final_layer_norm`,
});

/** The feed-forward network is the last part of a layer: the second in the encoder, the third in the decoder. */
const LAST = { encoder: 1, decoder: 2 };

export const t5: Family = {
  className: "T5",
  languageClass: "ForConditionalGeneration",
  modelTypes: ["t5"],
  config: {
    keys: {
      hiddenSize: "d_model",
      layers: "num_layers",
      decoderLayers: "num_decoder_layers",
      heads: "num_heads",
      feedForward: "d_ff",
      activation: "feed_forward_proj",
      positions: undefined,
      hiddenDropout: "dropout_rate",
      attentionDropout: "dropout_rate",
      neuronDropout: "dropout_rate",
      finalDropout: "dropout_rate",
      classifierDropout: "classifier_dropout",
    },
    activation: "relu",
    activationIn: (name) => (name === "gated-gelu" ? "gelu_new" : name.replace(/^gated-/, "")),
    dropout: 0.1,
    padId: 0,
    segments: false,
    positionOffset: () => 0,
    epsilon: { key: "layer_norm_epsilon", value: 1e-6 },
    classifierDropout: 0,
    design: (read, { hiddenSize }) => {
      const feedForward = read.get("feed_forward_proj");
      // Version 1.1 says that its head is not tied; transformers 5 writes instead that its outputs are not scaled.
      const isTied = read.flag("tie_word_embeddings", true) && read.flag("scale_decoder_outputs", true);
      return {
        stacks: "encoder-decoder",
        headSize: read.count("d_kv", hiddenSize),
        isScaled: false,
        norm: "rms",
        normalizes: "input",
        isGated: typeof feedForward === "string" && feedForward.startsWith("gated-"),
        biased: [],
        relative: {
          buckets: read.count("relative_attention_num_buckets", 100_000, 32, 4),
          farthest: read.count("relative_attention_max_distance", 1_000_000, 128, 2),
        },
        isTied,
        headScale: isTied ? hiddenSize ** -0.5 : 1,
      };
    },
  },
  names: {
    prefix: "",
    ...stack("encoder"),
    decoder: stack("decoder"),
    matrices: {
      Q: (layer, { stack }) => `${stack}.block.${layer}.layer.0.SelfAttention.q`,
      K: (layer, { stack }) => `${stack}.block.${layer}.layer.0.SelfAttention.k`,
      V: (layer, { stack }) => `${stack}.block.${layer}.layer.0.SelfAttention.v`,
      AO: (layer, { stack }) => `${stack}.block.${layer}.layer.0.SelfAttention.o`,
      CQ: (layer) => `decoder.block.${layer}.layer.1.EncDecAttention.q`,
      CK: (layer) => `decoder.block.${layer}.layer.1.EncDecAttention.k`,
      CV: (layer) => `decoder.block.${layer}.layer.1.EncDecAttention.v`,
      CAO: (layer) => `decoder.block.${layer}.layer.1.EncDecAttention.o`,
      G: (layer, { stack }) => `${stack}.block.${layer}.layer.${LAST[stack]}.DenseReluDense.wi_0`,
      I: (layer, { stack, isGated }) =>
        `${stack}.block.${layer}.layer.${LAST[stack]}.DenseReluDense.${isGated ? "wi_1" : "wi"}`,
      O: (layer, { stack }) => `${stack}.block.${layer}.layer.${LAST[stack]}.DenseReluDense.wo`,
    },
    attentionNorm: (layer, { stack }) => `${stack}.block.${layer}.layer.0.layer_norm`,
    crossNorm: (layer) => `decoder.block.${layer}.layer.1.layer_norm`,
    outputNorm: (layer, { stack }) => `${stack}.block.${layer}.layer.${LAST[stack]}.layer_norm`,
    language: "lm_head",
    sequence: { P: "classification_head.dense", T: "classification_head.out_proj" },
    token: "classifier",
  },
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(tanh(linear(parameters, drop(x), P!))), T),
  poolerActivation: "tanh",
  multipleChoice: false,
  prefixSpace: false,
  leftOut: (layers) => Math.floor(layers / 6),
};
