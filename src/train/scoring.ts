// From a split's logits to its scores.

import type { Batch } from "../data/batches.ts";
import type { Task } from "../data/task.ts";
import type { Scores } from "../mask/metadata.ts";
import { scoresOf } from "./metrics.ts";

/** The classes of one row's places that have a label: one of a row, or one per word or sentence. */
interface Classified {
  readonly targets: number[];
  readonly predictions: number[];
}

/** Scores of a split from the logits of its batches, in the order of the batches. */
export function splitScores(task: Task, batches: readonly Batch[], logits: readonly Float32Array[]): Scores {
  const rows = batches.flatMap((batch, i) => classified(batch, logits[i]!));
  return scoresOf(
    task.kind,
    task.metric,
    rows.map(({ targets }) => targets),
    rows.map(({ predictions }) => predictions),
    task.labels,
  );
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
