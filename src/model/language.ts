// The head of a language model: the logits of each token of the vocabulary.

import { add, gather, gemm, mul, reduceLogSumExp, reduceSum, reshape, sub } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import type { ModelConfig } from "./config.ts";
import type { Parameters } from "./layers.ts";
import { namesOf } from "./names.ts";

/** The rows of the vocabulary's tokens, [vocabSize, hiddenSize]. */
function rowsOf(config: ModelConfig, parameters: Parameters): Value {
  const { embeddings, language } = namesOf(config);
  return config.isTied ? parameters.tensor(`${embeddings.words}.weight`) : parameters.weight([language!]);
}

/** The biases of the logits, [1, vocabSize]; undefined if there are none. */
function biasesOf(config: ModelConfig, parameters: Parameters): Value | undefined {
  const { logitsBias } = namesOf(config);
  return logitsBias === undefined ? undefined : parameters.tensor(logitsBias);
}

/** The logits [rows, vocabSize] of the next token after hidden states x [rows, hiddenSize]. */
export function predictNext(config: ModelConfig, parameters: Parameters, x: Value): Value {
  const attributes = { transB: true, alpha: config.headScale };
  return gemm(x, rowsOf(config, parameters), biasesOf(config, parameters), attributes);
}

/**
 * The loss −log p of each target, [rows], int64 [rows], after hidden states x [rows, hiddenSize], and the logits of all tokens
 * [rows, vocabSize]. The logit of a target is computed again from its row, which is cheaper than to find it among them.
 */
export function nextTokenLosses(
  config: ModelConfig,
  parameters: Parameters,
  x: Value,
  targets: Value,
): { readonly losses: Value; readonly logits: Value } {
  const biases = biasesOf(config, parameters);
  const products = reduceSum(mul(x, gather(rowsOf(config, parameters), targets)), [1]);
  const scaled = config.headScale === 1 ? products : mul(products, config.headScale);
  const own = biases ? add(scaled, gather(reshape(biases, [config.vocabSize]), targets)) : scaled;
  const logits = predictNext(config, parameters, x);
  return { losses: sub(reduceLogSumExp(logits, [1]), own), logits };
}
