// The events of a run, as plain JSON: one line each in its log, and the same objects over the worker's channel. A log
// may be untrusted.

import * as z from "zod/mini";
import { MATRIX_KINDS } from "../kinds.ts";
import { METRICS, MOST } from "../mask/metadata.ts";
import { onDemand } from "../on-demand.ts";
import {
  type Checked,
  checked,
  count,
  flag,
  list,
  number,
  oneOf,
  type Read,
  record,
  seed,
  share,
  text,
} from "../schema.ts";

/**
 * The time that the run has taken so far, in seconds, including the time before it was resumed (absent from logs of
 * earlier versions).
 */
const elapsed = z.exactOptional(number);

/** Counts of weights, and two fractions computed from them. */
const MOTION = {
  weights: count,
  /** The fraction of weights that are pruned. */
  sparsity: share,
  /** Kept by the initial mask, but pruned now. */
  pruned: count,
  /** Pruned by the initial mask, but kept now. */
  regrown: count,
  /** Pruned now but kept at the previous evaluation, or vice versa. */
  flips: count,
  /**
   * Intersection over union of the weights kept now and those kept at the previous evaluation; 1 if none are kept at
   * either.
   */
  iou: share,
};

const MATRIX_MOTION = onDemand(() => z.object({ ...MOTION, name: text, kind: oneOf(MATRIX_KINDS) }));

/** The matrices of one layer, together and one by one; layer null: the pooler and the classifier. */
const LAYER_MOTION = onDemand(() =>
  z.object({
    ...MOTION,
    layer: z.nullable(count),
    matrices: list(MATRIX_MOTION(), MOST.matrices),
  }),
);

const DYNAMICS = onDemand(() => z.object({ ...MOTION, layers: list(LAYER_MOTION(), MOST.layers + 1) }));

const BY_SPLIT = { train: count, validation: count, test: count };

const RESULT = onDemand(() =>
  z.object({
    /** The adaptation's file. */
    adaptation: text,
    steps: count,
    /** The time spent on training and evaluation, including the time before the run was resumed. */
    seconds: number,
    /** The sparsity over all masked weights; null without masks. */
    sparsity: z.nullable(share),
    /** The size of the adaptation's file. */
    bytes: count,
    /** Those of the base model without a mask, on the validation split; only in tasks without labels. */
    pretrained: z.exactOptional(METRICS()),
    validation: METRICS(),
    test: METRICS(),
    /** The seed of the permuted training labels, if the run is a control. */
    permuteLabels: z.exactOptional(seed),
  }),
);

/** The memory that a run takes, as estimated before its weights are read, in bytes. */
const ROOM = onDemand(() =>
  z.object({
    /** The process's peak: the sum of the parts below. */
    needed: count,
    /** What the process may use, of which it has some already. */
    available: count,
    weights: count,
    /** Scores, optimizer moments, gradients, and copies of the best state. */
    training: count,
    /** Random numbers of dropout and of sampled masks. */
    random: count,
    /** What a step over the largest batch computes, at its peak; it is taken at once. */
    step: count,
    /** What the process takes without them, with its data and the runtime. */
    process: count,
  }),
);

const LABEL_COUNT = onDemand(() => z.object({ label: text, ...BY_SPLIT }));

