// A run that finetunes what a trained mask keeps: reads the mask before the run starts, and prunes with it.

import { openWeightsOf } from "../../adaptation/base.ts";
import { checkTask, readMask } from "../../adaptation/read.ts";
import type { Task } from "../../data/task.ts";
import type { Mask } from "../../mask/file.ts";
import type { PretrainedWeights } from "../../model/weights/pretrained.ts";
import type { Adapted } from "../../program/trainable.ts";
import { maskedWeights, masksBy } from "../../recipe/fixed.ts";
import type { RunOptions } from "../../recipe/options.ts";
import type { Recipe } from "../../recipe/recipe.ts";
import { scoredBy } from "../../recipe/units.ts";

/**
 * Reads the mask that the option `fixedMask` names; undefined without one. Throws an InputError if the file has no mask, or
 * if its task or its base model is not the run's.
 */
export async function givenMask({ fixedMask, model }: RunOptions, task: Task): Promise<Mask | undefined> {
  if (fixedMask?.file === undefined) return undefined;
  const mask = await readMask(fixedMask.file, { model });
  checkTask(mask, task);
  const weights = await openWeightsOf(mask, { model });
  await weights.close();
  return mask;
}

/** What a run under a fixed mask starts from, and the mask's sparsity. */
export async function prunedBy(
  { fixed, fixedBy, heads }: Recipe,
  pretrained: PretrainedWeights,
  given: Mask | undefined,
): Promise<Adapted & { readonly sparsity: number }> {
  const own = new Map(given?.tensors.map((tensor) => [tensor.name, tensor.data]));
  const bits = new Map(given?.matrices.map(({ name, bits }) => [name, bits]));
  const { tensors, sparsity } = await maskedWeights(
    async (name) => own.get(name)?.slice() ?? pretrained.readFloat32(name),
    fixedBy ? masksBy(fixedBy) : ({ matrices }) => matrices.map(({ name }) => bits.get(`${name}.weight`)!),
    scoredBy(fixed, heads),
  );
  return { matrices: [], tensors: [...(given?.tensors ?? []), ...tensors], sparsity };
}
