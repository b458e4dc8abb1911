// The compute process's requests: the parameters, events and answer of each. The messages on the wire and the types of both
// ends derive from these. Paths are absolute.

import type { EvaluateOptions, Evaluation, Evaluations } from "../adaptation/evaluate.ts";
import type { Exported, ExportOptions } from "../adaptation/export.ts";
import type { LoadedAdaptation } from "../adaptation/loaded.ts";
import type { Prediction } from "../adaptation/prediction.ts";
import { InputError, messageOf, type Place } from "../errors.ts";
import type { RunOptions } from "../recipe/options.ts";
import type { TrainEvent, TrainResult } from "../train/events.ts";

/** One kind of request. */
export interface Call {
  readonly params: unknown;
  /** Reported during the work; `never` if nothing is reported. */
  readonly event: unknown;
  readonly answer: unknown;
}

/** Adaptations, and the only folder to search for their base models, if the user named one. */
export interface Adaptations {
  readonly adaptations: readonly string[];
  readonly model?: string | undefined;
  readonly device: string;
}

/** All requests. */
export interface Requests {
  /** Trains a new run. A run that is stopped rejects with `Stopped`, after its checkpoint is written. */
  train: { params: { options: RunOptions }; event: TrainEvent; answer: TrainResult };
  /** Resumes the run in `folder`. */
  resume: { params: { folder: string }; event: TrainEvent; answer: TrainResult };
  evaluate: { params: Adaptations & Pick<EvaluateOptions, "tasks" | "split">; event: Evaluation; answer: Evaluations };
  /** One event per text and adaptation, text by text. */
  predict: { params: Adaptations & { texts: readonly string[] }; event: Prediction; answer: null };
  /** Loads these adaptations with their base models; those loaded earlier are kept only if named again. */
  load: { params: Adaptations; event: never; answer: LoadedAdaptation[] };
  /** Like `predict`, with the loaded adaptations. */
  ask: { params: { texts: readonly string[] }; event: Prediction; answer: null };
  /** Writes an adaptation as a whole model. */
  export: { params: Omit<ExportOptions, "models" | "signal">; event: never; answer: Exported };
  /** Runs a small computation on a device; rejects with the reason if that fails. */
  probe: { params: { device: string }; event: never; answer: null };
}

/** The request names of a table of calls. */
export type NameIn<C> = keyof C & string;
/** A table of calls: one `Call` per name. */
export type CallsOf<C> = { readonly [N in keyof C]: Call };

/** To the compute process. `id` is chosen by the client and unique for its lifetime. */
export type Request<C extends CallsOf<C>> =
  | {
      [N in NameIn<C>]: {
        readonly type: "ask";
        readonly id: number;
        readonly name: N;
        readonly params: C[N]["params"];
      };
    }[NameIn<C>]
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "models"; readonly id: number; readonly folders: readonly string[] };

/** From the compute process: any number of events, at most one question for models, then exactly one answer or error. */
export type Reply<C extends CallsOf<C>> =
  | { readonly type: "event"; readonly id: number; readonly event: C[NameIn<C>]["event"] }
  | { readonly type: "models wanted"; readonly id: number }
  | { readonly type: "answer"; readonly id: number; readonly answer: C[NameIn<C>]["answer"] }
  | { readonly type: "error"; readonly id: number; readonly error: WireError };

/** What a request handler gets besides its parameters. */
export interface Context<E> {
  emit(event: E): void;
  /** Fires when the client cancels. */
  readonly signal: AbortSignal;
  /** The client's model folders; finding them may take long, so they are requested only when needed. */
  models(): Promise<readonly string[]>;
}

/** The request handlers. */
export type Answers<C extends CallsOf<C>> = {
  readonly [N in NameIn<C>]: (params: C[N]["params"], context: Context<C[N]["event"]>) => Promise<C[N]["answer"]>;
};

/** A request was stopped by its client. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  constructor(message = "stopped") {
    super(message);
  }
}

/** The process ended before it answered. */
export class ProcessEnded extends Error {
  override readonly name = "ProcessEnded";
  /** Its latest output. */
  readonly printed: string;
  constructor(message: string, printed: string) {
    super(message);
    this.printed = printed;
  }
}

/** An error on the wire, which cannot carry class instances. `cause`: the message of the original error. */
export type WireError =
  | {
      readonly kind: "input";
      readonly what: string;
      readonly place: Place;
      readonly remedy: string;
      readonly cause?: string;
    }
  | { readonly kind: "stopped"; readonly message: string }
  | { readonly kind: "fault"; readonly message: string; readonly stack?: string };

export function packError(error: unknown): WireError {
  if (error instanceof InputError) {
    const { what, place, remedy, cause } = error;
    return { kind: "input", what, place, remedy, ...(cause !== undefined && { cause: messageOf(cause) }) };
  }
  if (error instanceof Stopped) return { kind: "stopped", message: error.message };
  const stack = error instanceof Error ? error.stack : undefined;
  return { kind: "fault", message: messageOf(error), ...(stack && { stack }) };
}

export function unpackError(error: WireError): Error {
  if (error.kind === "input") {
    const { what, place, remedy, cause } = error;
    return new InputError(what, place, remedy, cause === undefined ? {} : { cause: new Error(cause) });
  }
  if (error.kind === "stopped") return new Stopped(error.message);
  const fault = new Error(error.message);
  if (error.stack) fault.stack = error.stack;
  return fault;
}
