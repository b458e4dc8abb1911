// What stands on an encoder for a task: a classifier of rows (from the first token), or of words.
import { relu, tanh } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import type { ModelConfig, ModelType } from "./config.ts";
import { type Dropout, linear, type Parameters } from "./encoder.ts";
import { namesOf } from "./names.ts";

/** Rows by pooler and classifier as each family has them in transformers: x is the first tokens' state [B, width]. */
const sequence: Record<
  ModelType,
  (x: Value, P: string, T: string, parameters: Parameters, drop: (x: Value) => Value) => Value
> = {
  bert: (x, P, T, parameters, drop) => linear(parameters, drop(tanh(linear(parameters, x, P))), T),
  roberta: (x, P, T, parameters, drop) => linear(parameters, drop(tanh(linear(parameters, drop(x), P))), T),
  distilbert: (x, P, T, parameters, drop) => linear(parameters, drop(relu(linear(parameters, x, P))), T),
};

/** Logits [B, labels] of rows. */
export function classifyRows(config: ModelConfig, parameters: Parameters, x: Value, dropout: Dropout): Value {
  const { P, T } = namesOf(config).sequence;
  return sequence[config.modelType](x, P, T, parameters, (y) => dropout(y, config.dropout.classifier));
}

/** Logits [T·B, labels], time-major, of every token. */
export function classifyTokens(config: ModelConfig, parameters: Parameters, x: Value, dropout: Dropout): Value {
  return linear(parameters, dropout(x, config.dropout.tokenClassifier), namesOf(config).token);
}
