// The settings among which the search chooses the defaults: as many for masks as for finetuning.

import type { RunOptions } from "../../../src/recipe/options.ts";
import { AUXILIARY, BATCH, ROWS, WARMUP } from "../accuracy.ts";
import type { CellOptions } from "../cells.ts";
import { minilm, taskFile } from "../tasks.ts";

export type Method = "masked" | "finetuned";
export type Setting = Partial<RunOptions> & Pick<RunOptions, "method" | "learningRate">;

/** Everything in the encoder masked, with LayerNorms, biases and the classifier trained beside it. */
const MASKED = { method: "mask", layers: "all", schedule: "linear" } as const;
const BESIDE = { ...MASKED, classifier: "trained", auxiliary: AUXILIARY } as const;
const MAGNITUDE = { initialMask: "magnitude" } as const;

export const SETTINGS: Readonly<Record<Method, Readonly<Record<string, Setting>>>> = {
  masked: {
    "magnitude 2e-3": { ...MASKED, ...MAGNITUDE, learningRate: 2e-3 },
    "magnitude 2e-3, classifier trained": { ...MASKED, ...MAGNITUDE, learningRate: 2e-3, classifier: "trained" },
    "magnitude 2e-3, auxiliary": { ...BESIDE, ...MAGNITUDE, learningRate: 2e-3 },
    "magnitude 4e-3, auxiliary": { ...BESIDE, ...MAGNITUDE, learningRate: 4e-3 },
    "magnitude 2e-3, auxiliary 3e-3": {
      ...{ ...BESIDE, ...MAGNITUDE, learningRate: 2e-3, auxiliary: { ...AUXILIARY, learningRate: 3e-3 } },
    },
    "magnitude 2e-3, auxiliary, mean": { ...BESIDE, ...MAGNITUDE, learningRate: 2e-3, pooling: "mean" },
    "magnitude 4e-3, auxiliary, average": { ...BESIDE, ...MAGNITUDE, learningRate: 4e-3, scoreAverage: 0.98 },
    "order 5e-3, auxiliary": { ...BESIDE, initialMask: "magnitude-order", learningRate: 5e-3 },
    "constant 5e-4, auxiliary": { ...BESIDE, initialMask: "constant", learningRate: 5e-4 },
    "constant 1e-3, auxiliary, average": {
      ...{ ...BESIDE, initialMask: "constant", learningRate: 1e-3, scoreAverage: 0.98 },
    },
    "top 80 % by order 5e-3, auxiliary": {
      ...{ ...BESIDE, initialMask: "magnitude-order", learningRate: 5e-3, topK: top(0.8) },
    },
    "top 50 % by order 5e-3, auxiliary": {
      ...{ ...BESIDE, initialMask: "magnitude-order", learningRate: 5e-3, topK: top(0.5) },
    },
  },
  finetuned: {
    "3e-5": { method: "finetune", learningRate: 3e-5 },
    "5e-5": { method: "finetune", learningRate: 5e-5 },
    "1e-4": { method: "finetune", learningRate: 1e-4 },
    "2e-4": { method: "finetune", learningRate: 2e-4 },
    "3e-5, linear": { method: "finetune", learningRate: 3e-5, schedule: "linear" },
    "5e-5, linear": { method: "finetune", learningRate: 5e-5, schedule: "linear" },
    "1e-4, linear": { method: "finetune", learningRate: 1e-4, schedule: "linear" },
    "2e-4, linear": { method: "finetune", learningRate: 2e-4, schedule: "linear" },
    "1e-4, linear, mean": { method: "finetune", learningRate: 1e-4, schedule: "linear", pooling: "mean" },
    "2e-4, linear, mean": { method: "finetune", learningRate: 2e-4, schedule: "linear", pooling: "mean" },
    "1e-4, cosine": { method: "finetune", learningRate: 1e-4, schedule: "cosine" },
    "2e-4, cosine": { method: "finetune", learningRate: 2e-4, schedule: "cosine" },
  },
};

function top(share: number): NonNullable<RunOptions["topK"]> {
  return { share, scope: "matrix", schedule: "cubic", hold: 0.3 };
}

/** The epochs of a whole run on each task; validation data alone decides. */
export const EPOCHS = { sst2: 8, trec: 20, subj: 8, mrpc: 20 } as const;
export type SearchTask = keyof typeof EPOCHS;
export const TASKS = Object.keys(EPOCHS) as SearchTask[];
export const EVALUATIONS_PER_EPOCH = 3;

/** All rows of a task's training split are more than `ROWS`. */
export const stepsPerEpoch = (task: SearchTask): number => Math.ceil(ROWS[task] / BATCH);

/** The options of a run with a setting. */
export function optionsOf(task: SearchTask, given: Setting, epochs: number, seed: number): CellOptions {
  const steps = stepsPerEpoch(task);
  const warmup = given.schedule ? Math.round(WARMUP * epochs * steps) : 0;
  return {
    ...given,
    ...{ warmup, epochs, seed, maskSeed: seed, batchSize: BATCH, limit: { train: ROWS[task] } },
    ...(given.auxiliary && { auxiliary: { ...given.auxiliary, warmup } }),
    ...{ model: minilm(), task: taskFile(task), evaluateEvery: Math.round(steps / EVALUATIONS_PER_EPOCH) },
  };
}

/**
 * Successive halving: how many settings, ordered by their mean over the tasks of the rung before, train for which part of the epochs,
 * with which seeds. mrpc comes late, because its runs take as long as those of all other tasks together.
 */
export const RUNGS = [
  { settings: 12, part: 1 / 4, seeds: [1], tasks: ["sst2", "trec", "subj"] },
  { settings: 6, part: 1 / 2, seeds: [1], tasks: ["sst2", "trec", "subj"] },
  { settings: 3, part: 1, seeds: [1], tasks: TASKS },
  { settings: 2, part: 1, seeds: [1, 2, 3], tasks: TASKS },
] as const satisfies readonly {
  readonly settings: number;
  readonly part: number;
  readonly seeds: readonly number[];
  readonly tasks: readonly SearchTask[];
}[];
