// DistilBERT (Sanh et al. 2019), as implemented in transformers: half as deep as its teacher, without segments.

import { relu } from "../../graph/functions.ts";
import { linear } from "../layers.ts";
import { bert } from "./bert.ts";
import type { Family } from "./family.ts";

export const distilbert: Family = {
  className: "DistilBert",
  modelTypes: ["distilbert"],
  config: {
    keys: {
      hiddenSize: "dim",
      layers: "n_layers",
      heads: "n_heads",
      feedForward: "hidden_dim",
      activation: "activation",
      positions: "max_position_embeddings",
      hiddenDropout: "dropout",
      attentionDropout: "attention_dropout",
      classifierDropout: "seq_classif_dropout",
    },
    activation: "gelu",
    dropout: 0.1,
    padId: 0,
    segments: false,
    positionOffset: () => 0,
    epsilon: { value: 1e-12 },
    classifierDropout: 0.2,
    tokenDropout: (_, hidden) => hidden,
  },
  names: {
    prefix: "distilbert.",
    embeddings: { ...bert.names.embeddings, types: null },
    matrices: {
      Q: (layer) => `transformer.layer.${layer}.attention.q_lin`,
      K: (layer) => `transformer.layer.${layer}.attention.k_lin`,
      V: (layer) => `transformer.layer.${layer}.attention.v_lin`,
      AO: (layer) => `transformer.layer.${layer}.attention.out_lin`,
      I: (layer) => `transformer.layer.${layer}.ffn.lin1`,
      O: (layer) => `transformer.layer.${layer}.ffn.lin2`,
    },
    attentionNorm: (layer) => `transformer.layer.${layer}.sa_layer_norm`,
    outputNorm: (layer) => `transformer.layer.${layer}.output_layer_norm`,
    words: { dense: "vocab_transform", norm: "vocab_layer_norm", bias: "vocab_projector.bias" },
    sequence: { P: "pre_classifier", T: "classifier" },
    token: "classifier",
  },
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(relu(linear(parameters, x, P!))), T),
  poolerActivation: "relu",
  multipleChoice: true,
  prefixSpace: false,
  leftOut: (layers) => Math.floor(layers / 3),
};
