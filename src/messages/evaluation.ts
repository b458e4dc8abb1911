// Messages to the evaluation page.

import type { Comparison, Details, Evaluation } from "../adaptation/evaluate.ts";
import type { ExampleLine } from "../adaptation/example-lines.ts";
import type { ExampleNumbers } from "../adaptation/examples-file.ts";

// Types used in these messages, re-exported for the page.
export type { Bin, Calibration, Compared } from "../adaptation/calibration.ts";
export type { Comparison, Details } from "../adaptation/evaluate.ts";
export type { ExampleLine } from "../adaptation/example-lines.ts";

/** An adaptation on the evaluation page. */
export interface EvaluatedView extends Omit<Evaluation, "details"> {
  /** Its name, with the folders that differ where names are the same. */
  readonly name: string;
  readonly details: Details;
  readonly examples: Omit<ExampleNumbers, "lines">;
}

/** The splits that adaptations can be evaluated on. */
export type EvaluatedSplit = "validation" | "test";

/** Adaptations are referred to by their index in `views`, examples by their index in the split. */
export type ToEvaluation =
  /** Not evaluated yet, as after a reload; `names`: the adaptations. */
  | { readonly type: "unevaluated"; readonly names: readonly string[] }
  | { readonly type: "evaluating" }
  | {
      readonly type: "evaluated";
      readonly split: EvaluatedSplit;
      /** The device in the settings, with what "auto" stands for. */
      readonly device: string;
      readonly tool: string;
      readonly views: readonly EvaluatedView[];
      readonly comparisons: readonly Comparison[];
    }
  /** The evaluation failed or was cancelled (`message` is empty). */
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "lines"; readonly request: number; readonly lines: readonly ExampleLine[] }
  /** The examples whose texts contain what was searched for, in ascending order. */
  | { readonly type: "found"; readonly request: number; readonly examples: Uint32Array };
