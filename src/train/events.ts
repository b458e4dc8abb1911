// The events of a run: plain JSON, one line each in its log, and the same over the worker's channel.

import type { Metrics } from "../mask/metadata.ts";
import type { Dynamics } from "./dynamics.ts";

/** The number of examples (or words, or sentences of documents) with a label, by split. */
export interface LabelCount {
  readonly label: string;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** A run starts or resumes; `step` of `steps` steps are done. */
export interface StartEvent {
  readonly type: "start";
  readonly run: string;
  readonly step: number;
  readonly steps: number;
  /** Examples: sentences of a tagging task, documents of a document task. */
  readonly examples: { readonly train: number; readonly validation: number; readonly test: number };
  /** The examples that are longer than the maximum length. */
  readonly cut: { readonly train: number; readonly validation: number; readonly test: number };
  /** Whether masks are sampled at each step; then the sparsity is that of the evaluated masks. */
  readonly sampled?: boolean;
  /** In the order of the classifier's rows. */
  readonly labels: readonly LabelCount[];
}

/** Information for the user that is not an error. */
export interface NoteEvent {
  readonly type: "note";
  readonly text: string;
}

export interface StepEvent {
  readonly type: "step";
  readonly step: number;
  /** Counted from 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /**
   * The sparsity of the evaluated masks after this step. null without masks, and if the device makes several steps at once,
   * for all but the last of them.
   */
  readonly sparsity: number | null;
  readonly secondsLeft: number;
}

export interface EvaluationEvent {
  readonly type: "evaluation";
  readonly step: number;
  readonly split: "validation" | "test";
  readonly metrics: Metrics;
  /** The value of the task's metric, and its name (absent from logs of earlier versions). */
  readonly value: number;
  readonly metric?: string;
  /** Whether it is the best of the run so far; the test split is evaluated with the best state. */
  readonly best: boolean;
  /** How the masks have changed; null without masks. */
  readonly dynamics: Dynamics | null;
}

/** Everything up to this step is saved on disk. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
}

/** The user stopped the run; it can be resumed. */
export interface StoppedEvent {
  readonly type: "stopped";
  readonly step: number;
}

export interface DoneEvent {
  readonly type: "done";
  readonly result: TrainResult;
}

export type TrainEvent =
  | StartEvent
  | NoteEvent
  | StepEvent
  | EvaluationEvent
  | CheckpointEvent
  | StoppedEvent
  | DoneEvent;

export interface TrainResult {
  /** The adaptation's file. */
  readonly adaptation: string;
  readonly steps: number;
  /** Training and evaluation time, including resumed parts. */
  readonly seconds: number;
  /** Over all masked weights; null without masks. */
  readonly sparsity: number | null;
  /** The size of the adaptation's file. */
  readonly bytes: number;
  readonly validation: Metrics;
  readonly test: Metrics;
  /** The seed of the permuted training labels, if the run is a control. */
  readonly permuteLabels?: number;
}
