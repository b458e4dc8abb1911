// The interface of a compiled model for training, evaluation and prediction. `Program` (program.ts) implements it;
// tests use a few lines of plain TypeScript instead.

import type { Batch } from "../data/batches.ts";
import type { BitMatrix } from "../mask/bits.ts";
import type { NamedTensor } from "../mask/stored.ts";
import type { Matrix } from "../model/names.ts";
import type { NextToken } from "./generation/next-token.ts";

/** A batch of examples with precomputed vectors, so that only the classifier has to be computed. */
export interface VectorBatch {
  /** The number of examples including padding; the real ones come first. */
  readonly size: number;
  readonly rows: number;
  /** [size, hiddenSize]: the encoder's output for each example (see `Trainable.encode`); zeros in padding. */
  readonly vectors: Float32Array;
  /** [size], −1 in padding. */
  readonly targets: BigInt64Array;
  /** Example indices in the split, [rows]. */
  readonly index: readonly number[];
}

/** The settings of one optimizer step. */
export interface StepPoint {
  /** The step's number, counted from 1 (Adam's t). Together with the dropout seed, it determines dropout. */
  readonly step: number;
  readonly learningRate: number;
  /** The learning rate of tensors that are trained directly, if it is another one. */
  readonly directRate?: number;
  /** Sparsity control: lambda · (targetSparsity − sparsity)² is added to the loss. Absent: off. */
  readonly targetSparsity?: number;
  readonly lambda?: number;
}

/** A weight matrix with its real scores [rows, columns]; a weight is kept if its score exceeds the threshold (in float32). */
export interface ScoredMatrix extends Matrix {
  readonly scores: Float32Array;
  readonly threshold: number;
}

/** The current state of training; arrays that the next step may change. */
export interface Trained {
  readonly matrices: readonly ScoredMatrix[];
  readonly tensors: readonly NamedTensor[];
}

/** An adaptation as stored: bits under the matrices' module names, and tensors under their own names. */
export interface Adapted {
  readonly matrices: readonly { readonly name: string; readonly bits: BitMatrix }[];
  readonly tensors: readonly NamedTensor[];
}

/** A model that classifies examples with the most recently loaded adaptation. */
export interface Scorer {
  /**
   * Logits in evaluation mode: [size, labels], [size, choices], or [size · length, labels] if words or sentences are
   * classified.
   */
  logits(batch: Batch): Promise<Float32Array>;
  /**
   * Of a language model: −log p of the target at each token, given the tokens up to it, in evaluation mode: [size · length], 0 where
   * there is no target.
   */
  losses(batch: Batch): Promise<Float32Array>;
  /** Of a language model: what continues texts, with the weights as they are now. */
  decoding(): Promise<NextToken>;
  /** Replaces the trained bits and tensors with these, for scoring; training cannot continue afterwards. */
  adapt(adapted: Adapted): void;
  release(): Promise<void> | void;
}

/** Trains only the classifier over a frozen encoder: the examples' vectors are computed once. */
export interface VectorTrainable {
  /** The encoder's output for each example, the classifier's input, in evaluation mode: [size, hiddenSize]. */
  encode(batch: Batch): Promise<Float32Array>;
  step(batches: readonly VectorBatch[], at: StepPoint): Promise<StepResult>;
  logits(batch: VectorBatch): Promise<Float32Array>;
}

/** Trains only the maps of features of linear attention; see `Transfer`. */
export interface TransferTrainable {
  /** One step over a batch. Returns the mean divergence from attention by softmax before the step, in nats. */
  step(batch: Batch, at: StepPoint): Promise<number>;
}

export interface StepResult {
  /** The mean loss of the step's examples, before the update. */
  readonly loss: number;
  /** What happened in the step that the user should know. */
  readonly note?: string;
}

/** A compiled model in training. */
export interface Trainable extends Scorer {
  /** One optimizer step over all the given batches (gradient accumulation), which share one length. */
  step(batches: readonly Batch[], at: StepPoint): Promise<StepResult>;
  /**
   * Everything that a checkpoint must contain besides the step number: scores, parameters, moments. The next step may change
   * the arrays.
   */
  state(): Promise<Map<string, Float32Array>>;
  /** Restores (copies) a state with the same names and sizes. */
  restore(state: ReadonlyMap<string, Float32Array>): void;
  /**
   * The fraction of masked weights that evaluation would prune now, because their scores do not exceed the threshold; null
   * without masks.
   */
  sparsity(): number | null;
  /** With top-k: moves the thresholds so that this share of the weights is kept. Call it after each step, and after `restore`. */
  prune(share: number): Promise<void>;
  adaptation(): Promise<Trained>;
  /**
   * Present if nothing below the classifier is trained or has dropout, and each example is classified by one vector.
   */
  readonly vectors?: VectorTrainable;
  /** Present if the model has linear attention. */
  readonly transfer?: TransferTrainable;
}
