// The layers of encoders and classifiers, and the source of their parameters.

import { gemm } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";

/** The source of an encoder's parameters: whether they are frozen, masked or trained is up to the training code. */
export interface Parameters {
  /** The effective weights of these modules, stacked by rows: [Σ rows, columns]. */
  weight(modules: readonly string[]): Value;
  /** Their biases, stacked: [Σ rows]. */
  bias(modules: readonly string[]): Value;
  /** A single tensor of the pretrained weights: embeddings, LayerNorm's scale and shift. */
  tensor(name: string): Value;
}

/** Dropout of probability `rate`; the identity in evaluation. */
export type Dropout = (x: Value, rate: number) => Value;

/** x·Wᵀ + b, with the weights stored as [out, in]. */
export function linear(parameters: Parameters, x: Value, ...modules: string[]): Value {
  return gemm(x, parameters.weight(modules), parameters.bias(modules), { transB: true });
}
