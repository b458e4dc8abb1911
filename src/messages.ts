// Messages between the pages and the extension host. Typed arrays are sent unchanged.

import type { GenerationChoice } from "./adaptation/generation/answer.ts";
import type { PairComparison } from "./mask/compare.ts";
import type { HeadDescription, MaskDescription, MatrixProgress } from "./mask/describe.ts";
import type { LinesDescription, Magnitudes } from "./mask/lines.ts";
import type { MaskMetadata } from "./mask/metadata.ts";
import type { Apart } from "./mask/seeds.ts";
import type { AttentionState } from "./messages/attention.ts";
import type { EffectRequest, EffectState } from "./messages/effect.ts";
import type { EvaluatedSplit } from "./messages/evaluation.ts";
import type { StudyAct } from "./messages/study.ts";
import type { AttributeValues } from "./messages/try.ts";
import type { Move } from "./study/waiting.ts";
import type { TrainEvent } from "./train/events.ts";

// Types used in these messages, re-exported for the pages.
export type {
  EvaluationEvent,
  LabelCount,
  Room,
  StartEvent,
  StepEvent,
  TrainEvent,
  TrainResult,
  TransferEvent,
} from "./train/events.ts";

/** One matrix of a mask, for inspection. */
export interface MatrixView {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Packed as in the mask file. */
  readonly bits: Uint8Array;
  /** The mask before training; null if unknown. */
  readonly initial: Uint8Array | null;
  /** How far the matrix's rows and columns deviate from their expected counts; null if the initial mask is unknown. */
  readonly rowPruning: LinePruningView | null;
  readonly columnPruning: LinePruningView | null;
}

/** How far each line (row or column) of a matrix deviates from its expected count of pruned weights. */
export interface LinePruningView {
  /** z of each line; NaN if its count cannot vary. */
  readonly z: Float32Array;
  /** pruned / expected for each line, with its 95 % interval, as value, low, high; NaN if nothing is expected. */
  readonly effects: Float32Array;
  /** 1 for each line that is significant when all lines of the matrix are tested together. */
  readonly marks: Uint8Array;
}

/** A mask's metadata, without its bits. */
export interface MaskSummary extends Pick<MaskMetadata, "tool" | "base" | "task" | "seeds" | "run" | "checksum"> {
  readonly file: string;
  /** For a control, the seed that permuted its labels; otherwise null. */
  readonly permuteLabels: number | null;
}

/**
 * One weight's initial score, null if unknown, and its value, null if the base model is unavailable.
 */
export interface WeightFacts {
  readonly score: number | null;
  readonly value: number | null;
}

/** A weight in some of a page's masks; `masks` contains the indices of these masks. */
export interface WeightOfMasks {
  readonly name: string;
  readonly row: number;
  readonly column: number;
  readonly masks: readonly number[];
}

/** A matrix's rows and columns and, if the base model is available, the magnitudes of its weights. */
export interface MatrixDetails {
  readonly name: string;
  readonly rows: LinesDescription;
  readonly columns: LinesDescription;
  readonly magnitudes: Magnitudes | null;
}

/** A mask of the same task with a different seed. */
export interface SeedView {
  readonly name: string;
  readonly maskSeed: number;
  /** The seed that determined the mask's initial classifier and the order of its training examples. */
  readonly runSeed?: number | undefined;
  readonly heads: readonly HeadDescription[];
}

/** A mask of the same task that is not combined with this one, or a file that could not be read. */
export interface ApartView {
  readonly name: string;
  readonly because: Apart;
}

/** The paths of a mask's base model and task on this machine; null if they were not found. */
export interface MaskPlaces {
  readonly model: string | null;
  readonly task: string | null;
  /** Whether these paths were searched for; false in an untrusted workspace. */
  readonly areSearched: boolean;
}

export type ToHeatmap =
  /** Which share of a packed file's weights is decoded. */
  | { readonly type: "unpacked"; readonly share: number }
  /** Sent first without the changes made by training, then with them. */
  | {
      readonly type: "description";
      readonly complete: boolean;
      readonly description: MaskDescription;
      readonly metadata: MaskMetadata;
    }
  /** The changes made by training in some matrices, sent before all of them are counted. */
  | { readonly type: "progress"; readonly progress: readonly MatrixProgress[] }
  | { readonly type: "seeds"; readonly seeds: readonly SeedView[]; readonly apart?: readonly ApartView[] }
  | { readonly type: "matrix"; readonly view: MatrixView }
  /** Shows a matrix that was selected elsewhere in the editor, and highlights one of its heads. */
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
  /** Sent each time that more is known. */
  | { readonly type: "effect"; readonly state: EffectState }
  | { readonly type: "attention"; readonly state: AttentionState }
  | { readonly type: "failed"; readonly message: string };

