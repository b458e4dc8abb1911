// BERT (Devlin et al. 2019), as implemented in transformers.

import { tanh } from "../../graph/functions.ts";
import { linear } from "../layers.ts";
import type { Family } from "./family.ts";

export const bert: Family = {
  className: "Bert",
  modelTypes: ["bert"],
  config: {
    keys: {
      hiddenSize: "hidden_size",
      layers: "num_hidden_layers",
      heads: "num_attention_heads",
      feedForward: "intermediate_size",
      activation: "hidden_act",
      positions: "max_position_embeddings",
      hiddenDropout: "hidden_dropout_prob",
      attentionDropout: "attention_probs_dropout_prob",
      classifierDropout: "classifier_dropout",
    },
    activation: "gelu",
    dropout: 0.1,
    padId: 0,
    segments: true,
    positionOffset: () => 0,
    epsilon: { key: "layer_norm_eps", value: 1e-12 },
    classifierDropout: undefined,
  },
  names: {
    prefix: "bert.",
    embeddings: {
      words: "embeddings.word_embeddings",
      positions: "embeddings.position_embeddings",
      types: "embeddings.token_type_embeddings",
      norm: "embeddings.LayerNorm",
    },
    matrices: {
      Q: (layer) => `encoder.layer.${layer}.attention.self.query`,
      K: (layer) => `encoder.layer.${layer}.attention.self.key`,
      V: (layer) => `encoder.layer.${layer}.attention.self.value`,
      AO: (layer) => `encoder.layer.${layer}.attention.output.dense`,
      I: (layer) => `encoder.layer.${layer}.intermediate.dense`,
      O: (layer) => `encoder.layer.${layer}.output.dense`,
    },
    attentionNorm: (layer) => `encoder.layer.${layer}.attention.output.LayerNorm`,
    outputNorm: (layer) => `encoder.layer.${layer}.output.LayerNorm`,
    words: {
      dense: "cls.predictions.transform.dense",
      norm: "cls.predictions.transform.LayerNorm",
      bias: "cls.predictions.bias",
    },
    sequence: { P: "pooler.dense", T: "classifier" },
    token: "classifier",
  },
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(tanh(linear(parameters, x, P!))), T),
  poolerActivation: "tanh",
  multipleChoice: true,
  prefixSpace: false,
  leftOut: (layers) => Math.floor(layers / 6),
};
