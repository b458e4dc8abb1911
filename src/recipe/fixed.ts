// Random masks that are never trained: the control that shows how much training a mask adds.

import { countOnes, unpackBits } from "../mask/bits.ts";
import { initialMask } from "../mask/initial.ts";
import type { InitialRecipe } from "../mask/metadata.ts";
import type { NamedTensor } from "../mask/stored.ts";
import type { Matrix } from "../model/names.ts";
import type { PretrainedWeights } from "../model/pretrained.ts";

/** The weights of the matrices, set to 0 where the initial masks are off, and the sparsity of these masks. */
export async function maskedWeights(
  pretrained: PretrainedWeights,
  recipe: InitialRecipe,
  matrices: readonly Matrix[],
): Promise<{ tensors: NamedTensor[]; sparsity: number }> {
  const tensors: NamedTensor[] = [];
  let kept = 0;
  let weights = 0;
  for (const { name: module, rows, columns } of matrices) {
    const name = `${module}.weight`;
    const data = await pretrained.readFloat32(name);
    const bits = initialMask(recipe, name, rows, columns)!; // the initial masks of these recipes do not depend on the weights
    const mask = unpackBits(bits, new Float32Array(data.length));
    for (let i = 0; i < data.length; i++) data[i]! *= mask[i]!;
    tensors.push({ name, shape: [rows, columns], data });
    kept += countOnes(bits);
    weights += data.length;
  }
  return { tensors, sparsity: 1 - kept / weights };
}
