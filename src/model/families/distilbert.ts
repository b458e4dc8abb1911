// DistilBERT (Sanh et al. 2019), as transformers has it: half as deep as its teacher, without segments.

import { relu } from "../../graph/functions.ts";
import { linear } from "../layers.ts";
import { bert } from "./bert.ts";
import type { Family } from "./family.ts";

export const distilbert: Family = {
  className: "DistilBert",
  modelTypes: ["distilbert"],
  config: {
    keys: {
      width: "dim",
      blocks: "n_layers",
      heads: "n_heads",
      feedForward: "hidden_dim",
      activation: "activation",
      hiddenDropout: "dropout",
      attentionDropout: "attention_dropout",
      classifierDropout: "seq_classif_dropout",
    },
    padId: 0,
    segments: false,
    positionOffset: () => 0,
    layerNormKey: undefined,
    classifierDropout: 0.2,
    tokensUseHiddenDropout: true,
  },
  names: {
    prefix: "distilbert.",
    embeddings: { ...bert.names.embeddings, types: null },
    matrices: {
      Q: (block) => `transformer.layer.${block}.attention.q_lin`,
      K: (block) => `transformer.layer.${block}.attention.k_lin`,
      V: (block) => `transformer.layer.${block}.attention.v_lin`,
      AO: (block) => `transformer.layer.${block}.attention.out_lin`,
      I: (block) => `transformer.layer.${block}.ffn.lin1`,
      O: (block) => `transformer.layer.${block}.ffn.lin2`,
    },
    attentionNorm: (block) => `transformer.layer.${block}.sa_layer_norm`,
    outputNorm: (block) => `transformer.layer.${block}.output_layer_norm`,
    sequence: { P: "pre_classifier", T: "classifier" },
    token: "classifier",
  },
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(relu(linear(parameters, x, P))), T),
  multipleChoice: true,
  prefixSpace: false,
  leftOut: (blocks) => Math.floor(blocks / 3),
};
