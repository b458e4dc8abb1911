// The length of a run: its number of steps, and the text of its estimated duration.

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

/** An estimated duration, rounded to 5 s below two minutes, to 10 s below ten minutes, and to whole minutes above. */
export function roughly(seconds: number): string {
  const unit = seconds < 120 ? 5 : seconds < 600 ? 10 : 60;
  return duration(Math.max(unit, Math.round(seconds / unit) * unit)).replace(/ 0 (s|min)$/, "");
}
