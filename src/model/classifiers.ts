// The classifiers on top of an encoder: for sequences (from the first token's state) and for tokens.

import type { Value } from "../graph/graph.ts";
import type { ModelConfig } from "./config.ts";
import { familyOf } from "./families/families.ts";
import { type Dropout, linear, type Parameters } from "./layers.ts";

/** Logits [B, labels] of sequences; x is the hidden state of the first tokens, [B, hiddenSize]. */
export function classifyRows(config: ModelConfig, parameters: Parameters, x: Value, dropout: Dropout): Value {
  const { classify, names } = familyOf(config);
  return classify(x, names.sequence, parameters, (y) => dropout(y, config.dropout.classifier));
}

/** Logits of every token: [T·B, labels], time-major. */
export function classifyTokens(config: ModelConfig, parameters: Parameters, x: Value, dropout: Dropout): Value {
  return linear(parameters, dropout(x, config.dropout.tokenClassifier), familyOf(config).names.token);
}
