// Trained masks for the benchmarks of statistics: several tasks over one base model, one mask per seed.

import path from "node:path";
import { readAdaptation } from "../../src/adaptation/read.ts";
import type { Mask } from "../../src/mask/file.ts";
import type { TrainResult } from "../../src/train/events.ts";
import { type CellOptions, cell } from "./cells.ts";
import { taskFile } from "./tasks.ts";

export interface TrainedMask {
  readonly task: string;
  readonly mask: Mask;
  /** Test accuracy. */
  readonly score: number;
}

/**
 * No two masks over one base model share a seed: with one seed, their classifiers, dropout and order of examples would
 * be the same.
 */
export async function trainedMask(
  bench: string,
  name: string,
  task: string,
  seed: number,
  options: CellOptions,
): Promise<TrainedMask> {
  const { adaptation, test }: TrainResult = await cell(bench, name, { ...options, seed, maskSeed: seed });
  const { value } = test.accuracy as { value: number };
  return { task, mask: (await readAdaptation(adaptation)) as Mask, score: value };
}

export const SAMPLE_MODEL = path.resolve("media/sample/model");
export const sampleTask = (name: string) => path.resolve("media/sample/tasks", `${name}.task.json`);
export const RECIPE = { layers: "all", learningRate: 3e-3, evaluateEvery: 0 } as const;

/** The sample's tasks as `bench changed` trains them; seeds start at 1. */
export const SAMPLE_TASKS = {
  sentiment: { number: 1, options: { ...RECIPE, epochs: 4 } },
  spam: { number: 2, options: { ...RECIPE, epochs: 3, maxLength: 64 } },
} as const;

export function sampleMask(task: keyof typeof SAMPLE_TASKS, seed: number): Promise<TrainedMask> {
  const { number, options } = SAMPLE_TASKS[task];
  const run = { ...options, model: SAMPLE_MODEL, task: sampleTask(task) };
  return trainedMask("changed", `model-${task}-${seed}`, task, 100 * number + seed, run);
}

const SHORT = { ...RECIPE, epochs: 4, maxLength: 64, model: SAMPLE_MODEL } as const;

/** Tasks unrelated to sentiment, spam and each other, trained over the sample model for as many steps. */
export async function unrelatedMasks(): Promise<TrainedMask[]> {
  const made: TrainedMask[] = [];
  for (const [task, seed] of [
    ["trec", 301],
    ["subj", 401],
    ["cola", 501],
    ["agnews", 601],
  ] as const)
    made.push(
      await trainedMask("calibration", task, task, seed, { ...SHORT, task: taskFile(task), limit: { train: 2100 } }),
    );
  return made;
}

/** Masks of sentiment with an initial sparsity of 30 %, and with sparsity control. */
export async function otherRecipes(): Promise<TrainedMask[]> {
  const task = sampleTask("sentiment");
  return [
    await trainedMask("calibration", "sentiment-30", "sentiment from 30 % zeros", 701, {
      ...SHORT,
      task,
      sparsity: 0.3,
    }),
    await trainedMask("calibration", "sentiment-control", "sentiment, sparsity control to 15 %", 801, {
      ...{ ...SHORT, task },
      targetSparsity: { target: 0.15, start: 0.05, schedule: "constant", rate: 1 },
    }),
  ];
}
