// How well the base model does by itself in a task without labels, which is what a mask over it is compared with.

import type { Metrics } from "../../mask/metadata.ts";
import { ScoringModel } from "../../program/scoring-model.ts";
import { classifierOf } from "../../recipe/recipe.ts";
import { completed } from "../interrupted.ts";
import type { Prepared } from "../prepare.ts";

/** The base model's metrics on the validation split, without a mask; undefined if the signal fires first. */
export async function pretrainedMetrics(
  { base, data, device, task }: Pick<Prepared, "base" | "data" | "device" | "task">,
  signal: AbortSignal | undefined,
): Promise<Metrics | undefined> {
  const model = new ScoringModel(base.config, base.pretrained, device);
  try {
    const scorer = await model.under(classifierOf(task.kind, 0), { matrices: [], tensors: [] }, base.folder);
    const losses: Float32Array[] = [];
    for (const batch of data.batches("validation")) {
      const found = await completed(() => scorer.losses(batch));
      if (!found || signal?.aborted) return undefined;
      losses.push(found);
    }
    return await data.metrics("validation", losses, () => scorer.decoding(), signal);
  } finally {
    await model.release();
  }
}
