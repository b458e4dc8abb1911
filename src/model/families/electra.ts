// ELECTRA (Clark et al. 2020), as implemented in transformers: BERT with embeddings of another width, and a classifier of
// its own.

import { gelu } from "../../graph/functions.ts";
import { linear } from "../layers.ts";
import { bert } from "./bert.ts";
import type { Family } from "./family.ts";

export const electra: Family = {
  ...bert,
  className: "Electra",
  modelTypes: ["electra"],
  config: {
    ...bert.config,
    design: (read, { hiddenSize }) => {
      const size = read.count("embedding_size", 65_536, 128);
      return { embeddingSize: size === hiddenSize ? undefined : size };
    },
  },
  names: {
    ...bert.names,
    prefix: "electra.",
    embeddings: { ...bert.names.embeddings, project: "embeddings_project" },
    words: {
      dense: "generator_predictions.dense",
      norm: "generator_predictions.LayerNorm",
      bias: "generator_lm_head.bias",
    },
    sequence: { P: "classifier.dense", T: "classifier.out_proj" },
  },
  wordsActivation: "gelu",
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(gelu(linear(parameters, drop(x), P!))), T),
  poolerActivation: "gelu",
  multipleChoice: false, // ElectraForMultipleChoice has a summary before its classifier
};
