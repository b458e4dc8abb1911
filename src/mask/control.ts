// Control runs, which permute their labels of training so that there is no task to learn.

import type { MaskMetadata } from "./metadata.ts";

/** The seed by which a run permuted its labels of training: a control, which can learn nothing of its task; else null. */
export function controlSeed({ run }: Pick<MaskMetadata, "run">): number | null {
  return run.permuteLabels ?? null;
}

/** What stands behind the name of whatever a control run left; "" for others. */
export function controlSuffix(seed: number | null | undefined): string {
  return typeof seed === "number" ? ` (control: labels permuted with seed ${seed})` : "";
}
