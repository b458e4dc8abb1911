// Masks that are never trained: random ones, a control that shows how much training a mask adds, and those that finetuning
// leaves as they are.

import { type BitMatrix, countOnes, unpackBits } from "../mask/bits.ts";
import { initialMask } from "../mask/initial.ts";
import type { InitialRecipe } from "../mask/metadata.ts";
import type { NamedTensor } from "../mask/stored.ts";
import type { Matrix } from "../model/names.ts";

/** A matrix's mask, from its weights [rows, columns]. */
export type MaskOf = (matrix: Matrix, weights: Float32Array) => BitMatrix;

/** The masks of a recipe. */
export function masksBy(recipe: InitialRecipe): MaskOf {
  return ({ name, rows, columns }, weights) => initialMask(recipe, `${name}.weight`, rows, columns, weights)!;
}

/** The weights of the matrices, set to 0 where the masks are off, and the sparsity of these masks. */
export async function maskedWeights(
  weightsOf: (name: string) => Promise<Float32Array>,
  maskOf: MaskOf,
  matrices: readonly Matrix[],
): Promise<{ tensors: NamedTensor[]; sparsity: number }> {
  const tensors: NamedTensor[] = [];
  let kept = 0;
  let weights = 0;
  for (const matrix of matrices) {
    const { rows, columns } = matrix;
    const name = `${matrix.name}.weight`;
    const data = await weightsOf(name);
    const bits = maskOf(matrix, data);
    const mask = unpackBits(bits, new Float32Array(data.length));
    for (let i = 0; i < data.length; i++) data[i]! *= mask[i]!;
    tensors.push({ name, shape: [rows, columns], data });
    kept += countOnes(bits);
    weights += data.length;
  }
  return { tensors, sparsity: 1 - kept / weights };
}
