// ALBERT (Lan et al. 2020), as implemented in transformers: BERT with narrow embeddings, whose layers share their weights in
// groups. A layer here is the weights of a group, so that a mask is the same wherever they are used.

import { tanh } from "../../graph/functions.ts";
import { linear } from "../layers.ts";
import { bert } from "./bert.ts";
import type { Family } from "./family.ts";

const group = (layer: number) => `encoder.albert_layer_groups.${layer}.albert_layers.0`;

export const albert: Family = {
  ...bert,
  className: "Albert",
  modelTypes: ["albert"],
  config: {
    ...bert.config,
    keys: { ...bert.config.keys, classifierDropout: "classifier_dropout_prob" },
    activation: "gelu_new",
    dropout: 0,
    classifierDropout: 0.1,
    design: (read, { layers }) => {
      read.fixed("inner_group_num", 1);
      const groups = read.count("num_hidden_groups", layers, 1);
      return {
        embeddingSize: read.count("embedding_size", 65_536, 128),
        order: Array.from({ length: layers }, (_, i) => Math.floor(i / (layers / groups))),
        layers: groups,
      };
    },
  },
  names: {
    ...bert.names,
    prefix: "albert.",
    embeddings: { ...bert.names.embeddings, project: "encoder.embedding_hidden_mapping_in" },
    matrices: {
      Q: (layer) => `${group(layer)}.attention.query`,
      K: (layer) => `${group(layer)}.attention.key`,
      V: (layer) => `${group(layer)}.attention.value`,
      AO: (layer) => `${group(layer)}.attention.dense`,
      I: (layer) => `${group(layer)}.ffn`,
      O: (layer) => `${group(layer)}.ffn_output`,
    },
    attentionNorm: (layer) => `${group(layer)}.attention.LayerNorm`,
    outputNorm: (layer) => `${group(layer)}.full_layer_layer_norm`,
    words: { dense: "predictions.dense", norm: "predictions.LayerNorm", bias: "predictions.bias" },
    sequence: { P: "pooler", T: "classifier" },
  },
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(tanh(linear(parameters, x, P!))), T),
};
