// Control runs, which train on permuted labels, so there is no task to learn.

import type { MaskMetadata } from "./metadata.ts";

/** The seed with which a control run permuted its training labels; null for other runs. */
export function controlSeed({ run }: Pick<MaskMetadata, "run">): number | null {
  return run.permuteLabels ?? null;
}

/** The suffix for the name of anything that a control run produced; "" for other runs. */
export function controlSuffix(seed: number | null | undefined): string {
  return typeof seed === "number" ? ` (control: labels permuted with seed ${seed})` : "";
}
