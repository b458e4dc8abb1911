// Whether a line of a run's log is an event: logs may come from anywhere, and lists and pages lean on what events have.

import { isJsonObject, type JsonObject } from "../json.ts";
import { parseJson } from "../json-text.ts";
import type { TrainEvent } from "./events.ts";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
/** An object with these keys; others are let be. */
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isJsonObject(value) && Object.entries(fields).every(([key, check]) => check(own(value, key)));

const own = (value: JsonObject, key: string) => (Object.hasOwn(value, key) ? value[key] : undefined);

const splits = object({ train: count, validation: count, test: count });
const interval = object({ value: number, low: nullable(number), high: nullable(number), reason: optional(text) });
const scores: Check = (value) =>
  isJsonObject(value) &&
  count(own(value, "rows")) &&
  Object.values(value).every((entry) => number(entry) || interval(entry));

const MOTION = { weights: count, zeroShare: number, dropped: count, revived: count, flips: count, iou: number };
const dynamics = object({
  ...MOTION,
  blocks: list(
    object({
      ...{ ...MOTION, block: nullable(count) },
      matrices: list(object({ ...MOTION, name: text, kind: text })),
    }),
  ),
});

const EVENTS: Readonly<Record<TrainEvent["type"], Check>> = {
  start: object({
    ...{ run: text, step: count, steps: count, rows: splits, cut: optional(splits), sampled: optional(flag) },
    labels: list(object({ label: text, train: count, validation: count, test: count })),
  }),
  note: object({ text }),
  step: object({
    ...{
      step: count,
      epoch: count,
      loss: number,
      learningRate: number,
      zeroShare: nullable(number),
      secondsLeft: number,
    },
  }),
  evaluation: object({
    ...{ step: count, split: (value) => value === "validation" || value === "test", scores, score: number },
    ...{ metric: optional(text), best: flag, dynamics: optional(nullable(dynamics)) },
  }),
  checkpoint: object({ step: count }),
  stopped: object({ step: count }),
  done: object({
    result: object({
      ...{ adaptation: text, steps: count, seconds: number, zeroShare: nullable(number), bytes: count },
      ...{ validation: scores, test: scores, permuteLabels: optional(count) },
    }),
  }),
};

/** The event that a line holds; undefined where it holds none, such as a line that a kill cut off. */
export function eventOf(line: string): TrainEvent | undefined {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || typeof value.type !== "string" || !Object.hasOwn(EVENTS, value.type)) return undefined;
  return EVENTS[value.type as TrainEvent["type"]](value) ? (value as unknown as TrainEvent) : undefined;
}
