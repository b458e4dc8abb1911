// The study thread's requests, each with its parameters, events and answer. The channel derives the types of its client
// and its handlers from these.

import type { StudyLive } from "../../../messages/study.ts";
import type { Estimate } from "../../../study/estimate.ts";
import type { StudyOverview } from "../../../study/overview.ts";
import type { PresetName } from "../../../study/presets.ts";
import type { SlurmOptions } from "../../../study/slurm/script.ts";
import type { Move } from "../../../study/waiting.ts";
import type { TrainEvent } from "../../../train/events.ts";

/** What a thread is started with. */
export interface ThreadData {
  /** The compute process's program. */
  readonly script: string;
  /** Where CUDA support may be installed. */
  readonly cuda: string;
  /** The words that start the command line in a job. */
  readonly program: readonly string[];
}

/** How much of something is done. */
export interface Share {
  readonly done: number;
  readonly of: number;
}

/** An error, and the numbers of its cells. */
export interface StudyFault {
  readonly cells: readonly number[];
  readonly message: string;
}

/** What a study has to do. */
export interface PlannedStudy {
  readonly cells: number;
  readonly done: number;
  /** The numbers of cells: to train or to resume, linked now to runs that are finished, trained by another process. */
  readonly todo: readonly number[];
  readonly linked: readonly number[];
  readonly elsewhere: readonly number[];
  readonly estimate: Estimate;
  /** If there are any, nothing can be started. */
  readonly faults: readonly StudyFault[];
}

/** News of a study that runs. */
export type StudyEvent =
  | { readonly type: "live"; readonly live: StudyLive }
  /** A cell that this window trains: that it starts, its events, and that it is no longer trained. */
  | { readonly type: "started"; readonly folder: string }
  | { readonly type: "event"; readonly folder: string; readonly event: TrainEvent }
  | {
      readonly type: "ended";
      readonly folder: string;
      readonly state: "done" | "failed" | "stopped";
      readonly reason?: string;
    }
  /** A sentence for the log. */
  | { readonly type: "said"; readonly text: string };

/** What became of a study that ran. */
export interface StudyEnd {
  readonly failed: readonly number[];
  /** Cells that are neither finished nor failed. */
  readonly left: readonly number[];
}

/** A change of what is being trained. */
export type Control =
  | { readonly what: "pause"; readonly paused: boolean }
  | { readonly what: "at once"; readonly count: number }
  | { readonly what: "move"; readonly cell: number; readonly to: Move }
  /** Stops the training in this folder at a checkpoint; the others go on. */
  | { readonly what: "stop cell"; readonly folder: string };

/** All requests. A thread plans and runs one study; the others concern any. */
export interface StudyRequests {
  overview: { params: { study: string }; event: never; answer: StudyOverview };
  /** Writes the study of a preset. */
  make: {
    params: {
      preset: PresetName;
      models: readonly string[];
      tasks: readonly string[];
      folder: string;
    };
    event: never;
    answer: { file: string; cells: number; sources: readonly string[] };
  };
  /** Rejects if jobs cannot be submitted from here. */
  slurmVersion: { params: object; event: never; answer: string };
  /** Takes the study's lock, which the thread holds until it has run it or ends, and checks all cells. Writes nothing else. */
  plan: { params: { study: string; reuse: readonly string[]; atOnce: number }; event: Share; answer: PlannedStudy };
  /** Measures the paces that the estimate lacks. */
  measure: { params: { atOnce: number }; event: Share; answer: Estimate };
  /** Trains what is planned; a cancel stops the cells at a checkpoint. */
  run: { params: { atOnce: number }; event: StudyEvent; answer: StudyEnd };
  /** Submits what is planned, and follows the jobs; a cancel ends only the following. */
  slurm: { params: SlurmOptions; event: StudyEvent; answer: StudyEnd };
  control: { params: Control; event: never; answer: null };
  /** Writes the report of what is finished into the study's folder, with ensembles of its seeds. */
  report: {
    params: { study: string; tool: string; device: string };
    event: never;
    answer: { html: string; markdown: string };
  };
  /** Releases the lock. */
  release: { params: object; event: never; answer: null };
}
