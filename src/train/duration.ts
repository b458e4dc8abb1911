// How long a run will take, judged by the measured steps of another one.

import { duration } from "../numbers.ts";
import type { RunOptions } from "../recipe/options.ts";
import type { TrainEvent } from "./events.ts";

/** The options on which the number of steps depends. */
type Length = Pick<RunOptions, "epochs" | "maxSteps" | "batchSize" | "accumulate">;

/** A run whose steps were timed. */
export interface Timed {
  readonly name: string;
  readonly options: RunOptions;
  readonly secondsPerStep: number;
}

/** Optimizer steps per epoch for a number of training examples. */
export const stepsPerEpoch = (examples: number, { batchSize, accumulate }: Length): number =>
  Math.ceil(Math.ceil(examples / batchSize) / accumulate);

/** Optimizer steps of a run. */
export const stepsOf = (examples: number, options: Length): number =>
  Math.min(options.epochs * stepsPerEpoch(examples, options), options.maxSteps ?? Number.POSITIVE_INFINITY);

/** The mean time of a run's steps, including evaluations; undefined before the first step. */
export function secondsPerStep(events: readonly TrainEvent[]): number | undefined {
  const done = events.findLast((event) => event.type === "done");
  if (done) return done.result.steps ? done.result.seconds / done.result.steps : undefined;
  const steps = events.findLast((event) => event.type === "start")?.steps;
  const last = events.findLast((event) => event.type === "step");
  return steps && last && last.step < steps ? last.secondsLeft / (steps - last.step) : undefined;
}

/** What the time of a step depends on most: another value makes it several times longer or shorter. */
const SAME = ["model", "method", "pattern", "batchSize", "maxLength", "accumulate", "device"] as const;

/**
 * The run whose steps tell most about those of a new one: of the same model, method and batch size, on the same device. One of
 * the same task comes first, because its examples are as long, then one that masks the same layers, then the last of the list.
 */
export function mostAlike(options: RunOptions, runs: readonly Timed[]): Timed | undefined {
  const likeness = (run: Timed) =>
    2 * Number(run.options.task === options.task) + Number(run.options.layers === options.layers);
  return runs
    .filter((run) => SAME.every((key) => run.options[key] === options[key]))
    .reduce<Timed | undefined>((best, run) => (best && likeness(best) > likeness(run) ? best : run), undefined);
}

/** An estimate to what can be known: to 5 s, above two minutes to 10 s, above ten minutes to whole minutes. */
export function roughly(seconds: number): string {
  const unit = seconds < 120 ? 5 : seconds < 600 ? 10 : 60;
  return duration(Math.max(unit, Math.round(seconds / unit) * unit)).replace(/ 0 (s|min)$/, "");
}
