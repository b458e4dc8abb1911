// The two encoder tasks: as in the comparison of masks with finetuning, whose runs are read from its results.

import { METHODS, optionsOf, resultsOf, rightOf } from "../../accuracy.ts";
import type { LnaTask, Method } from "./runs.ts";

export const ENCODER_TASKS = ["sst2", "trec"] as const;
type EncoderTask = (typeof ENCODER_TASKS)[number];

/** Learning rates around those of finetuning for LNA, and around that of other small parameters for BitFit. */
export const ENCODER_METHODS = {
  LNA: { options: { method: "pattern", pattern: "lna" }, learningRates: [2e-4, 5e-4] },
  BitFit: { options: { method: "pattern", pattern: "bitfit" }, learningRates: [1e-3, 3e-3] },
} as const satisfies Record<string, Method>;

/** The methods whose runs are on the page of results. */
export const KNOWN_METHODS = {
  full: { options: METHODS.finetuned[0] },
  masks: { options: METHODS.masked[0] },
} as const satisfies Record<string, Pick<Method, "options">>;

/** The options of the comparison; trials take one epoch. The classifier reads what the finetuned model's reads. */
export const encoderTask = (name: EncoderTask): LnaTask => ({
  ...{ name, metric: "accuracy", right: (result) => rightOf(result) },
  options(seed, isTrial) {
    const { pooling = "own" } = resultsOf(name, "finetuned")[0]!.setting;
    const setting = { schedule: "linear", pooling } as const;
    return optionsOf({ task: name, setting, seed, epochs: isTrial ? 1 : undefined });
  },
});
