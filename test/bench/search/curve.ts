// npm run bench curve [TASK …]: the metric against the share of weights that is kept, for masks, for magnitude pruning with
// finetuning of what remains, and for random masks, beside full finetuning. Equal epochs and rows; learning rates fall linearly.
// Finished cells are cached. Writes docs/curve.md.

import { writeFileSync } from "node:fs";
import type { Interval } from "../../../src/mask/metadata.ts";
import { spreadOf } from "../../../src/spread.ts";
import { cell } from "../cells.ts";
import { markdown } from "../markdown.ts";
import { BATCH, EPOCHS, optionsOf, ROWS, type SearchTask, type Setting } from "./settings.ts";

const SHARES = [0.95, 0.8, 0.5, 0.2, 0.1, 0.03];
/** Three seeds on a task of sentences and on one of pairs, one elsewhere. */
const SEEDS: Readonly<Record<SearchTask, readonly number[]>> = {
  ...{ sst2: [1, 2, 3], mrpc: [1, 2, 3], trec: [1], subj: [1] },
};
const WITH_SEEDS = [0.5, 0.1];

const auxiliary = { parameters: "norm-and-bias", learningRate: 1e-3, schedule: "linear", warmup: 0 } as const;

/** The options of each method at a kept share. */
const METHODS = {
  mask: (share) => ({
    ...{ method: "mask", classifier: "trained", auxiliary, learningRate: 5e-3 },
    ...{ initialMask: "magnitude-order", topK: { share, scope: "matrix", schedule: "cubic", hold: 0.3 } },
  }),
  "magnitude, finetuned": (share) => ({
    ...{ method: "finetune", learningRate: 1e-4 },
    fixedMask: { by: "magnitude", sparsity: 1 - share },
  }),
  "random mask": (share) => ({ method: "random-mask", sparsity: 1 - share, auxiliary, learningRate: 1e-3 }),
} satisfies Record<string, (share: number) => Setting>;

const FULL = { method: "finetune", learningRate: 1e-4 } as const;

async function tested(task: SearchTask, name: string, given: Setting, seed: number): Promise<number> {
  const setting = { ...given, layers: "all", schedule: "linear" } as const;
  const key = `${task}-${name}-${seed}`.replaceAll(/[ ,%]+/g, "-");
  const { test } = await cell("curve", key, optionsOf(task, setting, EPOCHS[task], seed));
  return 100 * (test.accuracy as Interval).value;
}

export async function benchCurve(words: readonly string[]): Promise<void> {
  const tasks = (Object.keys(EPOCHS) as SearchTask[]).filter((task) => !words.length || words.includes(task));
  const lines: string[] = [];
  for (const task of tasks) {
    const full: number[] = [];
    for (const seed of SEEDS[task]) full.push(await tested(task, "finetuned", FULL, seed));
    const rows: string[][] = [];
    for (const [name, optionsOf] of Object.entries(METHODS)) {
      const row = [name];
      for (const share of SHARES) {
        const seeds = WITH_SEEDS.includes(share) ? SEEDS[task] : [1];
        const values: number[] = [];
        for (const seed of seeds) values.push(await tested(task, `${name} ${share}`, optionsOf(share), seed));
        row.push(`${spreadOf(values)!.mean.toFixed(1)}${seeds.length > 1 ? ` (${seeds.length} seeds)` : ""}`);
      }
      rows.push(row);
    }
    const header = [task, ...SHARES.map((share) => `${100 * share} % kept`)];
    lines.push(
      `Full finetuning: ${spreadOf(full)!.mean.toFixed(1)} (${full.length} seeds).`,
      "",
      ...markdown(header, rows),
      "",
    );
  }
  const page = [
    "# Accuracy against the share of weights that is kept",
    "",
    `Made by \`npm run bench curve\`: all-MiniLM-L6-v2, at most ${ROWS} training examples, batches of ${BATCH}, learning rates that fall linearly after a warm-up; ${tasks.map((task) => `${task} ${EPOCHS[task]} epochs`).join(", ")}. Test accuracy in percent, of the evaluation with the best validation accuracy at the final share. The shares are of the encoder's matrices and the pooler; masks and random masks have LayerNorms, biases and the classifier trained beside them. One seed, unless another number is named.`,
    "",
    ...lines,
  ].join("\n");
  if (!words.length) writeFileSync("docs/curve.md", page);
  console.log(page);
}
