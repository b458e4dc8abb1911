// What the trainer, evaluation and prediction need of a compiled model. `Program` (program.ts) is the real one; tests
// train a few lines of plain TypeScript instead.

import type { Batch } from "../data/batches.ts";
import type { BitMatrix } from "../mask/bits.ts";
import type { NamedTensor } from "../mask/stored.ts";
import type { Matrix } from "../model/names.ts";

/** Rows whose vectors are known already, so that only the classifier is left to compute. */
export interface VectorBatch {
  /** Rows with padding ones; the real rows come first. */
  readonly size: number;
  readonly rows: number;
  /** [size, width]: what the encoder gives for each row (see `Trainable.encode`); zeros in padding rows. */
  readonly vectors: Float32Array;
  /** [size], −1 in padding rows. */
  readonly targets: BigInt64Array;
  /** Row numbers in the split, [rows]. */
  readonly index: readonly number[];
}

/** What holds for one optimizer step. */
export interface StepPoint {
  /** 1 for the first step: Adam's t, and with the dropout seed all that dropout depends on. */
  readonly step: number;
  readonly learningRate: number;
  /** Control of the sparsity: the loss gains lambda · (targetSparsity − sparsity)². Absent: off. */
  readonly targetSparsity?: number;
  readonly lambda?: number;
}

/** A weight matrix with its real scores [rows, columns]; kept where the score is over the threshold. */
export interface ScoredMatrix extends Matrix {
  readonly scores: Float32Array;
}

/** What training has made so far; live arrays, which the next step changes. */
export interface Trained {
  readonly matrices: readonly ScoredMatrix[];
  readonly tensors: readonly NamedTensor[];
}

/** An adaptation at rest: bits under the matrices' module names, and tensors under their own. */
export interface Adapted {
  readonly matrices: readonly { readonly name: string; readonly bits: BitMatrix }[];
  readonly tensors: readonly NamedTensor[];
}

/** A model that classifies rows under the adaptation that was put in last. */
export interface Scorer {
  /** Evaluation mode: [size, labels], [size, choices], or [size · length, labels] where words or sentences are classified. */
  logits(batch: Batch): Promise<Float32Array>;
  /** Puts these bits and tensors in place of the trained ones. It is for scoring: training cannot go on from it. */
  adapt(adapted: Adapted): void;
  release(): Promise<void> | void;
}

/** The vectors of rows whose encoder never changes while the classifier trains: made once, then trained on. */
export interface VectorTrainable {
  /** What the encoder gives the classifier's modules for each row, in evaluation mode: [size, width]. */
  encode(batch: Batch): Promise<Float32Array>;
  step(batches: readonly VectorBatch[], at: StepPoint): Promise<StepResult>;
  logits(batch: VectorBatch): Promise<Float32Array>;
}

export interface StepResult {
  /** The mean loss of the step's rows, before the step. */
  readonly loss: number;
}

/** Several optimizer steps in one run of the runtime, so that the state stays inside it meanwhile. */
export interface StepLoop {
  /** Steps a run. */
  readonly length: number;
  /** A step for each batch (at most `length`, of one length), to the same result as each by itself. */
  steps(batches: readonly Batch[], points: readonly StepPoint[]): Promise<StepResult[]>;
}

/** A compiled model in training. */
export interface Trainable extends Scorer {
  /** One optimizer step over all the given batches (gradient accumulation), which share one length. */
  step(batches: readonly Batch[], at: StepPoint): Promise<StepResult>;
  /** All that a checkpoint must hold beside the step number: scores, parameters, moments. Live arrays. */
  state(): Map<string, Float32Array>;
  /** Takes a state of the same names and sizes, copied. */
  restore(state: ReadonlyMap<string, Float32Array>): void;
  adaptation(): Trained;
  /** Present where nothing below the classifier is trained or dropped out, and rows are classified by one vector. */
  readonly vectors?: VectorTrainable;
  /** Present where steps are made several a run. */
  readonly loop?: StepLoop;
}
