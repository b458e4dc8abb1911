// The masks that `bench pack` measures on: minilm with the paper's recipe, two tasks at two learning rates.

import { readMask } from "../../../src/adaptation/read.ts";
import type { Mask } from "../../../src/mask/file.ts";
import type { RunOptions } from "../../../src/recipe/options.ts";
import { cell } from "../cells.ts";
import { minilm, taskFile } from "../tasks.ts";

const TASKS = { sst2: 1, trec: 2 } as const;
const LEARNING_RATES = [1e-3, 3e-3] as const;
export const RECIPE = {
  ...{ method: "mask", initialMask: "uniform", epochs: 4, batchSize: 32, evaluateEvery: 0, layers: "all" },
  limit: { train: 1500 },
} as const satisfies Partial<RunOptions>;

export interface PackedCell {
  readonly task: string;
  readonly learningRate: number;
  readonly mask: Mask;
}

/** One seed per task, so that no two tasks start from the same scores. */
export async function packCells(): Promise<PackedCell[]> {
  const cells: PackedCell[] = [];
  for (const [task, seed] of Object.entries(TASKS))
    for (const learningRate of LEARNING_RATES) {
      const given = { ...RECIPE, model: minilm(), task: taskFile(task as keyof typeof TASKS), seed, maskSeed: seed };
      const { adaptation } = await cell("pack", `${task}-${learningRate}`, { ...given, learningRate });
      cells.push({ task, learningRate, mask: await readMask(adaptation) });
    }
  return cells;
}
