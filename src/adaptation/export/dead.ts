// Which attention heads and neurons a model's weights leave dead: what they add to the hidden states is the same for
// every text. Heads and neurons are both groups of dimensions between two linear layers, out · f(in · x + b).

import type { Tensor } from "../../tensor.ts";

/** The number of weights other than 0 in each row and in each column of a matrix. */
export interface Lines {
  readonly rows: Uint32Array;
  readonly columns: Uint32Array;
}

export function linesOf({ shape, data }: Tensor<"float32">): Lines {
  const [height, width] = shape as [number, number];
  const [rows, columns] = [new Uint32Array(height), new Uint32Array(width)];
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++)
      if (data[i] !== 0) {
        rows[row]!++;
        columns[column]!++;
      }
  return { rows, columns };
}

/**
 * The number of weights by which each group of `size` consecutive dimensions is alive: the smaller of what is left in a dimension's row of
 * the layer before and in its column of the layer after, summed. 0 if the group is dead: each of its dimensions is read by nothing
 * (its column is all zeros), or is a constant (its row is): the activation of its bias for a neuron, and V's bias
 * for a dimension of a head, since attention weights sum to 1 whatever Q and K are.
 */
export function aliveBy(rows: Uint32Array, columns: Uint32Array, size: number): number[] {
  return Array.from({ length: rows.length / size }, (_, group) => {
    let sum = 0;
    for (let i = group * size; i < (group + 1) * size; i++) sum += Math.min(rows[i]!, columns[i]!);
    return sum;
  });
}

/**
 * The dimensions of queries and keys that never change an attention weight: the row of K is all zeros, so the dimension adds the
 * same to a query's logit of every key; or the row of Q and its bias are zeros, so it adds nothing.
 */
export function deadLogits(Q: Uint32Array, K: Uint32Array, biasOfQ: Float32Array): number[] {
  return [...K.keys()].filter((i) => K[i] === 0 || (Q[i] === 0 && biasOfQ[i] === 0));
}
