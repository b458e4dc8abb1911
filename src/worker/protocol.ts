// What the compute process can be asked. One interface per request says what it takes, what it reports meanwhile and what
// it answers; the messages on the wire and the types of both ends derive from it. Paths in it are absolute.

import { InputError, messageOf, type Place } from "../errors.ts";
import type { Places } from "../train/base.ts";
import type { Evaluation } from "../train/evaluate.ts";
import type { TrainEvent, TrainResult } from "../train/events.ts";
import type { Exported, ExportOptions } from "../train/export.ts";
import type { LoadedAdaptation } from "../train/loaded.ts";
import type { RunOptions } from "../train/options.ts";
import type { Prediction } from "../train/prediction.ts";

/** A kind of request. */
export interface Call {
  readonly params: unknown;
  /** Reported while it is at work; `never` where it reports nothing. */
  readonly event: unknown;
  readonly answer: unknown;
}

/** Adaptations, and where their base models may lie if not where they say. */
export interface Adaptations extends Places {
  readonly adaptations: readonly string[];
  readonly device: string;
}

export type Split = "validation" | "test";

/** All requests. */
export interface Requests {
  /** Trains a new run. A run that is stopped rejects with `Stopped`, after its checkpoint is written. */
  train: { params: { options: RunOptions }; event: TrainEvent; answer: TrainResult };
  /** Goes on with the run in `folder`. */
  resume: { params: { folder: string }; event: TrainEvent; answer: TrainResult };
  /** `task`: the task file, where it is not the one that the adaptation was trained on. */
  evaluate: { params: Adaptations & { task?: string; split: Split }; event: Evaluation; answer: Evaluation[] };
  /** One event per text and adaptation, text by text. */
  predict: { params: Adaptations & { texts: readonly string[] }; event: Prediction; answer: null };
  /** Reads these adaptations and keeps them and their base models; those of an earlier request stay where they are named again. */
  load: { params: Adaptations; event: never; answer: LoadedAdaptation[] };
  /** As `predict`, under what is loaded. */
  ask: { params: { texts: readonly string[] }; event: Prediction; answer: null };
  /** Writes an adaptation as a whole model. */
  export: { params: ExportOptions; event: never; answer: Exported };
  /** Computes a little on a device; rejects with the reason where that is not possible. */
  probe: { params: { device: string }; event: never; answer: null };
}

/** Which requests a table of calls has. */
export type NameIn<C> = keyof C & string;
/** A table of calls: one `Call` a name. */
export type CallsOf<C> = { readonly [N in keyof C]: Call };

/** To the compute process. `id` is the asker's, and unique while it lives. */
export type Request<C extends CallsOf<C>> =
  | {
      [N in NameIn<C>]: {
        readonly type: "ask";
        readonly id: number;
        readonly name: N;
        readonly params: C[N]["params"];
      };
    }[NameIn<C>]
  | { readonly type: "cancel"; readonly id: number };

/** From the compute process: any number of events, then exactly one answer or error. */
export type Reply<C extends CallsOf<C>> =
  | { readonly type: "event"; readonly id: number; readonly event: C[NameIn<C>]["event"] }
  | { readonly type: "answer"; readonly id: number; readonly answer: C[NameIn<C>]["answer"] }
  | { readonly type: "error"; readonly id: number; readonly error: WireError };

/** What an answer is made with. */
export interface Context<E> {
  emit(event: E): void;
  /** Fires when the asker cancels. */
  readonly signal: AbortSignal;
}

/** The functions that answer, one per request. */
export type Answers<C extends CallsOf<C>> = {
  readonly [N in NameIn<C>]: (params: C[N]["params"], context: Context<C[N]["event"]>) => Promise<C[N]["answer"]>;
};

/** A request was stopped because its asker wanted that. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  constructor(message = "stopped") {
    super(message);
  }
}

/** An error on the wire: class instances do not survive it. */
export type WireError =
  | { readonly kind: "input"; readonly what: string; readonly place: Place; readonly remedy: string }
  | { readonly kind: "stopped"; readonly message: string }
  | { readonly kind: "fault"; readonly message: string; readonly stack?: string };

export function packError(error: unknown): WireError {
  if (error instanceof InputError) return { kind: "input", what: error.what, place: error.place, remedy: error.remedy };
  if (error instanceof Stopped) return { kind: "stopped", message: error.message };
  const stack = error instanceof Error ? error.stack : undefined;
  return { kind: "fault", message: messageOf(error), ...(stack && { stack }) };
}

export function unpackError(error: WireError): Error {
  if (error.kind === "input") return new InputError(error.what, error.place, error.remedy);
  if (error.kind === "stopped") return new Stopped(error.message);
  const fault = new Error(error.message);
  if (error.stack) fault.stack = error.stack;
  return fault;
}
