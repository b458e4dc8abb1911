// Checks that a line of a run's log is an event as defined in events.ts. A log may be untrusted.

import {
  type Check,
  type Checked,
  check,
  count,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  seed,
  share,
  text,
} from "../check.ts";
import { MATRIX_KINDS } from "../kinds.ts";
import { METRICS, MOST } from "../mask/metadata.ts";
import type { Dynamics, Motion } from "./dynamics.ts";
import type { DoneEvent, EvaluationEvent, LabelCount, StartEvent, StepEvent, TrainEvent } from "./events.ts";

const flag = check("true or false", (value): value is boolean => typeof value === "boolean");
const bySplit = object({ train: count, validation: count, test: count });

const MOTION = { weights: count, sparsity: share, pruned: count, regrown: count, flips: count, iou: share };
const MATRIX_MOTION = object<Dynamics["layers"][number]["matrices"][number]>({
  ...(MOTION satisfies Record<keyof Motion, unknown>),
  name: text,
  kind: oneOf(MATRIX_KINDS),
});
const DYNAMICS = object<Dynamics>({
  ...MOTION,
  layers: list(
    object<Dynamics["layers"][number]>({
      ...MOTION,
      layer: nullable(count),
      matrices: list(MATRIX_MOTION, MOST.matrices),
    }),
    MOST.layers + 1,
  ),
});

const EVENTS: { readonly [T in TrainEvent["type"]]: Check<Extract<TrainEvent, { type: T }>> } = {
  start: object<StartEvent>({
    type: oneOf(["start"]),
    run: text,
    step: count,
    steps: count,
    examples: bySplit,
    cut: bySplit,
    sampled: optional(flag),
    labels: list(object<LabelCount>({ label: text, train: count, validation: count, test: count }), MOST.labels),
  }),
  note: object({ type: oneOf(["note"]), text }),
  step: object<StepEvent>({
    type: oneOf(["step"]),
    step: count,
    epoch: count,
    loss: number,
    learningRate: number,
    sparsity: nullable(share),
    secondsLeft: number,
  }),
  evaluation: object<EvaluationEvent>({
    type: oneOf(["evaluation"]),
    step: count,
    split: oneOf(["validation", "test"]),
    metrics: METRICS,
    value: number,
    metric: optional(text),
    best: flag,
    dynamics: nullable(DYNAMICS),
  }),
  checkpoint: object({ type: oneOf(["checkpoint"]), step: count }),
  stopped: object({ type: oneOf(["stopped"]), step: count }),
  done: object<DoneEvent>({
    type: oneOf(["done"]),
    result: object<DoneEvent["result"]>({
      adaptation: text,
      steps: count,
      seconds: number,
      sparsity: nullable(share),
      bytes: count,
      validation: METRICS,
      test: METRICS,
      permuteLabels: optional(seed),
    }),
  }),
};

const typed = object({ type: oneOf(Object.keys(EVENTS) as TrainEvent["type"][]) });

/** The event in a line's JSON; InputError if it is not an event. */
export function eventOf(value: unknown, place: Checked): TrainEvent {
  // A fast path: almost all events are steps, and a log may hold a million of them.
  return isStep(value) ? value : EVENTS[typed(value, place).type](value, place);
}

function isStep(value: unknown): value is StepEvent {
  if (typeof value !== "object" || value === null) return false;
  const { type, step, epoch, loss, learningRate, sparsity, secondsLeft } = value as Record<string, unknown>;
  const zeros = sparsity === null || (isNumber(sparsity) && sparsity >= 0 && sparsity <= 1);
  const counted = Number.isSafeInteger(step) && Number.isSafeInteger(epoch) && Number(step) >= 0 && Number(epoch) >= 0;
  return type === "step" && counted && zeros && isNumber(loss) && isNumber(learningRate) && isNumber(secondsLeft);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
