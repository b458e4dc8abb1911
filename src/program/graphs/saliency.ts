// Graphs of how the loss depends on parameters: on each masked weight, for a first-order estimate of what a change of a mask does,
// and on all parameters.

import { backward } from "../../graph/backward.ts";
import { logSoftmax, mul } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import type { Parameters } from "../../model/layers.ts";
import { languageLoss, logitsOf } from "./logits.ts";
import { crossEntropy } from "./loss.ts";
import type { BatchShape, Head } from "./plan.ts";

/** A matrix before and after its mask, both [rows, columns]. */
export interface MaskedValue {
  readonly weight: Value;
  readonly masked: Value;
}

/** The parameters that a graph has used so far, by name. */
export interface Used {
  readonly matrices: ReadonlyMap<string, MaskedValue>;
  /** All of them, masked where they are masked. */
  readonly values: ReadonlyMap<string, Value>;
}

/** The name of a parameter's output. */
export const slopeName = (name: string) => `slope.${name}`;

/** L = −Σ targets ⊙ log p, with the input "targets" [rows, labels]; see `languageLoss` for language models. Without dropout. */
function lossOf(graph: Graph, plan: Head, parameters: Parameters, shape: BatchShape): Value {
  const keep = (x: Value) => x;
  if (plan.classifier === "language") return languageLoss(graph, plan, parameters, shape, keep).loss;
  const logits = logitsOf(graph, plan, parameters, shape, keep);
  const targets = graph.input("targets", { dtype: "float32", shape: logits.type.shape });
  return crossEntropy(logSoftmax(logits), targets);
}

/** Outputs W ⊙ ∂L/∂(M ⊙ W) [rows, columns] for each masked matrix. */
export function addSaliency(
  graph: Graph,
  plan: Head,
  parameters: Parameters,
  shape: BatchShape,
  { matrices }: Used,
): void {
  const loss = lossOf(graph, plan, parameters, shape);
  const all = [...matrices]; // those that the logits use
  const slopes = backward(
    graph,
    loss,
    all.map(([, { masked }]) => masked),
  );
  for (const [i, [name, { weight }]] of all.entries()) graph.output(slopeName(name), mul(weight, slopes[i]!));
}

/** Outputs "loss" [] and ∂L/∂x for each parameter x, in its shape. */
export function addSlopes(graph: Graph, plan: Head, parameters: Parameters, shape: BatchShape, { values }: Used): void {
  const loss = lossOf(graph, plan, parameters, shape);
  const all = [...values];
  const slopes = backward(
    graph,
    loss,
    all.map(([, value]) => value),
  );
  graph.output("loss", loss);
  for (const [i, [name]] of all.entries()) graph.output(slopeName(name), slopes[i]!);
}
