// Top-k masks: instead of a fixed threshold, a share of the weights with the highest scores is kept (Ramanujan et al. 2020,
// arXiv 1911.13299; with a falling share, Sanh et al. 2020, arXiv 2005.07683, and Jiang et al. 2022, arXiv 2210.06210).

import * as z from "zod/mini";
import type { MatrixKind } from "../kinds.ts";
import type { InitialKind } from "../mask/metadata.ts";
import { onDemand } from "../on-demand.ts";
import { explained, oneOf, positive, type Read, shareBelow1, worded } from "../schema.ts";
import { type Progress, targetSparsity } from "./schedule.ts";

/** The option `topK` of a run. */
export const TOP_K = onDemand(() =>
  worded(
    z.strictObject({
      share: explained(
        positive(1),
        "share of the masked weights, or of the heads and of the neurons, that is kept at the end",
      ),
      scope: explained(
        z._default(oneOf(["matrix", "kind", "model"]), "matrix"),
        "among which the highest scores are chosen (matrix: where heads and neurons are the units, among those of each layer)",
      ),
      schedule: explained(
        z._default(oneOf(["cubic", "constant"]), "cubic"),
        "cubic: the kept share falls from 1, steeply at first (Zhu & Gupta 2017); constant: it is the same from the first step on",
      ),
      hold: explained(
        z._default(shareBelow1(), 0.3),
        "with schedule cubic, the part of the run, at its end, during which the share is kept; only these steps can be the best",
      ),
    }),
    "share=…,[scope=…],[schedule=…],[hold=…]",
  ),
);
export type TopK = Read<typeof TOP_K>;

/** The share of weights that is kept after `step` of `steps` steps. */
export function keptShare({ share, schedule, hold }: TopK, { step, steps }: Pick<Progress, "step" | "steps">): number {
  return 1 - targetSparsity({ target: 1 - share, start: 0, schedule }, { step, steps: steps * (1 - hold) });
}

/** Whether the kept share has reached its final value after `step` of `steps` steps. */
export function isFinal(topK: TopK, progress: Pick<Progress, "step" | "steps">): boolean {
  return topK.schedule === "constant" || progress.step >= progress.steps * (1 - topK.hold);
}

/** The weights among which a matrix's weights compete, as a key. */
export function scopeOf({ scope }: TopK, { name, kind }: { readonly name: string; readonly kind: MatrixKind }): string {
  return { matrix: name, kind, model: "" }[scope];
}

/** The sparsity of the initial masks if it follows from these options; everything is kept while the share falls from 1. */
export function impliedSparsity(topK: TopK | null, initialMask: InitialKind): number | undefined {
  if (initialMask === "constant") return 0;
  return topK ? (topK.schedule === "constant" ? 1 - topK.share : 0) : undefined;
}
