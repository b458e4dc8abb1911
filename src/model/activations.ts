// Activations and normalizations.

import { add, div, gelu, layerNorm, mul, reduceSum, relu, sigmoid, sqrt, tanh } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import type { Activation, Normalization } from "./design.ts";
import type { Parameters } from "./layers.ts";

/** Activations by their names in config.json. */
export const activations: Record<Activation, (x: Value) => Value> = {
  gelu,
  relu,
  silu: (x) => mul(x, sigmoid(x)),
  gelu_new: (x) => {
    const inner = mul(add(x, mul(mul(x, mul(x, x)), 0.044715)), Math.sqrt(2 / Math.PI));
    return mul(mul(x, 0.5), add(tanh(inner), 1));
  },
};

/** The model's normalization over the last axis. */
export function norm(
  parameters: Parameters,
  { norm, isNormBiased, normEpsilon }: Normalization,
  x: Value,
  module: string,
): Value {
  const scale = parameters.tensor(`${module}.weight`);
  if (norm === "layer") {
    const { shape } = scale.type;
    const none = () => x.graph.constant({ dtype: "float32", shape, data: new Float32Array(shape[0]!) });
    return layerNorm(x, scale, isNormBiased ? parameters.tensor(`${module}.bias`) : none(), normEpsilon);
  }
  const square = mul(reduceSum(mul(x, x), [-1], true), 1 / x.type.shape.at(-1)!);
  return mul(div(x, sqrt(add(square, normEpsilon))), scale);
}
