// Turns a split's logits into predictions and metrics.

import type { Batch } from "../data/batches.ts";
import type { Encoded, EncodedPart } from "../data/encode.ts";
import { isLabelled } from "../data/examples.ts";
import type { Task } from "../data/task.ts";
import type { Metrics } from "../mask/metadata.ts";
import type { LabelMetric } from "../metric.ts";
import { metricsOf, NOTHING, type Outcome } from "./metrics.ts";

/** The classes of a row's labelled positions: one for the row, or one per word or sentence. */
interface Classified {
  readonly targets: number[];
  readonly predictions: number[];
}

type ScoredTask = Pick<Task, "kind" | "metric" | "labels" | "unscored">;

/** The predictions for each example of a split, from the `logits` of its batches; `encoded` contains the split's rows. */
export function outcomeOf(
  task: ScoredTask,
  encoded: readonly EncodedPart[],
  batches: readonly Batch[],
  logits: readonly Float32Array[],
): Outcome {
  const { kind, metric } = task;
  if (!isLabelled(kind)) throw new RangeError(`a ${kind} task has no labels`);
  const parts: Classified[] = [];
  for (const [i, batch] of batches.entries())
    for (const [place, row] of classified(batch, logits[i]!).entries()) {
      const number = batch.index[place]!;
      parts[number] = task.unscored === "wrong" ? withUnscored(row, encoded[number]!.unscored) : row;
    }
  // The parts of a document are consecutive.
  const examples = new Map<number, Classified>();
  for (const [i, { targets, predictions }] of parts.entries()) {
    const { example } = encoded[i]!;
    const whole = examples.get(example);
    if (!whole) examples.set(example, { targets, predictions });
    else {
      whole.targets.push(...targets);
      whole.predictions.push(...predictions);
    }
  }
  const all = [...examples.values()];
  return {
    ...{ kind, metric: metric as LabelMetric },
    labels: task.labels,
    targets: all.map(({ targets }) => targets),
    predictions: all.map(({ predictions }) => predictions),
  };
}

/** The metrics of an outcome, with the number of truncated examples and of words without a prediction. */
export function metricsWithLosses(outcome: Outcome, encoded: readonly EncodedPart[]): Metrics {
  const { examples, ...metrics } = metricsOf(outcome);
  const { cut, unscored } = lossesOf(encoded);
  return { examples, cut, unscored, ...metrics };
}

/** The numbers of examples, of truncated examples, and of words without a prediction. */
export function lossesOf(encoded: readonly EncodedPart[]): { examples: number; cut: number; unscored: number } {
  const examples = (parts: readonly EncodedPart[]) => new Set(parts.map(({ example }) => example)).size;
  return {
    examples: examples(encoded),
    cut: examples(encoded.filter(({ cut }) => cut)),
    unscored: encoded.reduce((sum, { unscored }) => sum + unscored.length, 0),
  };
}

/** logits: [size, classes] or, with a target per token, [size · length, classes]. */
function classified({ rows, size, targets }: Batch, logits: Float32Array): Classified[] {
  const places = targets.length / size;
  const classes = logits.length / targets.length;
  return Array.from({ length: rows }, (_, row) => {
    const found: Classified = { targets: [], predictions: [] };
    for (let place = row * places; place < (row + 1) * places; place++) {
      const target = Number(targets[place]);
      if (target < 0) continue;
      found.targets.push(target);
      found.predictions.push(largest(logits.subarray(place * classes, (place + 1) * classes)));
    }
    return found;
  });
}

/** Inserts words without a prediction at their positions in the sentence, so that entities keep all their words. */
function withUnscored({ targets, predictions }: Classified, unscored: Encoded["unscored"]): Classified {
  const all: Classified = { targets: [...targets], predictions: [...predictions] };
  for (const { word, label } of unscored) {
    all.targets.splice(word, 0, label);
    all.predictions.splice(word, 0, NOTHING);
  }
  return all;
}

/** The index of the largest value; in a tie, the first. */
export function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** exp(x) / Σ exp(x), without overflow. */
export function softmax(logits: Float32Array): number[] {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (x) => Math.exp(x - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
