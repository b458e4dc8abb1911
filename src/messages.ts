// Messages between the pages and the extension host. Typed arrays are transferred as they are.

import type { Prediction } from "./adaptation/prediction.ts";
import type { PairComparison } from "./mask/compare.ts";
import type { HeadDescription, MaskDescription, MatrixProgress } from "./mask/describe.ts";
import type { LinesDescription, Magnitudes } from "./mask/lines.ts";
import type { MaskMetadata } from "./mask/metadata.ts";
import type { Apart } from "./mask/seeds.ts";
import type { TrainEvent } from "./train/events.ts";

// Types used in these messages, re-exported for the pages.
export type { Piece, Prediction } from "./adaptation/prediction.ts";
export type { EvaluationEvent, LabelCount, StepEvent, TrainEvent, TrainResult } from "./train/events.ts";

/** A matrix of one mask, to be inspected. */
export interface MatrixView {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Packed as in the file. */
  readonly bits: Uint8Array;
  /** The mask before training; null if unknown. */
  readonly initial: Uint8Array | null;
  /** The deviations of its rows and columns from their expectation; null if the initial mask is unknown. */
  readonly rowPruning: LinePruningView | null;
  readonly columnPruning: LinePruningView | null;
}

/** The deviations of a matrix's lines from their expectation, line by line. */
export interface LinePruningView {
  /** NaN if the count cannot vary. */
  readonly z: Float32Array;
  /** pruned / expected of each line and its 95 % interval, as value, low, high; NaN if nothing is expected. */
  readonly effects: Float32Array;
  /** 1 if the line is significant among those of its matrix. */
  readonly marks: Uint8Array;
}

/** A mask's metadata, without its bits. */
export interface MaskSummary extends Pick<MaskMetadata, "tool" | "base" | "task" | "seeds" | "run" | "checksum"> {
  readonly file: string;
  /** The seed that permuted the labels of a control; else null. */
  readonly permuteLabels: number | null;
}

/** One weight; null if the initial scores are unknown, or the base model is unavailable. */
export interface WeightFacts {
  readonly score: number | null;
  readonly value: number | null;
}

/** A weight in some of a page's masks, given by their numbers. */
export interface WeightOfMasks {
  readonly name: string;
  readonly row: number;
  readonly column: number;
  readonly masks: readonly number[];
}

/** A matrix's lines, and the magnitudes of its weights if the base model is available. */
export interface MatrixDetails {
  readonly name: string;
  readonly rows: LinesDescription;
  readonly columns: LinesDescription;
  readonly magnitudes: Magnitudes | null;
}

/** A mask of the same task with another seed. */
export interface SeedView {
  readonly name: string;
  readonly maskSeed: number;
  /** Seeds its classifier and the order of its examples. */
  readonly runSeed?: number | undefined;
  readonly heads: readonly HeadDescription[];
}

/** A mask of the same task that is not combined with this one, or a file that could not be read. */
export interface ApartView {
  readonly name: string;
  readonly because: Apart;
}

/** Where the base model and the task of a mask are on this machine; null if they were not found. */
export interface MaskPlaces {
  readonly model: string | null;
  readonly task: string | null;
  /** Whether they were searched for: not in an untrusted workspace. */
  readonly areSearched: boolean;
}

export type ToHeatmap =
  /** Sent first without what training changed, then with it. */
  | {
      readonly type: "description";
      readonly complete: boolean;
      readonly description: MaskDescription;
      readonly metadata: MaskMetadata;
    }
  /** What training changed in some matrices, sent before all are counted. */
  | { readonly type: "progress"; readonly progress: readonly MatrixProgress[] }
  | { readonly type: "seeds"; readonly seeds: readonly SeedView[]; readonly apart?: readonly ApartView[] }
  | { readonly type: "matrix"; readonly view: MatrixView }
  /** Shows a matrix that was selected elsewhere in the editor, and highlights a head of it. */
  | { readonly type: "show"; readonly matrix: string; readonly head?: number | undefined }
  | {
      readonly type: "weight";
      readonly name: string;
      readonly row: number;
      readonly column: number;
      readonly facts: WeightFacts;
    }
  | { readonly type: "details"; readonly details: MatrixDetails }
  | { readonly type: "compressed"; readonly bytes: number }
  | { readonly type: "places"; readonly places: MaskPlaces }
  | { readonly type: "failed"; readonly message: string };

/** How much of a comparison has been computed. */
export type Stage = "distance" | "complete" | "judged";

export type ToDiff =
  | { readonly type: "names"; readonly names: readonly string[]; readonly masks: readonly MaskSummary[] }
  /**
   * First only d, then (complete) also what depends on the initial masks, then (judged) the place among reference
   * pairs.
   */
  | { readonly type: "pairs"; readonly stage: Stage; readonly pairs: readonly PairComparison[] }
  /** Groups of tasks that the user declared related. */
  | { readonly type: "related"; readonly groups: readonly (readonly string[])[] }
  | { readonly type: "matrices"; readonly views: readonly (MatrixView | null)[] }
  /** The facts of a weight in some of the masks, as they were requested. */
  | (WeightOfMasks & { readonly type: "weights"; readonly facts: readonly WeightFacts[] })
  | { readonly type: "failed"; readonly message: string };

export type ToRun =
  /** The run's options (empty if its folder does not contain them), and the version of MaskLens. */
  | { readonly type: "run"; readonly options: Readonly<Record<string, unknown>>; readonly tool: string }
  | { readonly type: "events"; readonly reset: boolean; readonly events: readonly TrainEvent[] }
  | { readonly type: "state"; readonly state: RunState; readonly reason?: string }
  | { readonly type: "failed"; readonly message: string };

/** The state of a run; "elsewhere" means training in another process. */
export type RunState = "running" | "elsewhere" | "stopped" | "unfinished" | "failed" | "done";

/** A mask in memory. */
export interface LoadedMask {
  readonly adaptation: string;
  readonly task: string;
  /** The name of its run. */
  readonly name: string;
  readonly base: string;
  readonly bytes: number;
}

export type ToTry =
  | {
      readonly type: "loaded";
      readonly masks: readonly LoadedMask[];
      /** Bytes of one copy of each base model's weights, and of one such copy per mask. */
      readonly baseBytes: number;
      readonly copiesBytes: number;
    }
  | { readonly type: "answers"; readonly request: number; readonly answers: readonly Prediction[] }
  | { readonly type: "failed"; readonly request: number; readonly message: string };

/** Messages from any page. */
export type FromPage =
  | { readonly type: "ready" }
  | { readonly type: "matrix"; readonly name: string }
  | { readonly type: "weight"; readonly name: string; readonly row: number; readonly column: number }
  | (WeightOfMasks & { readonly type: "weights" })
  | { readonly type: "details" }
  /** `metadata`, a JSON object, is saved in a file of its own beside a table. */
  | { readonly type: "save"; readonly name: string; readonly data: Uint8Array; readonly metadata?: string }
  /** The colours of saved figures, for all pages from now on. */
  | { readonly type: "figures"; readonly colours: "theme" | "light" | "dark" }
  /** Asks where the base model and the task of a mask are on this machine. */
  | { readonly type: "places" }
  | { readonly type: "copy"; readonly text: string }
  | { readonly type: "command"; readonly command: "stop" | "resume" | "heatmap" }
  /** Declares these tasks related, or unrelated. */
  | { readonly type: "relate"; readonly tasks: readonly string[]; readonly related: boolean }
  /** If empty, the editor asks which. */
  | { readonly type: "load"; readonly adaptations: readonly string[] }
  | { readonly type: "ask"; readonly request: number; readonly texts: readonly string[] };
