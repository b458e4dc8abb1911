// How long a run is: its number of steps, and its duration as an estimate.

import { duration } from "../numbers.ts";
import type { RunOptions } from "../recipe/options.ts";

/** The options on which the number of steps depends. */
type Length = Pick<RunOptions, "epochs" | "maxSteps" | "batchSize" | "accumulate">;

/** Optimizer steps per epoch for a number of training examples. */
export const stepsPerEpoch = (examples: number, { batchSize, accumulate }: Length): number =>
  Math.ceil(Math.ceil(examples / batchSize) / accumulate);

/** Optimizer steps of a run. */
export const stepsOf = (examples: number, options: Length): number =>
  Math.min(options.epochs * stepsPerEpoch(examples, options), options.maxSteps ?? Number.POSITIVE_INFINITY);

/** An estimate to what can be known: to 5 s, above two minutes to 10 s, above ten minutes to whole minutes. */
export function roughly(seconds: number): string {
  const unit = seconds < 120 ? 5 : seconds < 600 ? 10 : 60;
  return duration(Math.max(unit, Math.round(seconds / unit) * unit)).replace(/ 0 (s|min)$/, "");
}
