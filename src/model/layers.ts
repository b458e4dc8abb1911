// The layers that encoders and classifiers are made of, and where their parameters come from.

import { gemm } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";

/** Where an encoder's parameters come from: frozen, masked or trained is the training code's matter. */
export interface Parameters {
  /** The effective weights of these modules, stacked by rows: [Σ rows, columns]. */
  weight(modules: readonly string[]): Value;
  /** Their biases, stacked: [Σ rows]. */
  bias(modules: readonly string[]): Value;
  /** One tensor of the checkpoint as it is: embeddings, LayerNorm's scale and shift. */
  tensor(name: string): Value;
}

/** Dropout of probability `rate`; the identity in evaluation. */
export type Dropout = (x: Value, rate: number) => Value;

/** x·Wᵀ + b, with the weights stored [out, in]. */
export function linear(parameters: Parameters, x: Value, ...modules: string[]): Value {
  return gemm(x, parameters.weight(modules), parameters.bias(modules), { transB: true });
}
