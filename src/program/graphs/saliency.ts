// The graph of how much the loss depends on each masked weight, for a first-order estimate of what a change of a mask does.

import { backward } from "../../graph/backward.ts";
import { logSoftmax, mul } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import type { Parameters } from "../../model/layers.ts";
import { logitsOf } from "./logits.ts";
import { crossEntropy } from "./loss.ts";
import type { BatchShape, Head } from "./plan.ts";

/** A matrix before and after its mask, both [rows, columns]. */
export interface MaskedValue {
  readonly weight: Value;
  readonly masked: Value;
}

/** By the names of the weights. */
export type Matrices = ReadonlyMap<string, MaskedValue>;

/** The name of a matrix's output. */
export const saliencyName = (name: string) => `saliency.${name}`;

/**
 * Outputs W ⊙ ∂L/∂(M ⊙ W) [rows, columns] for each masked matrix, with L = Σ −log p over the labels in the input "targets"
 * [rows, labels], one-hot or 0. Without dropout.
 */
export function addSaliency(
  graph: Graph,
  plan: Head,
  parameters: Parameters,
  shape: BatchShape,
  matrices: Matrices,
): void {
  const logits = logitsOf(graph, plan, parameters, shape, (x) => x);
  const targets = graph.input("targets", { dtype: "float32", shape: logits.type.shape });
  const loss = crossEntropy(logSoftmax(logits), targets);
  const all = [...matrices]; // those that the logits use
  const slopes = backward(
    graph,
    loss,
    all.map(([, { masked }]) => masked),
  );
  for (const [i, [name, { weight }]] of all.entries()) graph.output(saliencyName(name), mul(weight, slopes[i]!));
}
