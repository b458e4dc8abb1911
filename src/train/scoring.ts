// From a split's logits to its scores.

import type { Batch } from "../data/batches.ts";
import type { Encoded } from "../data/encode.ts";
import type { Task } from "../data/task.ts";
import type { Scores } from "../mask/metadata.ts";
import { NOTHING, scoresOf } from "./metrics.ts";

/** The classes of one row's places that have a label: one of a row, or one per word or sentence. */
interface Classified {
  readonly targets: number[];
  readonly predictions: number[];
}

/** Scores of a split from the logits of its batches, in the order of the batches; `encoded` are its rows. */
export function splitScores(
  task: Pick<Task, "kind" | "metric" | "labels" | "unscored">,
  encoded: readonly Encoded[],
  batches: readonly Batch[],
  logits: readonly Float32Array[],
): Scores {
  const rows = batches.flatMap((batch, i) =>
    classified(batch, logits[i]!).map((row, place) => {
      const { unscored } = encoded[batch.index[place]!]!;
      return task.unscored === "wrong" ? withUnscored(row, unscored) : row;
    }),
  );
  const { rows: count, ...metrics } = scoresOf(
    task.kind,
    task.metric,
    rows.map(({ targets }) => targets),
    rows.map(({ predictions }) => predictions),
    task.labels,
  );
  return { rows: count, ...lossesOf(encoded), ...metrics };
}

/** How many of the rows were cut, and how many words have no prediction. */
export function lossesOf(encoded: readonly Encoded[]): { cut: number; unscored: number } {
  return {
    cut: encoded.filter(({ cut }) => cut).length,
    unscored: encoded.reduce((sum, { unscored }) => sum + unscored.length, 0),
  };
}

/** logits: [size, classes] or, with a target per piece, [size · length, classes]. */
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

/** The words without a prediction at their places in the sentence, so that entities keep their words. */
function withUnscored({ targets, predictions }: Classified, unscored: Encoded["unscored"]): Classified {
  const all: Classified = { targets: [...targets], predictions: [...predictions] };
  for (const { word, label } of unscored) {
    all.targets.splice(word, 0, label);
    all.predictions.splice(word, 0, NOTHING);
  }
  return all;
}

/** The index of the largest value, of equal ones the first. */
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
