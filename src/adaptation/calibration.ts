// Calibration: whether predictions made with a confidence of 80 % are right in 80 % of cases.

import { Random } from "../data/random.ts";
import type { Interval } from "../mask/metadata.ts";
import { tick } from "../pulse.ts";
import { percentileInterval, resample, SAMPLES, wilson } from "./intervals.ts";
import { NOTHING } from "./metrics.ts";
import { isOnePerExample, type Units } from "./units.ts";

/** The number of bins of equal mass; fewer predictions than this get a bin each. */
export const BINS = 15;
/** At most this many uniform numbers are drawn for the level of a calibrated model, but `LEAST` samples are. */
const MOST_DRAWN = 1e8;
const LEAST = 100;
const SEED = 1;

/** A bin of predictions with similar confidence: the largest probability of the prediction. */
export interface Bin {
  readonly count: number;
  /** The mean confidence, and the lowest and the highest one. */
  readonly confidence: number;
  readonly from: number;
  readonly to: number;
  /** The share of correct predictions. */
  readonly accuracy: Interval;
}

/** What a perfectly calibrated model with these confidences would show: the mean and a 95 % range over `samples` sets of labels. */
export interface Calibrated {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

/** A mean over the predictions, and what it would be if the probabilities were the same for every prediction. */
export interface Compared extends Interval {
  /** With the split's own label frequencies as the probabilities; in choice tasks, with equal probabilities. */
  readonly constant: number;
}

export interface Calibration {
  /** The number of predictions; words without a prediction are left out. */
  readonly predictions: number;
  /** In ascending order of confidence. */
  readonly bins: readonly Bin[];
  readonly expectedCalibrationError: Interval & { readonly calibrated: Calibrated };
  /** In nats. */
  readonly negativeLogLikelihood: Compared;
  /** Σ (p − y)² over the labels, from 0 to 2 (Brier 1950). */
  readonly brier: Compared;
}

/** The predictions in ascending order of confidence; equal ones in the order of the examples. */
interface Ordered {
  readonly examples: Uint32Array;
  readonly confidences: Float64Array;
  readonly correct: Uint8Array;
}

/**
 * The calibration of a split's predictions; null if there are none.
 *
 * - Bins have equal numbers of predictions (bin b of 15: from ⌊b·n/15⌋ to ⌊(b + 1)·n/15⌋ in the order of confidence).
 *   The expected calibration error is Σ (count / n) · |accuracy − confidence| over the bins (Guo et al. 2017; bins of
 *   equal mass: Nixon et al. 2019).
 * - Its interval is a percentile bootstrap over examples; each sample gets bins of its own. The error is biased upward:
 *   even the error of a calibrated model is not 0. Therefore `calibrated` gives the error if each prediction were correct
 *   with the probability of its confidence, independently of the others.
 * - Intervals of a bin's accuracy: Wilson's where each example is one prediction, otherwise a bootstrap over examples
 *   with the same bins.
 */
export function calibrationOf(units: Units, isChoice: boolean): Calibration | null {
  const ordered = orderedBy(units);
  const n = ordered.examples.length;
  if (n === 0) return null;
  const ends = endsOf(n);
  const isWilson = isOnePerExample(units) && n === units.targets.length;
  const losses = lossesOf(units);
  const constants = constantsOf(units, isChoice);
  const samples = {
    error: new Float64Array(SAMPLES),
    loss: new Float64Array(SAMPLES),
    brier: new Float64Array(SAMPLES),
  };
  const accuracies = Array.from({ length: isWilson ? 0 : ends.length }, () => new Float64Array(SAMPLES));
  resample(units.starts.length - 1, (sample, times) => {
    samples.error[sample] = weightedError(ordered, times);
    let [count, loss, brier] = [0, 0, 0];
    for (let example = 0; example < times.length; example++) {
      count += times[example]! * losses.counts[example]!;
      loss += times[example]! * losses.logs[example]!;
      brier += times[example]! * losses.squares[example]!;
    }
    samples.loss[sample] = count ? loss / count : 0;
    samples.brier[sample] = count ? brier / count : 0;
    for (const [b, values] of accuracies.entries()) {
      let [all, right] = [0, 0];
      for (let i = b ? ends[b - 1]! : 0; i < ends[b]!; i++) {
        const weight = times[ordered.examples[i]!]!;
        all += weight;
        right += weight * ordered.correct[i]!;
      }
      values[sample] = all ? right / all : Number.NaN; // a bin that is missing from the sample
    }
  });
  const mean = (sums: Float64Array) => sums.reduce((sum, one) => sum + one, 0) / n;
  const bins = ends.map((end, b): Bin => {
    const begin = b ? ends[b - 1]! : 0;
    const count = end - begin;
    const accuracy = sumOf(ordered.correct, begin, end) / count;
    const bounds = isWilson
      ? wilson(accuracy, count)
      : percentileInterval(accuracies[b]!.filter((x) => !Number.isNaN(x)));
    return {
      ...{ count, confidence: sumOf(ordered.confidences, begin, end) / count },
      ...{ from: ordered.confidences[begin]!, to: ordered.confidences[end - 1]! },
      accuracy: withBounds(accuracy, bounds),
    };
  });
  const error = bins.reduce(
    (sum, { count, confidence, accuracy }) => sum + (count / n) * Math.abs(accuracy.value - confidence),
    0,
  );
  return {
    predictions: n,
    bins,
    expectedCalibrationError: {
      ...withSamples(error, samples.error),
      calibrated: calibratedOf(ordered.confidences, ends),
    },
    negativeLogLikelihood: { ...withSamples(mean(losses.logs), samples.loss), constant: constants.log },
    brier: { ...withSamples(mean(losses.squares), samples.brier), constant: constants.square },
  };
}

const withBounds = (value: number, bounds: { low: number; high: number } | undefined): Interval =>
  bounds
    ? { value, ...bounds }
    : { value, low: null, high: null, reason: "no interval: every bootstrap sample gives this value" };
const withSamples = (value: number, samples: Float64Array): Interval => withBounds(value, percentileInterval(samples));

/** Where each bin ends in the order of confidence. */
function endsOf(n: number): number[] {
  const bins = Math.min(BINS, n);
  return Array.from({ length: bins }, (_, b) => Math.floor(((b + 1) * n) / bins));
}

function orderedBy({ classes, starts, targets, predictions, logProbabilities }: Units): Ordered {
  const known: number[] = [];
  const confidence = new Float64Array(targets.length);
  const example = new Uint32Array(targets.length);
  for (let e = 0; e < starts.length - 1; e++)
    for (let unit = starts[e]!; unit < starts[e + 1]!; unit++) {
      example[unit] = e;
      if (predictions[unit] === NOTHING) continue;
      confidence[unit] = Math.exp(logProbabilities[unit * classes + predictions[unit]!]!);
      known.push(unit);
    }
  const order = Uint32Array.from(known).sort((a, b) => confidence[a]! - confidence[b]! || a - b);
  return {
    examples: order.map((unit) => example[unit]!),
    confidences: Float64Array.from(order, (unit) => confidence[unit]!),
    correct: Uint8Array.from(order, (unit) => Number(targets[unit] === predictions[unit])),
  };
}

/** The expected calibration error of a sample in which each example occurs `times` times. */
function weightedError({ examples, confidences, correct }: Ordered, times: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < examples.length; i++) total += times[examples[i]!]!;
  if (total === 0) return 0;
  const ends = endsOf(total);
  let [bin, seen, gap, error] = [0, 0, 0, 0];
  for (let i = 0; i < examples.length; i++) {
    let weight = times[examples[i]!]!;
    const own = correct[i]! - confidences[i]!;
    while (weight > 0) {
      const taken = Math.min(weight, ends[bin]! - seen);
      gap += taken * own;
      seen += taken;
      weight -= taken;
      if (seen < ends[bin]!) continue;
      error += Math.abs(gap);
      gap = 0;
      bin++;
    }
  }
  return error / total;
}

