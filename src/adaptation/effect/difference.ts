// How predictions differ after a change of the mask: in the loss, in the metric and in the logits, on the same examples.

import type { Batch } from "../../data/batches.ts";
import type { Interval } from "../../mask/metadata.ts";
import { percentileInterval, resample, SAMPLES } from "../intervals.ts";
import { NOTHING } from "../metrics.ts";
import type { Units } from "../units.ts";

/** The losses −ln p of an example's labels, summed over its predictions, and their number. */
export interface ExampleLosses {
  /** [E] */
  readonly sums: Float64Array;
  /** [E] */
  readonly counts: Uint32Array;
}

export function lossesOf({ classes, starts, targets, predictions, logProbabilities }: Units): ExampleLosses {
  const examples = starts.length - 1;
  const [sums, counts] = [new Float64Array(examples), new Uint32Array(examples)];
  for (let example = 0; example < examples; example++)
    for (let unit = starts[example]!; unit < starts[example + 1]!; unit++) {
      if (predictions[unit] === NOTHING) continue;
      counts[example]!++;
      sums[example]! -= logProbabilities[unit * classes + targets[unit]!]!;
    }
  return { sums, counts };
}

/** The mean loss over all predictions. */
export function meanLoss({ sums, counts }: ExampleLosses): number {
  return total(sums) / total(counts);
}

/**
 * The mean loss after a change minus the one before, with the 95 % interval of a paired bootstrap over the examples. Throws a
 * RangeError if the predictions are not of the same examples.
 */
export function lossDifference(after: ExampleLosses, before: ExampleLosses): Interval {
  if (after.counts.length !== before.counts.length) throw new RangeError("the losses are of different examples");
  const { counts } = before;
  const differences = after.sums.map((sum, i) => sum - before.sums[i]!);
  const value = total(differences) / total(counts);
  const samples = new Float64Array(SAMPLES);
  resample(counts.length, (sample, times) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < counts.length; i++) {
      sum += times[i]! * differences[i]!;
      count += times[i]! * counts[i]!;
    }
    samples[sample] = count ? sum / count : 0;
  });
  const bounds = percentileInterval(samples);
  if (bounds) return { value, ...bounds };
  return { value, low: null, high: null, reason: "no interval: every bootstrap sample gives this difference" };
}

/** The largest absolute difference of two sets of logits, over the labelled rows of the batches. */
export function largestChange(
  batches: readonly Batch[],
  after: readonly Float32Array[],
  before: readonly Float32Array[],
): number {
  let largest = 0;
  for (const [b, { targets }] of batches.entries()) {
    const [a, c] = [after[b]!, before[b]!];
    const classes = c.length / targets.length;
    for (let place = 0; place < targets.length; place++) {
      if (targets[place]! < 0n) continue;
      for (let i = place * classes; i < (place + 1) * classes; i++)
        largest = Math.max(largest, Math.abs(a[i]! - c[i]!));
    }
  }
  return largest;
}

const total = (values: Float64Array | Uint32Array) => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};
