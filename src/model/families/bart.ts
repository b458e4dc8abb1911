// BART (Lewis et al. 2020) and mBART (Liu et al. 2020), as implemented in transformers: encoder–decoders with learned positions, whose
// embeddings are normalized, and with biases of the logits. mBART normalizes inputs instead of sums.

import { tanh } from "../../graph/functions.ts";
import type { LayerKind } from "../../kinds.ts";
import type { ConfigReader } from "../config-reader.ts";
import type { Design, Sizes } from "../design.ts";
import { linear } from "../layers.ts";
import type { Family, StackNames } from "./family.ts";

const BIASED: readonly LayerKind[] = ["Q", "K", "V", "AO", "CQ", "CK", "CV", "CAO", "I", "O"];

function designOf(read: ConfigReader, { hiddenSize, heads }: Sizes): Partial<Design> {
  read.fixed("decoder_attention_heads", heads);
  read.fixed("decoder_ffn_dim", read.get("encoder_ffn_dim"));
  for (const stack of ["encoder", "decoder"]) read.fixed(`${stack}_layerdrop`, 0);
  read.fixed("tie_word_embeddings", true);
  return {
    stacks: "encoder-decoder",
    biased: BIASED,
    embeddingScale: read.flag("scale_embedding", false) ? Math.sqrt(hiddenSize) : 1,
  };
}

const stack = (name: string): StackNames => ({
  embeddings: {
    words: "shared",
    positions: `${name}.embed_positions`,
    types: null,
    norm: `${name}.layernorm_embedding`,
  },
});

export const bart: Family = {
  className: "Bart",
  languageClass: "ForConditionalGeneration",
  modelTypes: ["bart"],
  config: {
    keys: {
      hiddenSize: "d_model",
      layers: "encoder_layers",
      decoderLayers: "decoder_layers",
      heads: "encoder_attention_heads",
      feedForward: "encoder_ffn_dim",
      activation: "activation_function",
      positions: "max_position_embeddings",
      hiddenDropout: "dropout",
      attentionDropout: "attention_dropout",
      neuronDropout: "activation_dropout",
      classifierDropout: "classifier_dropout",
    },
    activation: "gelu",
    dropout: 0.1,
    padId: 1,
    segments: false,
    positionOffset: () => 0,
    reservedPositions: 2,
    epsilon: { value: 1e-5 },
    classifierDropout: 0,
    design: designOf,
  },
  names: {
    prefix: "model.",
    ...stack("encoder"),
    decoder: stack("decoder"),
    matrices: {
      Q: (layer, { stack }) => `${stack}.layers.${layer}.self_attn.q_proj`,
      K: (layer, { stack }) => `${stack}.layers.${layer}.self_attn.k_proj`,
      V: (layer, { stack }) => `${stack}.layers.${layer}.self_attn.v_proj`,
      AO: (layer, { stack }) => `${stack}.layers.${layer}.self_attn.out_proj`,
      CQ: (layer) => `decoder.layers.${layer}.encoder_attn.q_proj`,
      CK: (layer) => `decoder.layers.${layer}.encoder_attn.k_proj`,
      CV: (layer) => `decoder.layers.${layer}.encoder_attn.v_proj`,
      CAO: (layer) => `decoder.layers.${layer}.encoder_attn.out_proj`,
      I: (layer, { stack }) => `${stack}.layers.${layer}.fc1`,
      O: (layer, { stack }) => `${stack}.layers.${layer}.fc2`,
    },
    attentionNorm: (layer, { stack }) => `${stack}.layers.${layer}.self_attn_layer_norm`,
    crossNorm: (layer) => `decoder.layers.${layer}.encoder_attn_layer_norm`,
    outputNorm: (layer, { stack }) => `${stack}.layers.${layer}.final_layer_norm`,
    logitsBias: "final_logits_bias",
    sequence: { P: "classification_head.dense", T: "classification_head.out_proj" },
    token: "classifier",
  },
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(tanh(linear(parameters, drop(x), P!))), T),
  poolerActivation: "tanh",
  multipleChoice: false,
  prefixSpace: true,
  leftOut: (layers) => Math.floor(layers / 6),
};

const { names } = bart;

export const mbart: Family = {
  ...bart,
  className: "MBart",
  modelTypes: ["mbart"],
  config: { ...bart.config, design: (read, sizes) => ({ ...designOf(read, sizes), normalizes: "input" }) },
  names: {
    ...names,
    finalNorm: "encoder.layer_norm",
    decoder: { ...stack("decoder"), finalNorm: "decoder.layer_norm" },
  },
  prefixSpace: false,
};
