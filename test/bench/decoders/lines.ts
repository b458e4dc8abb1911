// The recipe of the models and masks, and the finished steps.

import type { Estimate, Metrics } from "../../../src/mask/metadata.ts";
import type { CellOptions } from "../cells.ts";
import type { CountPerplexity } from "./counts.ts";

export const FAMILIES = ["gpt2", "t5"] as const;
export type FamilyName = (typeof FAMILIES)[number];
export const TASKS = ["weather", "kitchen"] as const;
export type TaskName = (typeof TASKS)[number];
export const SEEDS = [1, 2, 3] as const;

/** The kind of task by which a model is trained: GPT-2 on texts, T5 on gaps in them. */
export const KINDS = { gpt2: "language", t5: "generation" } as const;

/** Tokens of a sequence, at most. */
export const LENGTH = 64;
export const SIZES = { hiddenSize: 64, heads: 8, positions: LENGTH, vocabSize: 512, seed: 1 };
export const LAYERS: Record<FamilyName, number> = { gpt2: 4, t5: 2 };

/** The options of each kind of run. */
export const RUNS = {
  base: { method: "finetune", learningRate: 3e-3, maxSteps: 400, batchSize: 32 },
  mask: { method: "mask", learningRate: 3e-2, maxSteps: 300, batchSize: 16 },
  finetuned: { method: "finetune", learningRate: 1e-3, maxSteps: 300, batchSize: 16 },
} as const satisfies Record<string, Partial<CellOptions>>;
export const COMMON = { schedule: "linear", warmup: 20, dropout: 0 } as const;

export interface Trained {
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
  /** The correlations of the heads' z, those of self-attention and those of cross attention. */
  readonly heads: Estimate | null;
  readonly cross: Estimate | null;
}

/** A finished step. */
export type Line = { readonly family: FamilyName; readonly processor: string } & (
  | ({ readonly step: "base"; readonly parameters: number; readonly counts: CountPerplexity | null } & Trained)
  | { readonly step: "unmasked"; readonly task: TaskName; readonly metrics: Metrics }
  | ({ readonly step: "mask"; readonly task: TaskName; readonly seed: number } & Trained)
  | ({ readonly step: "finetuned"; readonly task: TaskName; readonly seed: number } & Trained)
  | { readonly step: "pairs"; readonly pairs: readonly Pair[] }
);
export type Step = Line extends infer L ? (L extends Line ? Omit<L, "processor"> : never) : never;

export const keyOf = (line: Step): string =>
  [line.family, line.step, "task" in line ? line.task : "", "seed" in line ? line.seed : ""].join(" ").trim();