/** The error if each prediction is correct with the probability of its confidence. */
function calibratedOf(confidences: Float64Array, ends: readonly number[]): Calibrated {
  const n = confidences.length;
  const count = Math.min(SAMPLES, Math.max(LEAST, Math.floor(MOST_DRAWN / n)));
  const random = new Random(SEED, "calibrated");
  const errors = new Float64Array(count);
  for (let sample = 0; sample < count; sample++) {
    let [bin, gap, error] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      gap += Number(random.uniform() < confidences[i]!) - confidences[i]!;
      if (i + 1 < ends[bin]!) continue;
      error += Math.abs(gap);
      gap = 0;
      bin++;
    }
    errors[sample] = error / n;
    tick();
  }
  const value = errors.reduce((sum, error) => sum + error, 0) / count;
  return { value, ...(percentileInterval(errors) ?? { low: value, high: value }), samples: count };
}

/** For each example, over its predictions: their number, Σ −ln p of the label, and Σ Σ (p − y)². */
function lossesOf({ classes, starts, targets, predictions, logProbabilities }: Units) {
  const [counts, logs, squares] = [0, 1, 2].map(() => new Float64Array(starts.length - 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let example = 0; example < counts.length; example++)
    for (let unit = starts[example]!; unit < starts[example + 1]!; unit++) {
      if (predictions[unit] === NOTHING) continue;
      counts[example]!++;
      logs[example]! -= logProbabilities[unit * classes + targets[unit]!]!;
      for (let k = 0; k < classes; k++)
        squares[example]! += (Math.exp(logProbabilities[unit * classes + k]!) - Number(k === targets[unit])) ** 2;
    }
  return { counts, logs, squares };
}

/** −Σ f ln f and 1 − Σ f² of the label frequencies f among the predictions, or of equal ones. */
function constantsOf({ classes, targets, predictions }: Units, isChoice: boolean): { log: number; square: number } {
  const shares = new Float64Array(classes).fill(isChoice ? 1 / classes : 0);
  const known = predictions.reduce((sum, prediction) => sum + Number(prediction !== NOTHING), 0);
  if (!isChoice)
    for (const [unit, target] of targets.entries()) if (predictions[unit] !== NOTHING) shares[target]! += 1 / known;
  let [log, square] = [0, 1];
  for (const share of shares) {
    if (share > 0) log -= share * Math.log(share);
    square -= share * share;
  }
  return { log, square };
}

const sumOf = (values: ArrayLike<number>, begin: number, end: number): number => {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += values[i]!;
  return sum;
};
