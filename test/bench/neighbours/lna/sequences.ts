// The sequence-to-sequence task: a small model shaped like T5 learns from scratch to write number words as digits, in their order;
// adapted, it writes them in ascending order.

import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { evaluated } from "../../../../src/adaptation/evaluate.ts";
import { exportModel } from "../../../../src/adaptation/export/export.ts";
import { initialize } from "../../../../src/adaptation/initialize/initialize.ts";
import { Random } from "../../../../src/data/random.ts";
import type { TrainResult } from "../../../../src/train/events.ts";
import { cell } from "../../cells.ts";
import { CACHE, writeTask } from "../../tasks.ts";
import type { LnaTask, Method } from "./runs.ts";

const WORDS = "zero one two three four five six seven eight nine".split(" ");
const DIGITS = { fewest: 3, most: 7 };
export const COUNTS = {
  inOrder: { train: 4000, validation: 50, test: 50 },
  sorted: { train: 1500, validation: 100, test: 400 },
};
const SIZES = { hiddenSize: 64, heads: 4, layers: 2, positions: 24, vocabSize: 320, seed: 1 } as const;
export const STEPS = { base: 1200, adapted: 400, trial: 150 } as const;
const COMMON = { schedule: "linear", warmup: 20, dropout: 0, maxLength: 24, batchSize: 32, epochs: 1000 } as const;

export const SEQUENCES = "digits";

/** All of the model, then its parts; of masks and finetuning, learning rates as for the small models of docs/decoders.md. */
export const SEQUENCE_METHODS = {
  full: { options: { method: "finetune" }, learningRates: [1e-3, 3e-3] },
  masks: { options: { method: "mask", layers: "all" }, learningRates: [1e-2, 3e-2] },
  "LNA-E,D": { options: { method: "pattern", pattern: "lna" }, learningRates: [1e-3, 3e-3] },
  // T5 has no biases: its LayerNorms' weights are what is left of BitFit.
  "layernorm-only": { options: { method: "pattern", pattern: "layernorm-only" }, learningRates: [3e-3, 1e-2] },
  "LNA-E": { options: { method: "pattern", pattern: "lna-e" }, learningRates: [1e-3, 3e-3] },
  "LNA-D": { options: { method: "pattern", pattern: "lna-d" }, learningRates: [1e-3, 3e-3] },
  "lna-encoder-cross": { options: { method: "pattern", pattern: "lna-encoder-cross" }, learningRates: [1e-3, 3e-3] },
  "lna-encoder": { options: { method: "pattern", pattern: "lna-encoder" }, learningRates: [1e-3, 3e-3] },
} as const satisfies Record<string, Method>;

const place = (name: string) => path.resolve(CACHE, "lna", name);

/** Writes a task of number words, as digits in their order or sorted. */
function taskOf(name: keyof typeof COUNTS): string {
  const random = new Random(1, `digits ${name}`);
  const row = () => {
    const length = DIGITS.fewest + random.below(DIGITS.most - DIGITS.fewest + 1);
    const digits = Array.from({ length }, () => random.below(WORDS.length));
    const written = name === "sorted" ? digits.toSorted((a, b) => a - b) : digits;
    return { source: digits.map((digit) => WORDS[digit]).join(" "), target: written.join(" ") };
  };
  const splits = Object.entries(COUNTS[name]).map(([split, length]) => [split, Array.from({ length }, row)] as const);
  return writeTask(place(`${name}-task`), name, Object.fromEntries(splits), {
    ...{ name, kind: "generation", metric: "exactMatch" },
  });
}

/** The base model, trained from scratch if it is not in the cache; and its exact matches in order, a share. */
export async function digitsBase(): Promise<string> {
  const [start, model] = [place("digits-start"), place("digits-model")];
  if (existsSync(path.join(model, "config.json"))) return model;
  const task = taskOf("inOrder");
  rmSync(start, { recursive: true, force: true });
  await initialize({ ...SIZES, family: "t5", texts: { task }, out: start });
  const { adaptation } = await cell("lna", "digits-base", {
    ...{ ...COMMON, method: "finetune", learningRate: 3e-3, maxSteps: STEPS.base, evaluateEvery: 400 },
    ...{ model: start, task, seed: 1 },
  });
  await exportModel({ adaptation, out: model });
  return model;
}

export const sequenceTask = (): LnaTask => ({
  ...{ name: SEQUENCES, metric: "exactMatch", right: exactOf },
  options: (seed, isTrial) => ({
    ...{ ...COMMON, model: place("digits-model"), task: taskOf("sorted"), seed, maskSeed: seed },
    ...{ maxSteps: isTrial ? STEPS.trial : STEPS.adapted, evaluateEvery: isTrial ? STEPS.trial : STEPS.adapted / 2 },
  }),
});

/** Which test texts a run generates exactly. */
async function exactOf({ adaptation }: Pick<TrainResult, "adaptation">): Promise<string> {
  for await (const { outcome } of evaluated({ adaptations: [adaptation], split: "test", device: "cpu" })) {
    const { generated, references } = outcome!.texts!;
    return generated
      .map((text, i) => Number(references[i]!.some((reference) => text.trim() === reference.trim())))
      .join("");
  }
  throw new Error(`${adaptation} was not evaluated`);
}
