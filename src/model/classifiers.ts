// The classifiers on top of an encoder: for sequences (from one vector each) and for tokens.

import type { Value } from "../graph/graph.ts";
import { activations, norm } from "./activations.ts";
import type { ModelConfig } from "./config.ts";
import { familyOf } from "./families/families.ts";
import { type Dropout, linear, linearWithoutBias, type Parameters } from "./layers.ts";

/**
 * Logits [B, labels] of sequences; x has a vector of each, [B, hiddenSize]. `words`: by the head of the masked language
 * model, act(x·Wᵀ + c) through LayerNorm, times the rows of the labels' words.
 */
export function classifyRows(
  config: ModelConfig,
  parameters: Parameters,
  x: Value,
  { words, dropout }: { readonly words?: boolean | undefined; readonly dropout: Dropout },
): Value {
  const { classify, names, wordsActivation = config.activation } = familyOf(config);
  if (!words || !names.words)
    return classify(x, names.sequence, parameters, (y) => dropout(y, config.dropout.classifier), config);
  const isBiased = config.biased.includes("P");
  const dense = activations[wordsActivation]((isBiased ? linear : linearWithoutBias)(parameters, x, names.words.dense));
  return linear(parameters, norm(parameters, config, dense, names.words.norm), names.sequence.T);
}

/** Logits of every token: [T·B, labels], time-major. */
export function classifyTokens(config: ModelConfig, parameters: Parameters, x: Value, dropout: Dropout): Value {
  const { classify, names } = familyOf(config);
  const { sequence, token, tokensReadP, classifierBias } = names;
  const drop = (y: Value) => dropout(y, config.dropout.tokenClassifier);
  if (tokensReadP) return classify(x, { ...sequence, T: token }, parameters, drop, config);
  return (classifierBias?.token === false ? linearWithoutBias : linear)(parameters, drop(x), token);
}
