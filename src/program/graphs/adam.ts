// Adam (Kingma & Ba 2015, algorithm 1), written so that it passes over memory as rarely as standard operators allow.

import { add, div, mul, reshape, scan, sqrt, sub } from "../../graph/functions.ts";
import { blocksOf } from "../../graph/gradients.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { type Shape, sizeOf } from "../../tensor.ts";

export const BETA1 = 0.9;
export const BETA2 = 0.999;
export const EPSILON = 1e-8;

/** The two scalars of a step, fed to the graph. */
export interface AdamPoint {
  readonly rate: Value;
  readonly epsilon: Value;
}

/**
 * The moments are kept as μ = m / (1 − β₁) and ν = v / (1 − β₂), which saves two products per weight:
 *
 *     μ ← β₁·μ + g,  ν ← β₂·ν + g²,  x ← x − rate·μ / (√ν + epsilon)
 *
 * With c₁ = 1 − β₁ᵗ, c₂ = 1 − β₂ᵗ and q = √(c₂ / (1 − β₂)): rate = η·(1 − β₁)/c₁·q and epsilon = ε·q give exactly
 * x − η·m̂ / (√v̂ + ε).
 */
export function adamFactors(step: number, learningRate: number): { rate: number; epsilon: number } {
  const q = Math.sqrt((1 - BETA2 ** step) / (1 - BETA2));
  return { rate: ((learningRate * (1 - BETA1)) / (1 - BETA1 ** step)) * q, epsilon: EPSILON * q };
}

/** How a parameter's gradient is computed from the raw gradient and from extra tensors of the same shape. */
export interface Chain {
  readonly inputs: readonly Value[];
  readonly grad: (raw: Value, parameter: Value, inputs: readonly Value[]) => Value;
  /** Further results from the new parameter and the extra tensors, block by block. */
  readonly also?: (next: Value, inputs: readonly Value[]) => readonly Value[];
}

/** The shape in which Adam processes and returns a tensor: [runs, n / runs]. */
export function blockShape(shape: Shape, block: number): Shape {
  const size = sizeOf(shape);
  const runs = blocksOf(size, 1, block);
  return [runs, size / runs];
}

/**
 * The new parameter, μ and ν, each shaped [runs, n / runs], and the chain's further results, each [runs, …]; `chain` converts
 * `raw` to the parameter's gradient, block by block.
 */
export function adam(
  graph: Graph,
  name: string,
  raw: Value,
  parameter: Value,
  { rate, epsilon }: AdamPoint,
  chain: Chain = { inputs: [], grad: (grad) => grad },
): Value[] {
  const blocks = blockShape(parameter.type.shape, graph.block);
  const moments = ["first", "second"].map((moment) =>
    graph.input(`${moment}.${name}`, { dtype: "float32", shape: blocks }),
  );
  const update = ([raw, x, mu, nu, ...extra]: Value[]): Value[] => {
    const grad = chain.grad(raw!, x!, extra);
    const first = add(mul(mu!, BETA1), grad);
    const second = add(mul(nu!, BETA2), mul(grad, grad));
    const next = sub(x!, mul(div(first, add(sqrt(second), epsilon)), rate));
    return [next, first, second, ...(chain.also?.(next, extra) ?? [])];
  };
  const values = [raw, parameter, ...chain.inputs].map((x) => reshape(x, blocks));
  values.splice(2, 0, ...moments);
  return blocks[0] === 1 ? update(values) : scan(values, update);
}
