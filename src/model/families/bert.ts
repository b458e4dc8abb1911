// BERT (Devlin et al. 2019), as transformers has it.

import { tanh } from "../../graph/functions.ts";
import { linear } from "../layers.ts";
import type { Family } from "./family.ts";

export const bert: Family = {
  className: "Bert",
  modelTypes: ["bert"],
  config: {
    keys: {
      width: "hidden_size",
      blocks: "num_hidden_layers",
      heads: "num_attention_heads",
      feedForward: "intermediate_size",
      activation: "hidden_act",
      hiddenDropout: "hidden_dropout_prob",
      attentionDropout: "attention_probs_dropout_prob",
      classifierDropout: "classifier_dropout",
    },
    padId: 0,
    segments: true,
    positionOffset: () => 0,
    layerNormKey: "layer_norm_eps",
    classifierDropout: undefined,
    tokensUseHiddenDropout: false,
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
      Q: (block) => `encoder.layer.${block}.attention.self.query`,
      K: (block) => `encoder.layer.${block}.attention.self.key`,
      V: (block) => `encoder.layer.${block}.attention.self.value`,
      AO: (block) => `encoder.layer.${block}.attention.output.dense`,
      I: (block) => `encoder.layer.${block}.intermediate.dense`,
      O: (block) => `encoder.layer.${block}.output.dense`,
    },
    attentionNorm: (block) => `encoder.layer.${block}.attention.output.LayerNorm`,
    outputNorm: (block) => `encoder.layer.${block}.output.LayerNorm`,
    sequence: { P: "pooler.dense", T: "classifier" },
    token: "classifier",
  },
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(tanh(linear(parameters, x, P))), T),
  multipleChoice: true,
  prefixSpace: false,
  leftOut: (blocks) => Math.floor(blocks / 6),
};
