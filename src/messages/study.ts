// Messages to the page of a study.

import type { Estimate } from "../study/estimate.ts";
import type { StudyOverview } from "../study/overview.ts";

// Types used in these messages, re-exported for the page.
export type { Group } from "../study/groups.ts";
export type { CellOverview, StudyOverview } from "../study/overview.ts";
export type { Move } from "../study/waiting.ts";

/** A cell that is being trained. */
export interface TrainingCell {
  readonly cell: number;
  readonly step: number;
  /** 0 if unknown. */
  readonly steps: number;
  /** null until steps have been measured. */
  readonly secondsLeft: number | null;
  /** How far the transfer to linear attention has come; absent or null outside of it. */
  readonly transfer?: { readonly step: number; readonly steps: number } | null;
}

/** What is going on in a study that this window runs. */
export interface StudyLive {
  /** Whether its cells are trained on this machine, or are jobs that are followed. */
  readonly where: "here" | "slurm";
  /** While paused, no cell starts. */
  readonly paused: boolean;
  /** Whether the cells have been asked to stop at a checkpoint, or the following to end. */
  readonly stopping: boolean;
  readonly atOnce: number;
  readonly running: readonly TrainingCell[];
  /** The cells that wait, in the order in which they start. */
  readonly waiting: readonly number[];
  /** What is left; null if that is not estimated. */
  readonly left: Estimate | null;
}

export type ToStudy =
  | {
      readonly type: "study";
      readonly overview: StudyOverview;
      readonly live: StudyLive | null;
      /** How many cells are trained at a time. */
      readonly atOnce: number;
    }
  | { readonly type: "live"; readonly live: StudyLive | null }
  | { readonly type: "failed"; readonly message: string };

/** What the page of a study asks for. */
export type StudyAct = "run" | "slurm" | "check" | "pause" | "resume" | "stop" | "table" | "report" | "edit";
