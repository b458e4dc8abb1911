// Masks that are never trained: random ones, a control that shows how much training a mask adds, and those that finetuning
// leaves as they are.

import { type BitMatrix, countOnes, packBits, unpackBits } from "../mask/bits.ts";
import { initialScores } from "../mask/initial.ts";
import type { InitialRecipe } from "../mask/metadata.ts";
import type { NamedTensor } from "../mask/stored.ts";
import type { Matrix } from "../model/names.ts";
import { magnitudesOf, type Scored, weightScores } from "./units.ts";

/** The masks of the matrices on which scores decide, from the weights [rows, columns] of each of these. */
export type MasksOf = (scored: Scored, weightsOf: (matrix: Matrix) => Float32Array) => BitMatrix[];

/** The masks of a recipe. */
export function masksBy(recipe: InitialRecipe): MasksOf {
  return (scored, weightsOf) => {
    const { name, rows, columns } = scored.scores;
    const scores = initialScores(recipe, `${name}.weight`, rows, columns, magnitudesOf(scored, weightsOf));
    return scored.matrices.map((matrix) =>
      packBits(weightScores(scored, matrix, scores), matrix.rows, matrix.columns, recipe.threshold),
    );
  };
}

/** The weights of the matrices, set to 0 where the masks are off, and the sparsity of these masks. */
export async function maskedWeights(
  weightsOf: (name: string) => Promise<Float32Array>,
  masksOf: MasksOf,
  all: readonly Scored[],
): Promise<{ tensors: NamedTensor[]; sparsity: number }> {
  const tensors: NamedTensor[] = [];
  let kept = 0;
  let weights = 0;
  for (const scored of all) {
    const values = new Map<Matrix, Float32Array>();
    for (const matrix of scored.matrices) values.set(matrix, await weightsOf(`${matrix.name}.weight`));
    const masks = masksOf(scored, (matrix) => values.get(matrix)!);
    for (const [i, matrix] of scored.matrices.entries()) {
      const data = values.get(matrix)!;
      const mask = unpackBits(masks[i]!, new Float32Array(data.length));
      for (let j = 0; j < data.length; j++) data[j]! *= mask[j]!;
      tensors.push({ name: `${matrix.name}.weight`, shape: [matrix.rows, matrix.columns], data });
      kept += countOnes(masks[i]!);
      weights += data.length;
    }
  }
  return { tensors, sparsity: 1 - kept / weights };
}
