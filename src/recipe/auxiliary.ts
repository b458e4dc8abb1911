// Auxiliary parameters: small tensors that are trained beside a mask. Biases alone reach full finetuning on small data
// (Ben Zaken et al. 2022, arXiv 2106.10199), and masks gain from normalization of their own (Mallya et al. 2018,
// arXiv 1801.06519).

import * as z from "zod/mini";
import { InputError } from "../errors.ts";
import { onDemand } from "../on-demand.ts";
import { explained, oneOf, type Read, worded } from "../schema.ts";
import { count, rate, text } from "./option-parts.ts";
import { PRESET_NAMES, parametersOf } from "./presets.ts";
import { learningRateFactor, type Progress, SCHEDULES } from "./schedule.ts";

/** The option `auxiliary` of a run. Their learning rate is also that of a classifier that is trained, not masked. */
export const AUXILIARY = onDemand(() =>
  worded(
    z.strictObject({
      parameters: explained(
        text(),
        `which parameters: ${PRESET_NAMES.join(", ")}, or a regular expression over parameter names`,
      ),
      learningRate: explained(z._default(rate(), 1e-3), "their peak learning rate"),
      schedule: explained(z._default(oneOf(SCHEDULES), "constant"), "how their learning rate decays"),
      warmup: explained(z._default(count(0), 0), "their warm-up steps"),
    }),
    "parameters=…,[learningRate=…],[schedule=…],[warmup=…]",
  ),
);
export type Auxiliary = Read<typeof AUXILIARY>;

/**
 * The names of the auxiliary parameters among `names`; those in `taken` are trained already. Throws an InputError if
 * none remains, or if one of them is masked.
 */
export function auxiliaryOf(
  { parameters }: Auxiliary,
  names: readonly string[],
  masked: ReadonlySet<string>,
  taken: readonly string[],
): string[] {
  const found = parametersOf(parameters, names);
  const both = found.find((name) => masked.has(name));
  if (both !== undefined)
    throw new InputError(
      `${both} is masked, so it cannot be trained as well`,
      { at: "auxiliary" },
      "choose parameters that are not masked, or leave this matrix's layer or kind out of the masks",
    );
  return found.filter((name) => !taken.includes(name));
}

/** The learning rate of auxiliary parameters at a step. */
export function auxiliaryRate({ learningRate, schedule, warmup }: Auxiliary, progress: Omit<Progress, "warmup">) {
  return learningRate * learningRateFactor(schedule, { ...progress, warmup });
}
