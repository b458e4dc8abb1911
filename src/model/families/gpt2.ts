// GPT-2 (Radford et al. 2019), as implemented in transformers: a decoder with learned positions, which stores its linear
// layers as [in, out], and queries, keys and values as one.

import { linearWithoutBias } from "../layers.ts";
import type { Family } from "./family.ts";

export const gpt2: Family = {
  className: "GPT2",
  languageClass: "LMHeadModel",
  modelTypes: ["gpt2"],
  config: {
    keys: {
      hiddenSize: "n_embd",
      layers: "n_layer",
      heads: "n_head",
      feedForward: "n_inner",
      activation: "activation_function",
      positions: "n_positions",
      embeddingDropout: "embd_pdrop",
      hiddenDropout: "resid_pdrop",
      attentionDropout: "attn_pdrop",
      classifierDropout: undefined,
    },
    activation: "gelu_new",
    feedForward: (hiddenSize) => 4 * hiddenSize,
    dropout: 0.1,
    padId: 0,
    segments: false,
    positionOffset: () => 0,
    epsilon: { key: "layer_norm_epsilon", value: 1e-5 },
    classifierDropout: 0,
    tokenDropout: (read) => read.share("classifier_dropout", read.share("hidden_dropout", 0.1)),
    design: (read) => {
      read.fixed("scale_attn_weights", true);
      read.fixed("scale_attn_by_inverse_layer_idx", false);
      read.fixed("add_cross_attention", false);
      return {
        stacks: "decoder",
        normalizes: "input",
        isTied: read.flag("tie_word_embeddings", true),
      };
    },
  },
  names: {
    prefix: "transformer.",
    embeddings: { words: "wte", positions: "wpe", types: null, norm: null },
    matrices: {
      Q: (layer) => `h.${layer}.attn.c_attn.query`,
      K: (layer) => `h.${layer}.attn.c_attn.key`,
      V: (layer) => `h.${layer}.attn.c_attn.value`,
      AO: (layer) => `h.${layer}.attn.c_proj`,
      I: (layer) => `h.${layer}.mlp.c_fc`,
      O: (layer) => `h.${layer}.mlp.c_proj`,
    },
    attentionNorm: (layer) => `h.${layer}.ln_1`,
    outputNorm: (layer) => `h.${layer}.ln_2`,
    finalNorm: "ln_f",
    language: "lm_head",
    sequence: { T: "score" },
    token: "classifier",
    classifierBias: { sequence: false, token: true },
    outside: ["lm_head"],
  },
  views: [
    { module: /^h\.\d+\.attn\.c_attn$/, parts: ["query", "key", "value"], transposed: true },
    { module: /^h\.\d+\.(attn\.c_proj|mlp\.c_fc|mlp\.c_proj)$/, transposed: true },
  ],
  classify: (x, { T }, parameters) => linearWithoutBias(parameters, x, T),
  poolerActivation: "tanh",
  multipleChoice: false,
  prefixSpace: true,
  leftOut: (layers) => Math.floor(layers / 6),
};
