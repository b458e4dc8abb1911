// npm run bench structured [TASK …]: accuracy against latency where whole heads and neurons are pruned.
import type { Interval } from "../../../src/mask/metadata.ts";
import type { RunOptions } from "../../../src/recipe/options.ts";
import type { TrainResult } from "../../../src/train/events.ts";
import { cell } from "../cells.ts";
import { minilm, taskFile } from "../tasks.ts";

const EPOCHS = { sst2: 4, trec: 8 } as const;
type StructuredTask = keyof typeof EPOCHS;
const ROWS = 1500;
const BATCH = 32;
/** The part of all steps in which learning rates rise from 0. */
const WARMUP = 0.06;
const SHARES = [1, 0.75, 0.5, 0.25];

const UNITS = { units: "heads-and-neurons", layers: "all" } as const;
const AUXILIARY = { parameters: "norm-and-bias", learningRate: 1e-3, schedule: "linear", warmup: 0 } as const;

const masked = (share: number): Partial<RunOptions> => ({
  ...{ ...UNITS, method: "mask", learningRate: 1e-3, auxiliary: AUXILIARY },
  topK: { share, scope: "kind", schedule: share < 1 ? "cubic" : "constant", hold: 0.3 },
});
const byMagnitude = (share: number): Partial<RunOptions> => ({
  ...{ ...UNITS, method: "finetune", learningRate: 1e-4 },
  fixedMask: { by: "magnitude", sparsity: 1 - share },
});

/** The run of a cell, from the cache or trained now. */
function runOf(task: StructuredTask, name: string, setting: Partial<RunOptions>): Promise<TrainResult> {
  const warmup = Math.round(WARMUP * EPOCHS[task] * Math.ceil(ROWS / BATCH));
  return cell("structured", `${task}-${name}`, {
    ...setting,
    ...{ model: minilm(), task: taskFile(task), batchSize: BATCH, schedule: "linear", warmup, epochs: EPOCHS[task] },
    ...{ limit: { train: ROWS }, evaluateEvery: 0 },
    ...(setting.auxiliary && { auxiliary: { ...setting.auxiliary, warmup } }),
  });
}

export async function benchStructured(words: readonly string[]): Promise<void> {
  const tasks = (Object.keys(EPOCHS) as StructuredTask[]).filter((task) => !words.length || words.includes(task));
  for (const share of [0.5, 0.25, 0.75, 1])
    for (const task of tasks) {
      const a = await runOf(task, `mask-${100 * share}`, masked(share));
      console.log(task, share, "mask", (a.test.accuracy as Interval).value, a.sparsity, a.seconds);
      if (share !== 0.5) continue;
      const b = await runOf(task, `magnitude-${100 * share}`, byMagnitude(share));
      console.log(task, share, "magnitude", (b.test.accuracy as Interval).value, b.sparsity, b.seconds);
    }
}
