// What pages and the extension host say to each other. Arrays travel as they are.

import type { Prediction } from "./adaptation/prediction.ts";
import type { PairComparison } from "./mask/compare.ts";
import type { HeadDescription, MaskDescription, MatrixProgress } from "./mask/describe.ts";
import type { LinesDescription, Magnitudes } from "./mask/lines.ts";
import type { MaskMetadata } from "./mask/metadata.ts";
import type { TrainEvent } from "./train/events.ts";

// What these messages carry, as pages know it.
export type { Piece, Prediction } from "./adaptation/prediction.ts";
export type { EvaluationEvent, LabelCount, StepEvent, TrainEvent, TrainResult } from "./train/events.ts";

/** A matrix of one mask, for looking into it. */
export interface MatrixView {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Packed as in the file. */
  readonly bits: Uint8Array;
  /** The mask before training; null where it is not known. */
  readonly initial: Uint8Array | null;
  /** Drops of its rows and of its columns against expectation; null as above. */
  readonly rowPruning: LinePruningView | null;
  readonly columnPruning: LinePruningView | null;
}

/** Drops of a matrix's lines against expectation, line by line. */
export interface LinePruningView {
  /** NaN where nothing could vary. */
  readonly z: Float32Array;
  /** Of each line pruned / expected and its 95 % interval, as value, low, high; NaN where nothing is expected. */
  readonly effects: Float32Array;
  /** 1 where a line is significant among those of its matrix. */
  readonly marks: Uint8Array;
}

/** What a mask is, without its bits. */
export interface MaskSummary extends Pick<MaskMetadata, "tool" | "base" | "task" | "seeds"> {
  readonly file: string;
  /** The seed by which the labels of a control were permuted; else null. */
  readonly permuteLabels: number | null;
}

/** One weight; null where the initial scores are not known, or the base model is not at hand. */
export interface WeightFacts {
  readonly score: number | null;
  readonly value: number | null;
}

/** A matrix's lines, and the sizes of its weights where the base model is at hand. */
export interface MatrixDetails {
  readonly name: string;
  readonly rows: LinesDescription;
  readonly columns: LinesDescription;
  readonly magnitudes: Magnitudes | null;
}

/** Another seed of the mask's task. */
export interface SeedView {
  readonly name: string;
  readonly maskSeed: number;
  /** Of its classifier and the order of its rows. */
  readonly runSeed?: number | undefined;
  readonly heads: readonly HeadDescription[];
}

export type ToHeatmap =
  /** First with what a mask says by itself, then with what training changed. */
  | {
      readonly type: "description";
      readonly complete: boolean;
      readonly description: MaskDescription;
      readonly metadata: MaskMetadata;
    }
  /** What training changed in some matrices, before all are counted. */
  | { readonly type: "progress"; readonly progress: readonly MatrixProgress[] }
  | { readonly type: "seeds"; readonly seeds: readonly SeedView[] }
  | { readonly type: "matrix"; readonly view: MatrixView }
  /** Turns to a matrix that was chosen elsewhere in the editor. */
  | { readonly type: "show"; readonly matrix: string }
  | {
      readonly type: "weight";
      readonly name: string;
      readonly row: number;
      readonly column: number;
      readonly facts: WeightFacts;
    }
  | { readonly type: "details"; readonly details: MatrixDetails }
  | { readonly type: "compressed"; readonly bytes: number }
  | { readonly type: "failed"; readonly message: string };

/** How much is known of compared masks. */
export type Stage = "distance" | "complete" | "judged";

export type ToDiff =
  | { readonly type: "names"; readonly names: readonly string[]; readonly masks: readonly MaskSummary[] }
  /** First d alone, then (complete) what the initial masks tell, too, then (judged) the place among reference pairs. */
  | { readonly type: "pairs"; readonly stage: Stage; readonly pairs: readonly PairComparison[] }
  /** The tasks that the user named as related, group by group. */
  | { readonly type: "related"; readonly groups: readonly (readonly string[])[] }
  | { readonly type: "matrices"; readonly views: readonly (MatrixView | null)[] }
  | { readonly type: "failed"; readonly message: string };

export type ToRun =
  /** The run's options, none where its folder does not tell them, and what reads them. */
  | { readonly type: "run"; readonly options: Readonly<Record<string, unknown>>; readonly tool: string }
  | { readonly type: "events"; readonly reset: boolean; readonly events: readonly TrainEvent[] }
  | { readonly type: "state"; readonly state: RunState; readonly reason?: string }
  | { readonly type: "failed"; readonly message: string };

/** Where a run stands; "elsewhere" is in training by another process. */
export type RunState = "running" | "elsewhere" | "stopped" | "unfinished" | "failed" | "done";

/** A mask in memory. */
export interface LoadedMask {
  readonly adaptation: string;
  readonly task: string;
  /** The run's name. */
  readonly name: string;
  readonly base: string;
  readonly bytes: number;
}

export type ToTry =
  | {
      readonly type: "loaded";
      readonly masks: readonly LoadedMask[];
      /** Of one copy of each base model's weights, and of one copy for each mask. */
      readonly baseBytes: number;
      readonly copiesBytes: number;
    }
  | { readonly type: "answers"; readonly request: number; readonly answers: readonly Prediction[] }
  | { readonly type: "failed"; readonly request: number; readonly message: string };

/** From any page. */
export type FromPage =
  | { readonly type: "ready" }
  | { readonly type: "matrix"; readonly name: string }
  | { readonly type: "weight"; readonly name: string; readonly row: number; readonly column: number }
  | { readonly type: "details" }
  | { readonly type: "save"; readonly name: string; readonly data: Uint8Array }
  | { readonly type: "copy"; readonly text: string }
  | { readonly type: "command"; readonly command: "stop" | "resume" | "heatmap" }
  /** These tasks are related, or are not. */
  | { readonly type: "relate"; readonly tasks: readonly string[]; readonly related: boolean }
  /** None: the editor asks which. */
  | { readonly type: "load"; readonly adaptations: readonly string[] }
  | { readonly type: "ask"; readonly request: number; readonly texts: readonly string[] };