const EVENTS = onDemand(() => ({
  /** A run starts or resumes; `step` of `steps` steps are done. */
  start: z.object({
    type: oneOf(["start"]),
    run: text,
    step: count,
    steps: count,
    /** When the run started or resumed, in milliseconds since 1970 (absent from logs of earlier versions). */
    time: z.exactOptional(count),
    seconds: elapsed,
    /** Examples: sentences of a tagging task, documents of a document task. */
    examples: z.object(BY_SPLIT),
    /** In language tasks, whose examples are blocks: the most tokens of a block, and the texts that the blocks are cut from. */
    blocks: z.exactOptional(z.object({ tokens: count, texts: z.object(BY_SPLIT) })),
    /** The numbers of examples that are longer than the maximum length. */
    cut: z.object(BY_SPLIT),
    /** Whether masks are sampled at each step; if so, the reported sparsity is that of the masks used in evaluation. */
    sampled: z.exactOptional(flag),
    /** Hashes of the data and the base model, by what they are hashes of (absent from logs of earlier versions). */
    inputs: z.exactOptional(record(text)),
    /** Of an encoder–decoder, how many of the layers belong to the encoder. */
    encoderLayers: z.exactOptional(count),
    /** Parameters that are trained, scores of masks included, and all of the model's (absent from logs of earlier versions). */
    parameters: z.exactOptional(z.object({ trained: count, all: count })),
    /** The estimated memory (absent from logs of earlier versions). */
    room: z.exactOptional(ROOM()),
    /** In the order of the classifier's rows. */
    labels: list(LABEL_COUNT(), MOST.labels),
  }),
  /** Information for the user that is not an error. */
  note: z.object({ type: oneOf(["note"]), text }),
  /** The metrics of the base model without a mask on the validation split, in tasks without labels; `metric`: the task's. */
  pretrained: z.object({ type: oneOf(["pretrained"]), metric: text, metrics: METRICS() }),
  /** A step of the stage in which only the maps of linear attention are trained; the run's own steps follow. */
  transfer: z.object({
    type: oneOf(["transfer"]),
    step: count,
    steps: count,
    /** The mean divergence of linear attention from attention by softmax before the step, in nats. */
    loss: number,
    learningRate: number,
    /** The remaining time of this stage, estimated from its measured steps. */
    secondsLeft: number,
    seconds: elapsed,
  }),
  step: z.object({
    type: oneOf(["step"]),
    step: count,
    /** Counted from 1. */
    epoch: count,
    loss: number,
    learningRate: number,
    /** The sparsity, after this step, of the masks used in evaluation; null without masks. */
    sparsity: z.nullable(share),
    /** The remaining time of the run, estimated from the measured steps and evaluations. */
    secondsLeft: number,
    seconds: elapsed,
  }),
  evaluation: z.object({
    type: oneOf(["evaluation"]),
    step: count,
    split: oneOf(["validation", "test"]),
    metrics: METRICS(),
    /** The value of the task's metric, and its name (absent from logs of earlier versions). */
    value: number,
    metric: z.exactOptional(text),
    /** Whether this is the best evaluation so far; always true for the test split, evaluated with the best state. */
    best: flag,
    seconds: elapsed,
    /** How the masks have changed; null without masks. */
    dynamics: z.nullable(DYNAMICS()),
  }),
  /** Everything up to this step is saved on disk. */
  checkpoint: z.object({ type: oneOf(["checkpoint"]), step: count }),
  /** The user stopped the run; it can be resumed. */
  stopped: z.object({ type: oneOf(["stopped"]), step: count }),
  done: z.object({ type: oneOf(["done"]), result: RESULT() }),
}));

type EventType = keyof ReturnType<typeof EVENTS>;
export type TrainEvent = Read<ReturnType<typeof EVENTS>[EventType]>;
export type StartEvent = Extract<TrainEvent, { readonly type: "start" }>;
export type StepEvent = Extract<TrainEvent, { readonly type: "step" }>;
export type TransferEvent = Extract<TrainEvent, { readonly type: "transfer" }>;
export type EvaluationEvent = Extract<TrainEvent, { readonly type: "evaluation" }>;
export type DoneEvent = Extract<TrainEvent, { readonly type: "done" }>;
export type Room = Read<typeof ROOM>;
export type TrainResult = Read<typeof RESULT>;
/** The number of examples (or words, or sentences of documents) with a label, by split. */
export type LabelCount = Read<typeof LABEL_COUNT>;
export type Dynamics = Read<typeof DYNAMICS>;
export type LayerMotion = Read<typeof LAYER_MOTION>;
export type Motion = Pick<Dynamics, keyof typeof MOTION>;

const TYPED = onDemand(() => z.object({ type: oneOf(Object.keys(EVENTS()) as EventType[]) }));

/** The event in a line's JSON. Throws an InputError if it is not an event. */
export function eventOf(value: unknown, place: Checked): TrainEvent {
  // A fast path: almost all events are steps, and checking the million steps that a log may contain against the schema
  // takes two seconds.
  return isStep(value) ? value : checked(EVENTS()[checked(TYPED(), value, place).type], value, place);
}

function isStep(value: unknown): value is StepEvent {
  if (typeof value !== "object" || value === null) return false;
  const { type, step, epoch, loss, learningRate, sparsity, secondsLeft, seconds } = value as Record<string, unknown>;
  const zeros = sparsity === null || (isNumber(sparsity) && sparsity >= 0 && sparsity <= 1);
  const counted = Number.isSafeInteger(step) && Number.isSafeInteger(epoch) && Number(step) >= 0 && Number(epoch) >= 0;
  const times = isNumber(secondsLeft) && (seconds === undefined || isNumber(seconds));
  return type === "step" && counted && zeros && isNumber(loss) && isNumber(learningRate) && times;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
