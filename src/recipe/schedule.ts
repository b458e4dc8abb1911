// The learning rate and the target sparsity during a run, as pure functions of the step.

import * as z from "zod/mini";
import { onDemand } from "../on-demand.ts";
import { explained, oneOf, type Read, shareBelow1, worded } from "../schema.ts";

/** `step` counts from 0 (before the first step) to `steps`. Both numbers include the steps of the warm-up. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly warmup: number;
}

/** The factor applied to the learning rate after the warm-up; `done` runs from 0 (warm-up over) to 1 (run over). */
const DECAY = {
  constant: () => 1,
  linear: (done: number) => 1 - done,
  cosine: (done: number) => (1 + Math.cos(Math.PI * done)) / 2,
} satisfies Record<string, (done: number) => number>;

export type Schedule = keyof typeof DECAY;
export const SCHEDULES = Object.keys(DECAY) as Schedule[];

/**
 * The factor applied to the peak learning rate at a step: it rises linearly from 0 over the warm-up, then decays. The
 * formulas are the same as in transformers' get_{constant,linear,cosine}_schedule_with_warmup, so a run can be compared
 * step by step with a run of transformers.
 */
export function learningRateFactor(schedule: Schedule, { step, steps, warmup }: Progress): number {
  if (step < warmup) return step / warmup;
  return DECAY[schedule](Math.min(1, (step - warmup) / Math.max(1, steps - warmup)));
}

/** Sparsity control: λ · (target − sparsity)² is added to the loss, and λ rises while target and sparsity differ. */
export const TARGET_SPARSITY = onDemand(() =>
  worded(
    z.strictObject({
      target: explained(shareBelow1(), "sparsity at the end of the run"),
      /** Defaults to the sparsity of the initial mask. */
      start: explained(z.optional(shareBelow1()), "initial target of the cubic schedule"),
      schedule: explained(
        z._default(oneOf(["constant", "cubic"]), "constant"),
        "how the target changes during the run (cubic: Zhu & Gupta 2017)",
      ),
      /** The learning rate of λ. */
      rate: explained(
        z._default(worded(z.number().check(z.gt(0)), "a number greater than 0"), 1),
        "how fast the weight of (target − current sparsity)² in the loss rises",
      ),
    }),
    "target=…,[start=…],[schedule=…],[rate=…]",
  ),
);
export type TargetSparsity = Read<typeof TARGET_SPARSITY> & { readonly start: number };

type Target = Pick<TargetSparsity, "target" | "start" | "schedule">;

/** The target sparsity after a fraction `done` (0 to 1) of the run. */
const TARGETS = {
  constant: ({ target }: Target) => target,
  /** Zhu & Gupta 2017 (arXiv 1710.01878), equation 1: steep at first, flat at the end. */
  cubic: ({ start, target }: Target, done: number) => target + (start - target) * (1 - done) ** 3,
} satisfies Record<Target["schedule"], (wanted: Target, done: number) => number>;

/** The target sparsity at a step (0 to `steps`). */
export function targetSparsity(wanted: Target, { step, steps }: Pick<Progress, "step" | "steps">): number {
  return TARGETS[wanted.schedule](wanted, Math.min(1, step / Math.max(1, steps)));
}

/** λ after one step of gradient ascent. λ never falls, because its gradient is (target − sparsity)². */
export function raisedLambda(lambda: number, rate: number, target: number, sparsity: number): number {
  return lambda + rate * (target - sparsity) ** 2;
}
