// A run of a method on a task: trained once, with a learning rate that short trials choose, and kept as a line of the results.

import type { Interval, Metrics } from "../../../../src/mask/metadata.ts";
import type { RunOptions } from "../../../../src/recipe/options.ts";
import type { TrainResult } from "../../../../src/train/events.ts";
import { type CellOptions, cell } from "../../cells.ts";
import { circumstances, Finished } from "../../finished.ts";

export const SEEDS = [1, 2, 3] as const;

/** A finished run. */
export interface LnaCell {
  readonly task: string;
  readonly method: string;
  readonly learningRate: number;
  readonly seed: number;
  /** Whether it is a short trial, which chooses the learning rate. */
  readonly isTrial: boolean;
  /** The best validation metric. */
  readonly validation: number;
  /** One digit for each test example, in order: 1 where the answer is right; empty for a trial. */
  readonly right: string;
  readonly seconds: number;
  readonly processor: string;
}

/** How many parameters a method trains of those of a task's model, by its recipe. */
interface ShareLine {
  readonly task: string;
  readonly method: string;
  readonly trained: number;
  readonly all: number;
}
type LnaLine = LnaCell | ShareLine;

type Place = Pick<LnaCell, "task" | "method" | "learningRate" | "seed" | "isTrial">;

export const keyOf = ({ task, method, learningRate, seed, isTrial }: Place): string =>
  `${task}-${method}-${learningRate}-${isTrial ? "trial" : seed}`;

const keyOfLine = (line: LnaLine): string => ("all" in line ? `${line.task}-${line.method}-share` : keyOf(line));

/** The finished lines, and the cells among them. */
export class Lines {
  readonly #finished = new Finished<LnaLine>("docs/neighbours/lna.jsonl", keyOfLine);

  run(place: Place): LnaCell | undefined {
    return this.#finished.find(keyOf(place)) as LnaCell | undefined;
  }

  share(task: string, method: string): ShareLine | undefined {
    return this.#finished.find(`${task}-${method}-share`) as ShareLine | undefined;
  }

  add(line: LnaLine): void {
    this.#finished.add(line);
  }
}

/** What a method trains, and the learning rates among which trials choose. */
export interface Method {
  readonly options: Partial<RunOptions> & Pick<RunOptions, "method">;
  readonly learningRates: readonly number[];
}

/** A task with its options, its metric, and how a run's right answers are found. */
export interface LnaTask {
  readonly name: string;
  readonly metric: string;
  options(seed: number, isTrial: boolean): CellOptions;
  right(result: TrainResult): Promise<string>;
}

/** The learning rate whose trial has the best validation metric, the first of equal ones; undefined if a trial is missing. */
export function chosen(finished: Lines, task: string, method: string, rates: readonly number[]) {
  const trials = rates.map((learningRate) =>
    finished.run({ task, method, learningRate, seed: SEEDS[0], isTrial: true }),
  );
  if (rates.length === 1) return rates[0];
  if (trials.some((trial) => !trial)) return undefined;
  return trials.reduce((best, one) => (one!.validation > best!.validation ? one : best))!.learningRate;
}

/** The finished runs of a method with the chosen learning rate, by seed. */
export function runsOf(finished: Lines, task: string, method: string, rates: readonly number[]): LnaCell[] {
  const learningRate = chosen(finished, task, method, rates);
  if (learningRate === undefined) return [];
  return SEEDS.flatMap((seed) => finished.run({ task, method, learningRate, seed, isTrial: false }) ?? []);
}

/** Trains what is missing of a method on a task: the trials, then the runs of all seeds. */
export async function measureMethod(
  finished: Lines,
  task: LnaTask,
  name: string,
  { options, learningRates }: Method,
): Promise<void> {
  const trained = async (learningRate: number, seed: number, isTrial: boolean) => {
    const place = { task: task.name, method: name, learningRate, seed, isTrial };
    if (finished.run(place)) return;
    const start = performance.now();
    const all = { ...task.options(seed, isTrial), ...options, learningRate };
    const result = await cell("lna", keyOf(place), all);
    finished.add({
      ...place,
      ...{ validation: metricOf(result.validation, task.metric), right: isTrial ? "" : await task.right(result) },
      ...circumstances(start),
    });
  };
  if (learningRates.length > 1) for (const rate of learningRates) await trained(rate, SEEDS[0], true);
  for (const seed of SEEDS) await trained(chosen(finished, task.name, name, learningRates)!, seed, false);
}

const metricOf = (metrics: Metrics, metric: string) => (metrics[metric] as Interval).value;