/** To any page: the page's files that no longer exist; an empty list once all of them exist again. */
export interface Gone {
  readonly type: "gone";
  /** Paths as shown, relative to the workspace folder. `place`: the path of an identical copy, if one was found. */
  readonly files: readonly { readonly file: string; readonly place: string | null }[];
  /** Whether a copy of every file was found, so that the copies can be opened. */
  readonly found: boolean;
}

/** How much of a comparison has been computed. */
export type Stage = "distance" | "complete" | "judged";

export type ToDiff =
  | { readonly type: "names"; readonly names: readonly string[]; readonly masks: readonly MaskSummary[] }
  /**
   * Stage "distance" contains only d; "complete" adds the results that depend on the initial masks; "judged" adds the
   * comparison with reference pairs.
   */
  | { readonly type: "pairs"; readonly stage: Stage; readonly pairs: readonly PairComparison[] }
  /** Groups of tasks that the user declared related. */
  | { readonly type: "related"; readonly groups: readonly (readonly string[])[] }
  | { readonly type: "matrices"; readonly views: readonly (MatrixView | null)[] }
  /** A weight's facts in the masks for which they were requested. */
  | (WeightOfMasks & { readonly type: "weights"; readonly facts: readonly WeightFacts[] })
  | { readonly type: "failed"; readonly message: string };

type Options = Readonly<Record<string, unknown>>;

/** The pace of another run that is similar enough to a new run to estimate how long the new run takes. */
export interface FormerPace {
  readonly run: string;
  /** Including evaluations. */
  readonly secondsPerStep: number;
}

export type ToRun =
  /**
   * The run's options (empty if its folder does not contain them), the defaults of its method, the explanations of all
   * options, the version of MaskLens, and, before the first step, the pace of another run.
   */
  | {
      readonly type: "run";
      readonly options: Options;
      readonly defaults: Options;
      readonly explanations: Readonly<Record<string, string>>;
      readonly tool: string;
      readonly former: FormerPace | null;
    }
  | { readonly type: "events"; readonly reset: boolean; readonly events: readonly TrainEvent[] }
  | { readonly type: "state"; readonly state: RunState; readonly reason?: string }
  | { readonly type: "failed"; readonly message: string };

/** The state of a run; "elsewhere" means training in another process. */
export type RunState = "unstarted" | "running" | "elsewhere" | "stopped" | "unfinished" | "failed" | "done";

