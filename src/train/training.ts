// What the training loop is given: a compiled model, a task as batches, options, and where the adaptation goes.

import type { Batch } from "../data/batches.ts";
import type { SplitName } from "../data/description.ts";
import type { Random } from "../data/random.ts";
import type { Metrics } from "../mask/metadata.ts";
import type { Trainable } from "../program/trainable.ts";
import type { RunOptions } from "../recipe/options.ts";
import type { LabelCount } from "./events.ts";
import type { Kept } from "./kept.ts";
import type { RunFolder } from "./run-folder.ts";

/** What the loop reads of a run's options. */
export type LoopOptions = Pick<
  RunOptions,
  | "seed"
  | "epochs"
  | "maxSteps"
  | "learningRate"
  | "schedule"
  | "warmup"
  | "accumulate"
  | "evaluateEvery"
  | "earlyStopping"
  | "targetSparsity"
  | "checkpointEvery"
  | "permuteLabels"
  | "binarizer"
>;

/** A task's rows as batches. */
export interface TrainingData {
  /** One epoch in an order drawn from the generator: ⌈training examples / size⌉ batches. */
  epoch(random: Random): Batch[];
  /** A split in an order of its own, which never changes. */
  batches(split: SplitName): readonly Batch[];
  /** Training examples: a long document is several. */
  readonly rows: number;
  readonly examples: Readonly<Record<SplitName, number>>;
  /** Examples of each split that are longer than the maximum length. */
  readonly cut: Readonly<Record<SplitName, number>>;
  readonly labels: readonly LabelCount[];
  /** Rows a batch. */
  readonly size: number;
  readonly padId: number;
  /** Metrics of a split from the logits of its batches, in the order of `batches`. */
  metrics(split: SplitName, logits: readonly Float32Array[]): Metrics;
  /** The metric by which the best evaluation is chosen. */
  readonly metric: string;
}

/** All that a run consists of. */
export interface Training {
  readonly options: LoopOptions;
  /** Freshly made: its scores are the initial ones. */
  readonly program: Trainable;
  readonly data: TrainingData;
  /** What the user should hear of data and model before the first step, a sentence each. */
  readonly notes: readonly string[];
  /** A weight is kept where its score is over it. */
  readonly threshold: number;
  /** The sparsity of masks that are not trained; null without such. */
  readonly fixedSparsity: number | null;
  /** Hashes of what the run depends on; a checkpoint of others is refused. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly run: RunFolder;
  /** Writes the adaptation's file. Nothing that depends on time may enter it. */
  write(kept: Kept, outcome: Outcome): Promise<{ file: string; bytes: number }>;
  readonly signal?: AbortSignal | undefined;
}

/** What a finished run came to. */
export interface Outcome {
  /** Optimizer steps made, and after how many the adaptation was best. */
  readonly steps: number;
  readonly bestStep: number;
  readonly validation: Metrics;
  readonly test: Metrics;
}
