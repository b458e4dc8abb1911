// RoBERTa (Liu et al. 2019) and the models that share its code, as implemented in transformers: BERT with its own
// classifier, and with positions numbered from the padding token's ID + 1.

import { tanh } from "../../graph/functions.ts";
import { linear } from "../layers.ts";
import { bert } from "./bert.ts";
import type { Family } from "./family.ts";

export const roberta: Family = {
  ...bert,
  className: "Roberta",
  modelTypes: ["roberta", "xlm-roberta", "camembert"],
  config: { ...bert.config, padId: 1, positionOffset: (padId) => padId + 1 },
  names: {
    ...bert.names,
    prefix: "roberta.",
    words: { dense: "lm_head.dense", norm: "lm_head.layer_norm", bias: "lm_head.bias" },
    sequence: { P: "classifier.dense", T: "classifier.out_proj" },
  },
  wordsActivation: "gelu",
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(tanh(linear(parameters, drop(x), P!))), T),
  multipleChoice: false, // RobertaForMultipleChoice uses a pooler and one layer
  prefixSpace: true,
};