/** A value, and its 95 % confidence interval if there is one. */
export interface Ranged {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** An option's value as one value, as flags are written. */
export type OptionValue = string | number | boolean | null;

/** A run in the table of runs. Unknown values are null. */
export interface RunRow {
  /** Its folder, by which messages refer to it. */
  readonly run: string;
  readonly name: string;
  readonly state: RunState;
  /** Why the run failed, or why its log or its options could not be read. */
  readonly reason: string | null;
  /** The metric that chooses the best step. */
  readonly metric: string | null;
  /** That metric at the best step so far, on the validation examples and on the test examples. */
  readonly validation: Ranged | null;
  readonly test: Ranged | null;
  /** At the best step. */
  readonly sparsity: number | null;
  /** Parameters that it trains, as a share of the model's. */
  readonly trained: number | null;
  /** Steps done, and planned. */
  readonly step: number;
  readonly steps: number | null;
  readonly seconds: number | null;
  /** When the run first started, in milliseconds since 1970; if unknown, when its files were last written. */
  readonly time: number | null;
  /** All options, with defaults; empty if they cannot be read. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** A quantity over the steps of a run. */
export interface Curve {
  readonly steps: Float32Array;
  readonly values: Float32Array;
  /** The ends of what each point stands for: of its 95 % interval, or of the steps of which it is the mean. */
  readonly low?: Float32Array;
  readonly high?: Float32Array;
  /** The time that the run had taken at each point, in seconds; null if its log does not say. */
  readonly seconds: Float32Array | null;
}

/** The curves of a run. */
export interface RunCurves {
  readonly run: string;
  /** Why they could not be read; null if they could. */
  readonly reason: string | null;
  /** The number of steps of which each point of the loss and the sparsity is the mean. */
  readonly every: number;
  readonly loss: Curve;
  /** On the validation examples. */
  readonly metric: Curve;
  readonly sparsity: Curve;
  /** Weights that flipped since the previous evaluation, per step, as a share of all masked weights. */
  readonly flips: Curve;
}

export type ToRuns =
  /** The study whose runs the page shows (null: all runs of the workspace), and how many runs are being read. */
  | { readonly type: "scope"; readonly study: string | null; readonly total: number }
  /** New and changed runs. */
  | { readonly type: "rows"; readonly rows: readonly RunRow[] }
  /** All runs have been read; runs that are not listed no longer exist. */
  | { readonly type: "complete"; readonly runs: readonly string[] }
  | { readonly type: "curves"; readonly curves: readonly RunCurves[] }
  /** Selects these runs. */
  | { readonly type: "select"; readonly runs: readonly string[] }
  | { readonly type: "failed"; readonly message: string };

/** What the table of runs does with the selected runs. */
export type RunAct = "run" | "heatmap" | "diff" | "evaluate";

/** The colours of saved figures; "theme": the colours of the editor's theme. */
export type FigureColours = "theme" | "light" | "dark";

/** Messages from any page. */
export type FromPage =
  | { readonly type: "ready" }
  | { readonly type: "matrix"; readonly name: string }
  | { readonly type: "weight"; readonly name: string; readonly row: number; readonly column: number }
  | (WeightOfMasks & { readonly type: "weights" })
  | { readonly type: "details" }
  /** `metadata`, a JSON object, is saved in a separate file next to a table. */
  | { readonly type: "save"; readonly name: string; readonly data: Uint8Array; readonly metadata?: string }
  /** Sets the colours of saved figures for all pages. */
  | { readonly type: "figures"; readonly colours: FigureColours }
  /** Measures what parts of the mask are worth. */
  | (EffectRequest & { readonly type: "measure" })
  | { readonly type: "stopMeasuring" }
  /** Compares the mask's linear attention with softmax. */
  | { readonly type: "attention" }
  | { readonly type: "stopAttention" }
  /** Asks for the paths of a mask's base model and task on this machine. */
  | { readonly type: "places" }
  | { readonly type: "copy"; readonly text: string }
  | { readonly type: "command"; readonly command: "stop" | "resume" | "heatmap" }
  /** The runs whose curves the page shows; replaces the runs requested before. */
  | { readonly type: "curves"; readonly runs: readonly string[] }
  | { readonly type: "act"; readonly act: RunAct; readonly runs: readonly string[] }
  | { readonly type: "study"; readonly act: StudyAct }
  /** Moves a waiting cell. */
  | { readonly type: "move"; readonly cell: number; readonly to: Move }
  /** Opens the run of a cell. */
  | { readonly type: "cell"; readonly cell: number }
  | { readonly type: "atOnce"; readonly count: number }
  /** Opens missing files at their new paths. */
  | { readonly type: "follow" }
  /** Declares these tasks as related or unrelated. */
  | { readonly type: "relate"; readonly tasks: readonly string[]; readonly related: boolean }
  /** Loads these masks; if there are none, the editor asks which masks to load. */
  | { readonly type: "load"; readonly adaptations: readonly string[] }
  /** Asks for the predictions of texts with these attributes. */
  | {
      readonly type: "ask";
      readonly request: number;
      readonly texts: readonly string[];
      readonly attributes: AttributeValues;
    }
  /** Generates texts with the loaded masks that do; stops generating others. */
  | {
      readonly type: "generate";
      readonly request: number;
      readonly texts: readonly string[];
      readonly choice: GenerationChoice;
    }
  | { readonly type: "stopGenerating" }
  /** Asks for a text's evidence for a label under a loaded mask. */
  | {
      readonly type: "explain";
      readonly request: number;
      readonly adaptation: string;
      readonly text: string;
      readonly attributes: AttributeValues;
      readonly label: string;
      readonly deletion: boolean;
    }
  /** Stops computing the evidence that was asked for. */
  | { readonly type: "enough"; readonly request: number }
  | { readonly type: "evaluate"; readonly split: EvaluatedSplit }
  /** Asks for the texts and probabilities of examples, as evaluated with one adaptation. */
  | {
      readonly type: "lines";
      readonly request: number;
      readonly adaptation: number;
      readonly examples: readonly number[];
    }
  | { readonly type: "search"; readonly request: number; readonly adaptation: number; readonly text: string }
  /** Opens a text in Try Text with these adaptations; attributes that are not given are missing. */
  | {
      readonly type: "tryText";
      readonly text: string;
      readonly attributes: AttributeValues;
      readonly adaptations: readonly number[];
    };
