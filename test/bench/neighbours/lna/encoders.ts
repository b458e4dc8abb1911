// The two encoder tasks: as in the comparison of masks with finetuning, whose runs are read from its results.

import { readFileSync } from "node:fs";
import { BATCH, type Cell, EPOCHS, RESULTS, ROWS, rightOf, WARMUP } from "../../accuracy.ts";
import { minilm, taskFile } from "../../tasks.ts";
import type { LnaTask, Method } from "./runs.ts";

export const ENCODER_TASKS = ["sst2", "trec"] as const;
export type EncoderTask = (typeof ENCODER_TASKS)[number];

/** Learning rates around those of finetuning for LNA, and around that of other small parameters for BitFit. */
export const ENCODER_METHODS = {
  LNA: { options: { method: "pattern", pattern: "lna" }, learningRates: [2e-4, 5e-4] },
  BitFit: { options: { method: "pattern", pattern: "bitfit" }, learningRates: [1e-3, 3e-3] },
} as const satisfies Record<string, Method>;

/** The methods whose runs are on the page of results. */
export const KNOWN_METHODS = {
  full: { options: { method: "finetune" } },
  masks: {
    options: {
      ...{ method: "mask", layers: "all", initialMask: "magnitude", classifier: "trained" },
      auxiliary: { parameters: "norm-and-bias", learningRate: 1e-3, schedule: "linear", warmup: 0 },
    },
  },
} as const satisfies Record<string, Pick<Method, "options">>;

/** The runs of full finetuning and of masks on the page of results, with the setting that was best on the first seed. */
export function known(task: EncoderTask, method: Cell["method"]): Cell[] {
  const cells = readFileSync(RESULTS, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Cell)
    .filter((cell) => cell.task === task && cell.method === method && cell.epochs === EPOCHS[task]);
  const first = cells.filter(({ seed }) => seed === 1);
  const best = first.reduce((best, one) => (one.validation > best.validation ? one : best)).setting;
  return cells.filter(({ setting }) => setting.pooling === best.pooling).sort((a, b) => a.seed - b.seed);
}

/** The options of the comparison; trials take one epoch. The classifier reads what the finetuned model's reads. */
export const encoderTask = (name: EncoderTask): LnaTask => ({
  ...{ name, metric: "accuracy", right: (result) => rightOf(result) },
  options(seed, isTrial) {
    const epochs = isTrial ? 1 : EPOCHS[name];
    return {
      ...{ model: minilm(), task: taskFile(name), seed, maskSeed: seed, batchSize: BATCH, schedule: "linear" },
      ...{ epochs, limit: { train: ROWS[name] }, evaluateEvery: 0 },
      warmup: Math.round(WARMUP * epochs * Math.ceil(ROWS[name] / BATCH)),
      pooling: known(name, "finetuned")[0]!.setting.pooling ?? "own",
    };
  },
});
