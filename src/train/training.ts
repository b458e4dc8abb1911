// The input of the training loop: a compiled model, a task as batches, options, and a writer for the adaptation.

import type { Batch } from "../data/batches.ts";
import type { SplitName } from "../data/description.ts";
import type { Random } from "../data/random.ts";
import type { Metrics } from "../mask/metadata.ts";
import type { NextToken } from "../program/generation/next-token.ts";
import type { Trainable } from "../program/trainable.ts";
import type { RunOptions } from "../recipe/options.ts";
import type { LabelCount, Room, StartEvent } from "./events.ts";
import type { Kept } from "./kept.ts";
import type { RunFolder } from "./run-folder.ts";

/** The run's options that the loop uses. */
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
  | "topK"
  | "auxiliary"
  | "checkpointEvery"
  | "permuteLabels"
  | "binarizer"
  | "linearAttention"
>;

/** A task's examples as batches. */
export interface TrainingData {
  /** One epoch in an order drawn from the generator: ⌈training examples / size⌉ batches. */
  epoch(random: Random): Batch[];
  /** The batches of a split, in a fixed order. */
  batches(split: SplitName): readonly Batch[];
  /** The number of training examples; each part of a long document counts as one. */
  readonly rows: number;
  readonly examples: Readonly<Record<SplitName, number>>;
  /** In language tasks, whose examples are blocks of tokens. */
  readonly blocks?: StartEvent["blocks"] | undefined;
  /** Examples of each split that are longer than the maximum length. */
  readonly cut: Readonly<Record<SplitName, number>>;
  readonly labels: readonly LabelCount[];
  /** Rows per batch. */
  readonly size: number;
  readonly padId: number;
  /** Whether the model predicts labels; otherwise, it predicts tokens. */
  readonly isLabelled: boolean;
  /**
   * Metrics of a split from the logits or losses of its batches, in the order of `batches`. `decoding` continues texts, where texts are
   * compared. undefined if the signal fires first.
   */
  metrics(
    split: SplitName,
    outputs: readonly Float32Array[],
    decoding: () => Promise<NextToken>,
    signal?: AbortSignal,
  ): Metrics | Promise<Metrics | undefined>;
  /** The metric that selects the best evaluation. */
  readonly metric: string;
}

/** Everything that a run needs. */
export interface Training {
  readonly options: LoopOptions;
  /** Newly created, with the initial scores. */
  readonly program: Trainable;
  readonly data: TrainingData;
  /** Notes for the user about the data and the model, one sentence each, reported before the first step. */
  readonly notes: readonly string[];
  /** The sparsity of masks that are not trained; null if there are none. */
  readonly fixedSparsity: number | null;
  /** Hashes of the run's inputs; a checkpoint with different hashes is refused. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Of an encoder–decoder, how many of its layers belong to the encoder. */
  readonly encoderLayers?: number | undefined;
  /** How many parameters the run trains, and how many the model has. */
  readonly parameters?: StartEvent["parameters"] | undefined;
  readonly run: RunFolder;
  /** The memory that the run takes, as estimated. */
  readonly room?: Room | undefined;
  /** Writes the adaptation's file, which must not depend on the current time. */
  write(kept: Kept, outcome: Outcome): Promise<{ file: string; bytes: number }>;
  /** In tasks without labels: the base model's metrics on the validation split; undefined if the signal fires first. */
  readonly pretrained?: (() => Promise<Metrics | undefined>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The result of a finished run. */
export interface Outcome {
  /** Completed optimizer steps, and the step at which the adaptation was best. */
  readonly steps: number;
  readonly bestStep: number;
  /** The base model's on the validation split, in tasks without labels. */
  readonly pretrained?: Metrics | undefined;
  readonly validation: Metrics;
  readonly test: Metrics;
}
