// Compares two adaptations on the same examples: the difference in their metric, with its confidence interval, and
// McNemar's test.

import type { Interval } from "../mask/metadata.ts";
import type { Metric } from "../metric.ts";
import { mean } from "../spread.ts";
import { percentileInterval } from "./intervals.ts";
import { hasOneLabel, type Outcome, samplesOf } from "./metrics.ts";
import { textSamplesOf } from "./text-metrics/metrics.ts";
import type { TextOutcome } from "./text-metrics/outcome.ts";

/** Examples that only one of two adaptations classifies correctly. */
export interface McNemar {
  readonly onlyA: number;
  readonly onlyB: number;
  /** The two-sided exact p-value: the probability of counts at least as uneven if both adaptations are equally good. */
  readonly p: number;
}

export interface Paired {
  readonly metric: Metric;
  /** A's metric minus B's. */
  readonly difference: Interval;
  /** null if any example has several labels, or if the metric is not accuracy. */
  readonly mcnemar: McNemar | null;
}

/** The task's metric over the whole split and over each bootstrap sample of its examples. */
export interface SampledMetric {
  readonly metric: Metric;
  readonly examples: number;
  readonly value: number;
  readonly samples: Float64Array;
}

/** An outcome with its sampled metric. */
export interface Sampled extends Outcome, Pick<SampledMetric, "examples" | "value" | "samples"> {}

export function sampled(outcome: Outcome): Sampled {
  return { ...outcome, examples: outcome.targets.length, ...samplesOf(outcome, outcome.metric) };
}

/** The same for the texts of a language or generation task, which have no predicted labels. */
export function sampledTexts(outcome: TextOutcome): SampledMetric {
  const { metric, losses } = outcome;
  return { metric, examples: losses.nats.length, ...textSamplesOf(outcome, metric) };
}

/** Compares A with B in the task's metric on the same examples. Throws a RangeError if their numbers of examples differ. */
export function paired(a: Sampled | SampledMetric, b: Sampled | SampledMetric): Paired {
  const difference = differenceOf([a], [b]);
  const isPerExample = a.metric === "accuracy" && "targets" in a && "targets" in b && hasOneLabel(a) && hasOneLabel(b);
  return { metric: a.metric, difference, mcnemar: isPerExample ? mcnemarOf(a, b) : null };
}

/**
 * The mean of A's metric minus the mean of B's, each over one or more runs on the same examples. The 95 % interval is that of
 * a paired bootstrap: each sample of examples is evaluated for all runs. It shows how the difference between these runs varies
 * with the examples, not with the training seeds.
 */
export function differenceOf(a: readonly SampledMetric[], b: readonly SampledMetric[]): Interval {
  const counts = new Set([...a, ...b].map(({ examples }) => examples));
  if (counts.size !== 1) throw new RangeError(`outcomes over ${[...counts].join(" and ")} examples are not paired`);
  const minus = (of: (run: SampledMetric) => number) => mean(a.map(of)) - mean(b.map(of));
  const value = minus((run) => run.value);
  const bounds = percentileInterval(a[0]!.samples.map((_, i) => minus(({ samples }) => samples[i]!)));
  if (bounds) return { value, ...bounds };
  return { value, low: null, high: null, reason: "no interval: every bootstrap sample gives this difference" };
}

function mcnemarOf(a: Outcome, b: Outcome): McNemar {
  let [onlyA, onlyB] = [0, 0];
  for (const [i, [target]] of a.targets.entries()) {
    const [isA, isB] = [a.predictions[i]![0] === target, b.predictions[i]![0] === target];
    if (isA && !isB) onlyA++;
    if (isB && !isA) onlyB++;
  }
  return { onlyA, onlyB, p: evenSplit(onlyA, onlyB) };
}

/** min(1, 2·P(X ≤ min(a, b))) with X ~ Binomial(a + b, ½): the exact two-sided p-value. */
export function evenSplit(a: number, b: number): number {
  const n = a + b;
  // Updates the logarithm of C(n, k) / 2ⁿ for each k, because the terms themselves underflow for large n.
  let term = -n * Math.LN2;
  let p = 0;
  for (let k = 0; k <= Math.min(a, b); k++) {
    p += Math.exp(term);
    term += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * p);
}

/**
 * Holm's adjusted p-values (1979), in the given order: the i-th smallest of m is multiplied by m − i + 1, and is at least
 * as large as those of the smaller ones. They control the probability of any false rejection under any dependence.
 */
export function holm(ps: readonly number[]): number[] {
  const adjusted = new Array<number>(ps.length);
  let highest = 0;
  for (const [i, place] of [...ps.keys()].sort((a, b) => ps[a]! - ps[b]!).entries()) {
    highest = Math.max(highest, Math.min(1, (ps.length - i) * ps[place]!));
    adjusted[place] = highest;
  }
  return adjusted;
}
