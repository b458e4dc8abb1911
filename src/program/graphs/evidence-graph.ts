// The graph of the evidence of each token for a label: the label's log-odds, and their slope along each token's strength.

import { backward } from "../../graph/backward.ts";
import { greater, logSoftmax, mul, reduceSum, sub, where } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import type { Parameters } from "../../model/layers.ts";
import { logitsOf, tokensOf } from "./logits.ts";
import type { BatchShape, Head } from "./plan.ts";

/** Added to the explained label's logit, so that it has no share in a softmax over the others. */
const NEVER = -1e9;

/**
 * Log-odds [B] of the labels that `targets` names: ln p / (1 − p), the label's logit minus ln Σ exp of the others. Logits
 * and targets are [B, labels]; targets are one-hot, and there are at least two labels.
 */
function logOdds(logits: Value, targets: Value): Value {
  const labels = logits.type.shape[1]!;
  const others = where(greater(targets, 0), NEVER, logits);
  // x − log softmax(x) is ln Σ exp(x) in every place, so any average over the other labels is.
  const all = reduceSum(mul(sub(others, logSoftmax(others)), mul(sub(1, targets), 1 / (labels - 1))), [1]);
  return sub(reduceSum(mul(logits, targets), [1]), all);
}

/**
 * Outputs "scores" [B], the log-odds of the labels in the input "targets" [B, labels], and "slopes" [T, B, 1], their
 * derivatives with respect to the input "strengths" [T, B, 1], which multiply the word embeddings. At strength 1, the
 * derivative is input × gradient, Σ_d x_td · ∂score/∂x_td (Shrikumar et al. 2016, arXiv 1605.01713), where x_t is the
 * token's row of the word embedding table: before positions, segments and LayerNorm. Without dropout.
 */
export function addEvidence(graph: Graph, plan: Head, parameters: Parameters, shape: BatchShape): void {
  const strengths = graph.input("strengths", { dtype: "float32", shape: [shape.length, shape.size, 1] });
  const tokens = { ...tokensOf(graph, plan, parameters, shape), strengths };
  const logits = logitsOf(graph, plan, parameters, shape, (x) => x, tokens);
  const targets = graph.input("targets", { dtype: "float32", shape: logits.type.shape });
  const scores = logOdds(logits, targets);
  graph.output("scores", scores);
  // The rows do not depend on each other, so the slope of the sum is that of each row.
  graph.output("slopes", backward(graph, reduceSum(scores, [0]), [strengths])[0]!);
}
