// What the parts of the extension offer each other: one interface a part, so that panels and views need not know who computes.

import type { Event, LogOutputChannel, Uri } from "vscode";
import type { TrainEvent, TrainResult } from "../train/events.ts";
import type { RunOptions } from "../train/options.ts";
import type { Prediction } from "../train/predict.ts";
import type { Compute } from "./compute.ts";

/** How far a run is. `interrupted`: its process is gone without a word, and its last checkpoint is there. */
export type RunState = "running" | "stopping" | "done" | "stopped" | "interrupted";

/** A run folder as it is known without training. */
export interface RunSummary {
  /** Absolute; the run's key everywhere. */
  readonly folder: string;
  readonly name: string;
  readonly state: RunState;
  readonly step: number;
  /** null before it has begun. */
  readonly steps: number | null;
  readonly secondsLeft: number | null;
  /** The best validation score, of the task's metric. */
  readonly best: number | null;
  readonly zeroShare: number | null;
  /** What it left; null unless it is done. */
  readonly result: TrainResult | null;
}

/** An event of one run, as it happens; also what becomes of a run whose process died (`failed`). */
export interface RunEvent {
  readonly folder: string;
  readonly event: TrainEvent | { readonly type: "failed"; readonly message: string };
}

/** Trainings: those that this window runs, and what run folders hold of the past. */
export interface Runs {
  /** Each event of each run that this window trains. */
  readonly onDidEvent: Event<RunEvent>;
  /** A run has begun, ended or changed its state; its folder. */
  readonly onDidChange: Event<string>;
  /** Folders in which this window trains now. */
  readonly live: readonly string[];
  /** All events of a run's log, oldest first; a line that was cut off is left out. [] where there is no log. */
  history(folder: string): Promise<TrainEvent[]>;
  summary(folder: string): Promise<RunSummary>;
  /** Trains, with a progress notification; rejects as the compute process does. InputError where the run is on already. */
  train(options: RunOptions): Promise<TrainResult>;
  resume(folder: string): Promise<TrainResult>;
  /** Asks a run of this window to stop; resolves when it has. */
  stop(folder: string): Promise<void>;
}

/** A mask (or tuned tensors) in the serving process. */
export interface LoadedMask {
  /** Absolute; the mask's key. */
  readonly file: string;
  /** The file's name without its ending. */
  readonly name: string;
  readonly task: string;
  readonly kind: string;
  readonly labels: readonly string[];
  readonly base: { readonly id: string; readonly folder: string };
  /** The file's size. */
  readonly bytes: number;
}

/** Masks that are loaded over one base model, in a process of their own. */
export interface Loaded {
  readonly onDidChange: Event<void>;
  readonly masks: readonly LoadedMask[];
  /** Loads what is not loaded yet; rejects with the reason, and then nothing is loaded that was not before. */
  load(files: readonly string[]): Promise<void>;
  unload(files: readonly string[]): Promise<void>;
  /** The predictions of every loaded mask for each text. InputError where none is loaded. */
  predict(texts: readonly string[], signal?: AbortSignal): Promise<Prediction[]>;
  /** The serving process, for requests of the panels; started when first asked for. */
  compute(): Compute;
}

/** What every part is given. A part registers itself by `registerX(context, services)`. */
export interface Services {
  readonly log: LogOutputChannel;
  readonly runs: Runs;
  readonly loaded: Loaded;
  /** Runs what may start a process or reach the network. Throws a message for people in an untrusted workspace. */
  requireTrust(): void;
  /** Shows an error to the user and writes it to the log. The one place where errors are heard. */
  report(error: unknown, actions?: readonly ErrorAction[]): void;
}

/** A button under an error. */
export interface ErrorAction {
  readonly title: string;
  run(): unknown;
}

/**
 * What the panels open, put in place by their own `registerX`: `registerDiff(context, services): (masks: readonly Uri[]) =>
 * Promise<void>` and so on; commands ask here.
 */
export interface Panels {
  /** One panel for two masks or more. */
  diff(masks: readonly Uri[]): Promise<void>;
  /** The live panel of a run's folder. */
  run(folder: string): Promise<void>;
  /** The page that predicts with all loaded masks. */
  tryText(): Promise<void>;
}

/** The custom editor's type for masks. */
export const HEATMAP = "masklens.heatmap";
