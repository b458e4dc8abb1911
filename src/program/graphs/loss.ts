// Losses as graphs.

import { add, logSoftmax, mul, neg, reduceSum, sub } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import type { Distillation } from "../../recipe/distillation.ts";

/** −Σ targets ⊙ logs. */
export const crossEntropy = (logs: Value, targets: Value): Value => neg(reduceSum(mul(logs, targets), [0, 1]));

/**
 * (1 − w)·CE + w·T²·KL(teacher ‖ student), both softmaxes at temperature T (Hinton et al. 2015). Inputs: "soft"
 * [rows, labels], the teacher's probabilities at this temperature, weighted like the targets; "entropy" [], the sum of
 * −soft ⊙ log probabilities, which makes the cross entropy a divergence and has no gradient.
 */
export function distilledLoss(
  graph: Graph,
  logits: Value,
  targets: Value,
  { weight, temperature }: Pick<Distillation, "weight" | "temperature">,
): Value {
  const soft = graph.input("soft", { dtype: "float32", shape: logits.type.shape });
  const entropy = graph.input("entropy", { dtype: "float32", shape: [] });
  const cooled = logSoftmax(mul(logits, 1 / temperature));
  const divergence = sub(crossEntropy(cooled, soft), entropy);
  const hard = mul(crossEntropy(logSoftmax(logits), targets), 1 - weight);
  return add(hard, mul(divergence, weight * temperature ** 2));
}
