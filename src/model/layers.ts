// Linear layers and dropout, and the source of their parameters.

import { gemm } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";

/** The source of a model's parameters; the training code decides whether they are frozen, masked or trained. */
export interface Parameters {
  /** The effective weights of these modules, stacked by rows: [Σ rows, columns]. */
  weight(modules: readonly string[]): Value;
  /** The biases of these modules, stacked: [Σ rows]. */
  bias(modules: readonly string[]): Value;
  /** A single tensor of the pretrained weights, such as embeddings or LayerNorm's scale. */
  tensor(name: string): Value;
}

/** Dropout with probability `rate`; the identity during evaluation. */
export type Dropout = (x: Value, rate: number) => Value;

/** x·Wᵀ + b, with weights [out, in]. */
export function linear(parameters: Parameters, x: Value, ...modules: string[]): Value {
  return gemm(x, parameters.weight(modules), parameters.bias(modules), { transB: true });
}

/** x·Wᵀ, with weights [out, in]. */
export function linearWithoutBias(parameters: Parameters, x: Value, ...modules: string[]): Value {
  return gemm(x, parameters.weight(modules), undefined, { transB: true });
}
