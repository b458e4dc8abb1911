// npm run bench decoders [page]: a small GPT-2 and a small T5 that are trained from nothing, and masks of two tasks over each.
// Finished steps are in docs/decoders.jsonl and are not repeated. Writes docs/decoders.md; `page` trains nothing and writes
// what is finished.

import { rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { evaluate } from "../../../src/adaptation/evaluate.ts";
import { exportModel } from "../../../src/adaptation/export/export.ts";
import { initialize } from "../../../src/adaptation/initialize/initialize.ts";
import { readMask } from "../../../src/adaptation/read.ts";
import { comparePairs } from "../../../src/mask/compare.ts";
import type { Estimate, Metrics } from "../../../src/mask/metadata.ts";
import { type CellOptions, cell } from "../cells.ts";
import { Finished } from "../finished.ts";
import { CACHE } from "../tasks.ts";
import { taskFile, writeCorpus } from "./corpus.ts";
import { type CountPerplexity, countPerplexity } from "./counts.ts";
import { pageOf } from "./page.ts";

const RESULTS = "docs/decoders.jsonl";

export const FAMILIES = ["gpt2", "t5"] as const;
export type FamilyName = (typeof FAMILIES)[number];
export const TASKS = ["dates", "reversed"] as const;
export type TaskName = (typeof TASKS)[number];
export const SEEDS = [1, 2, 3] as const;

/** Tokens of a sequence, at most. */
export const LENGTH = 64;
export const SIZES = { hiddenSize: 64, heads: 8, positions: LENGTH, vocabSize: 512, seed: 1 };
export const LAYERS: Record<FamilyName, number> = { gpt2: 4, t5: 2 };

/** The options of each kind of run. */
export const RUNS = {
  base: { method: "finetune", learningRate: 3e-3, maxSteps: 400 },
  mask: { method: "mask", learningRate: 1e-2, maxSteps: 300 },
  finetuned: { method: "finetune", learningRate: 1e-3, maxSteps: 300 },
} as const satisfies Record<string, Partial<CellOptions>>;
export const COMMON = { batchSize: 32, schedule: "linear", warmup: 20, dropout: 0 } as const;

interface Trained {
  readonly metrics: Metrics;
  readonly steps: number;
  readonly seconds: number;
  readonly sparsity: number | null;
}

/** Two masks of one model. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly lift: Estimate | null;
  readonly heads: Estimate | null;
}

/** A finished step. */
export type Line = { readonly family: FamilyName; readonly processor: string } & (
  | ({ readonly step: "base"; readonly parameters: number; readonly counts: CountPerplexity | null } & Trained)
  | { readonly step: "unmasked"; readonly task: TaskName; readonly metrics: Metrics }
  | ({ readonly step: "mask" | "finetuned"; readonly task: TaskName; readonly seed: number } & Trained)
  | { readonly step: "pairs"; readonly pairs: readonly Pair[] }
);
type Step = Line extends infer L ? (L extends Line ? Omit<L, "processor"> : never) : never;

const keyOf = (line: Step): string =>
  [line.family, line.step, "task" in line ? line.task : "", "seed" in line ? line.seed : ""].join(" ").trim();

const place = (name: string) => path.resolve(CACHE, "decoders", name);

/** Seeds of the scores and of the run, in which all masks differ. */
const seedOf = (task: TaskName, seed: number) => 10 * (TASKS.indexOf(task) + 1) + seed;

async function train(name: string, options: CellOptions): Promise<Trained & { readonly adaptation: string }> {
  const all = { ...COMMON, maxLength: LENGTH, epochs: 1000, evaluateEvery: 100, ...options };
  const { adaptation, test, steps, seconds, sparsity } = await cell("decoders", name, all);
  return { adaptation, metrics: test, steps, seconds, sparsity };
}

/** The base model, trained from nothing if it is not in the cache. */
async function baseOf(family: FamilyName): Promise<Extract<Step, { step: "base" }> & { readonly tuned: string }> {
  const task = writeCorpus(family === "gpt2" ? "language" : "generation");
  const [start, model] = [place(`${family}-start`), place(family)];
  rmSync(start, { recursive: true, force: true });
  const sizes = { ...SIZES, layers: LAYERS[family] };
  const { parameters } = await initialize({ ...sizes, family, texts: { task }, out: start });
  const { adaptation: tuned, ...trained } = await train(`${family}-base`, {
    ...RUNS.base,
    model: start,
    task,
    seed: 1,
  });
  rmSync(model, { recursive: true, force: true });
  await exportModel({ adaptation: tuned, out: model });
  const counts = family === "gpt2" ? await countPerplexity(start, task, LENGTH) : null;
  return { family, step: "base", parameters, counts, ...trained, tuned };
}

const adapted = (family: FamilyName, step: "mask" | "finetuned", task: TaskName, seed: number) =>
  train(`${family}-${task}-${step}-${seed}`, {
    ...{ ...RUNS[step], model: place(family), task: taskFile(task) },
    ...{ seed: seedOf(task, seed), maskSeed: seedOf(task, seed) },
  });

async function pairsOf(family: FamilyName): Promise<Pair[]> {
  const names = TASKS.flatMap((task) => SEEDS.map((seed) => [task, seed] as const));
  const files = new Map<string, string>();
  for (const [task, seed] of names)
    files.set((await adapted(family, "mask", task, seed)).adaptation, `${task} ${seed}`);
  const masks = await Promise.all([...files.keys()].map((file) => readMask(file)));
  return comparePairs(masks).pairs.map(({ a, b, lift, headCorrelation: heads }) => ({
    ...{ a: files.get(a)!, b: files.get(b)!, lift, heads },
  }));
}

export async function benchDecoders(words: readonly string[]): Promise<void> {
  const finished = new Finished<Line>(RESULTS, keyOf);
  const isKnown = (line: Pick<Step, "family" | "step"> & object) => finished.find(keyOf(line as Step)) !== undefined;
  const add = (step: Step) => {
    finished.add({ ...step, processor: cpus()[0]?.model.trim() ?? "unknown" } as Line);
    writeFileSync("docs/decoders.md", pageOf(finished.lines));
  };
  if (words[0] === "page") return writeFileSync("docs/decoders.md", pageOf(finished.lines));
  for (const family of FAMILIES) {
    const { tuned, ...base } = await baseOf(family);
    if (!isKnown(base)) add(base);
    for (const task of TASKS) {
      if (!isKnown({ family, step: "unmasked", task } as Step)) {
        const asked = {
          adaptations: [tuned],
          tasks: { [tuned]: taskFile(task) },
          split: "test",
          device: "cpu",
        } as const;
        add({ family, step: "unmasked", task, metrics: (await evaluate(asked)).adaptations[0]!.metrics });
      }
      for (const step of ["mask", "finetuned"] as const)
        for (const seed of step === "mask" ? SEEDS : SEEDS.slice(0, 1)) {
          if (isKnown({ family, step, task, seed } as Step)) continue;
          const { adaptation: _, ...trained } = await adapted(family, step, task, seed);
          add({ family, step, task, seed, ...trained });
        }
    }
    if (!isKnown({ family, step: "pairs" })) add({ family, step: "pairs", pairs: await pairsOf(family) });
  }
}
