// The compute process's requests: the parameters, events and answer of each, from which the channel derives the types of both
// ends. Paths are absolute.

import type { AttentionDivergence, AttentionOptions } from "../adaptation/attention/task-texts.ts";
import type { EffectOptions, Effects } from "../adaptation/effect/effect.ts";
import type { EvaluateOptions, Evaluation, Evaluations } from "../adaptation/evaluate.ts";
import type { EvidenceOptions, Progress } from "../adaptation/evidence.ts";
import type { Exported, ExportOptions } from "../adaptation/export/export.ts";
import type { GenerationEvent } from "../adaptation/generation/answer.ts";
import type { GenerationRequest } from "../adaptation/generation/under.ts";
import type { Imported, ImportOptions } from "../adaptation/imports/import.ts";
import type { Landscape, LandscapeEvent, LandscapeOptions } from "../adaptation/landscape/landscape.ts";
import type { Plane, PlaneOptions, PlanePlace } from "../adaptation/landscape/plane.ts";
import type { LoadedAdaptation } from "../adaptation/loaded.ts";
import type { Texts } from "../adaptation/predict.ts";
import type { Evidence, Prediction } from "../adaptation/prediction.ts";
import type { Representation, RepresentationOptions } from "../adaptation/representation/representation.ts";
import type { RunOptions } from "../recipe/options.ts";
import type { Rehearsal } from "../train/estimate/rehearsal.ts";
import type { TrainEvent, TrainResult } from "../train/events.ts";
import type { Trial } from "../train/trial.ts";

/** Adaptations to use. `model`: if the user chose a model folder, the only folder to search for base models. */
export interface Adaptations {
  readonly adaptations: readonly string[];
  readonly model?: string | undefined;
  readonly device: string;
}

/** All requests. */
export interface Requests {
  /** Trains a new run. A run that is stopped rejects with `Stopped`, after its checkpoint is written. */
  train: { params: { options: RunOptions }; event: TrainEvent; answer: TrainResult };
  /** Takes a few steps of a run, for an estimate, and writes nothing. */
  rehearse: { params: { options: RunOptions }; event: never; answer: Rehearsal };
  /** Resumes the run in `folder`. */
  resume: { params: { folder: string }; event: TrainEvent; answer: TrainResult };
  evaluate: {
    params: Adaptations & Pick<EvaluateOptions, "tasks" | "split" | "details" | "examples" | "ensembles">;
    event: Evaluation;
    answer: Evaluations;
  };
  /** Loads these adaptations with their base models; adaptations loaded earlier stay loaded only if they are named again. */
  load: { params: Adaptations; event: never; answer: LoadedAdaptation[] };
  /** One event per text and loaded adaptation that classifies, or adaptation in `only`, text by text. */
  ask: { params: Texts & { only?: readonly string[] }; event: Prediction; answer: null };
  /** The same for adaptations that generate texts. A request that is stopped reports the texts that have begun. */
  generate: {
    params: GenerationRequest & { readonly only?: readonly string[] };
    event: GenerationEvent;
    answer: null;
  };
  /** The evidence of each token of a text for a label, under a loaded adaptation. */
  explain: {
    params: { adaptation: string } & Pick<EvidenceOptions, "text" | "attributes" | "label" | "deletion">;
    event: Progress;
    answer: Evidence;
  };
  /** What the parts of a mask are worth; an event after the estimates and after each exact value. */
  effect: { params: Omit<EffectOptions, "models" | "signal">; event: Effects; answer: Effects };
  /** How far an adaptation's linear attention is from softmax, by layer and head. */
  attention: { params: Omit<AttentionOptions, "models" | "signal">; event: never; answer: AttentionDivergence };
  /** Evaluates a path between two adaptations. */
  plane: { params: Omit<PlaneOptions, "models" | "signal">; event: PlanePlace; answer: Plane };
  landscape: { params: Omit<LandscapeOptions, "models" | "signal">; event: LandscapeEvent; answer: Landscape };
  /** How well the vectors that the classifier reads separate the labels; an event with the name of each model that was encoded. */
  represent: { params: Omit<RepresentationOptions, "models" | "signal">; event: string; answer: Representation };
  /** Writes an adaptation as a complete model. */
  export: { params: Omit<ExportOptions, "models" | "signal">; event: never; answer: Exported };
  /** Makes a mask file of another program's mask. */
  import: { params: Omit<ImportOptions, "signal">; event: never; answer: Imported };
  /** Trains on a device for a moment; rejects with the reason if that fails. */
  probe: { params: { device: string }; event: never; answer: Trial };
}
