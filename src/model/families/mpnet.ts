// MPNet (Song et al. 2020), as implemented in transformers: positions as in RoBERTa, and biases by distance besides.

import { bert } from "./bert.ts";
import type { Family } from "./family.ts";
import { roberta } from "./roberta.ts";

export const mpnet: Family = {
  ...roberta,
  className: "MPNet",
  modelTypes: ["mpnet"],
  config: {
    ...roberta.config,
    keys: { ...roberta.config.keys, classifierDropout: "hidden_dropout_prob" },
    segments: false,
    design: (read) => {
      read.fixed("relative_attention_num_buckets", 32); // transformers' own code has this number, too
      return { relative: { buckets: 32, farthest: 128 } };
    },
  },
  names: {
    ...roberta.names,
    prefix: "mpnet.",
    embeddings: { ...bert.names.embeddings, types: null },
    matrices: {
      ...bert.names.matrices,
      Q: (layer) => `encoder.layer.${layer}.attention.attn.q`,
      K: (layer) => `encoder.layer.${layer}.attention.attn.k`,
      V: (layer) => `encoder.layer.${layer}.attention.attn.v`,
      AO: (layer) => `encoder.layer.${layer}.attention.attn.o`,
    },
    relative: "encoder.relative_attention_bias",
    attentionNorm: (layer) => `encoder.layer.${layer}.attention.LayerNorm`,
  },
  prefixSpace: false,
};
