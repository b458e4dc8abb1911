// What a run reports while it trains: plain JSON, one line each in its log, and the same over the worker's channel.

import type { Metrics } from "../mask/metadata.ts";
import type { Dynamics } from "./dynamics.ts";

/** How many of a split's rows (of its words, or of a document's sentences) have a label. */
export interface LabelCount {
  readonly label: string;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** A run (or a resumed one) begins; `step` steps of `steps` are done already. */
export interface StartEvent {
  readonly type: "start";
  readonly run: string;
  readonly step: number;
  readonly steps: number;
  /** Examples: sentences of a tagging task, documents of a document task. */
  readonly examples: { readonly train: number; readonly validation: number; readonly test: number };
  /** Those of them that are longer than the maximum length. */
  readonly cut: { readonly train: number; readonly validation: number; readonly test: number };
  /** Whether masks are drawn at each step: then sparsity is that of the masks that are evaluated. */
  readonly sampled?: boolean;
  /** In the order of the classifier's rows. */
  readonly labels: readonly LabelCount[];
}

/** Something that the user should know and nothing is wrong with. */
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
   * Of the masks after this step, as they are when they are evaluated. null without masks, and where the device makes
   * several steps in one go: then only the last of them has it.
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
  /** Whether it is the best of the run so far; the test split is scored with the best. */
  readonly best: boolean;
  /** How the masks have moved; null without masks. */
  readonly dynamics: Dynamics | null;
}

/** All up to this step is safe on disk. */
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
  /** Of training and evaluating, over all resumed parts. */
  readonly seconds: number;
  /** Of all masked weights; null without masks. */
  readonly sparsity: number | null;
  /** The adaptation file's size. */
  readonly bytes: number;
  readonly validation: Metrics;
  readonly test: Metrics;
  /** The seed by which the training labels were permuted, where the run is a control. */
  readonly permuteLabels?: number;
}
