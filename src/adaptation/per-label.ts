// Precision, recall and F1 of each label with their 95 % intervals, their means over labels, and which labels are confused.

import type { Interval } from "../mask/metadata.ts";
import { quoted } from "../visible.ts";
import { percentileInterval, resample, SAMPLES, wilson } from "./intervals.ts";
import { NOTHING } from "./metrics.ts";
import { isOnePerExample, type Units } from "./units.ts";

export interface LabelMetrics {
  readonly label: string;
  /** How many units have the label. */
  readonly support: number;
  /** How many units are predicted to have it. */
  readonly predicted: number;
  readonly precision: Interval;
  readonly recall: Interval;
  readonly f1: Interval;
}

/** Means over the labels that occur in the split, as labels or as predictions. */
export interface Macro {
  readonly precision: Interval;
  readonly recall: Interval;
  readonly f1: Interval;
}

export interface Confusion {
  /** [label, predicted label]: numbers of units. */
  readonly counts: readonly (readonly number[])[];
  /** For each label, the number of units without a prediction. */
  readonly unpredicted: readonly number[];
}

export interface PerLabel {
  /** In the order of the task's labels. */
  readonly labels: readonly LabelMetrics[];
  readonly macro: Macro;
  /** null if there are more than `MOST_CONFUSED` labels: the matrix would have over a million cells. */
  readonly confusion: Confusion | null;
}

export const MOST_CONFUSED = 1000;

const UNDEFINED: Interval = { value: 0, low: null, high: null };

/** Of a task without labels. */
export const NO_LABELS: PerLabel = {
  ...{ labels: [], macro: { precision: UNDEFINED, recall: UNDEFINED, f1: UNDEFINED }, confusion: null },
};

/** Numbers of units for each label: with the label and correctly predicted, with the label, predicted to have it. */
interface Counts {
  readonly correct: Float64Array;
  readonly there: Float64Array;
  readonly predicted: Float64Array;
}

const NAMES = ["precision", "recall", "f1"] as const;
type Name = (typeof NAMES)[number];

/** 0 where the quotient is undefined, as in scikit-learn (zero_division=0). */
const VALUES: Record<Name, (counts: Counts, label: number) => number> = {
  precision: ({ correct, predicted }, k) => (predicted[k] ? correct[k]! / predicted[k] : 0),
  recall: ({ correct, there }, k) => (there[k] ? correct[k]! / there[k] : 0),
  f1: ({ correct, there, predicted }, k) => {
    const both = there[k]! + predicted[k]!;
    return both ? (2 * correct[k]!) / both : 0;
  },
};

/**
 * As scikit-learn's confusion_matrix and precision_recall_fscore_support. Intervals (95 %): where each example is one
 * unit, Wilson's for precision (of the units predicted to have the label) and for recall (of the units with the label);
 * otherwise, and for F1 and the means, the percentiles of the bootstrap over examples that `metricsOf` uses, with the
 * same samples.
 */
export function perLabel(units: Units, labels: readonly string[]): PerLabel {
  const all = counted(units);
  const isWilson = isOnePerExample(units);
  const present = [...labels.keys()].filter((k) => all.there[k]! + all.predicted[k]! > 0);
  const samples = sampled(units, present);
  const of = (name: Name, k: number): Interval => {
    const value = VALUES[name](all, k);
    const missing = undefinedBecause(name, all, k, quoted(labels[k]));
    if (missing !== undefined) return { value, low: null, high: null, reason: `undefined, reported as 0: ${missing}` };
    if (isWilson && name !== "f1")
      return { value, ...wilson(value, (name === "recall" ? all.there : all.predicted)[k]!) };
    const place = present.indexOf(k);
    return bounded(value, samples.labels[name].subarray(place * SAMPLES, (place + 1) * SAMPLES));
  };
  const macro = (name: Name): Interval => {
    if (!present.length)
      return { value: 0, low: null, high: null, reason: "undefined, reported as 0: no label occurs" };
    return bounded(meanOver(name, all, present), samples.macro[name]);
  };
  return {
    labels: labels.map((label, k) => ({
      ...{ label, support: all.there[k]!, predicted: all.predicted[k]! },
      ...{ precision: of("precision", k), recall: of("recall", k), f1: of("f1", k) },
    })),
    macro: { precision: macro("precision"), recall: macro("recall"), f1: macro("f1") },
    confusion: labels.length > MOST_CONFUSED ? null : confusionOf(units),
  };
}

function confusionOf({ classes, targets, predictions }: Units): Confusion {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const unpredicted = new Array<number>(classes).fill(0);
  for (const [unit, target] of targets.entries()) {
    const prediction = predictions[unit]!;
    if (prediction === NOTHING) unpredicted[target]!++;
    else counts[target]![prediction]!++;
  }
  return { counts, unpredicted };
}

/** `times`: how often each example counts; once if not given. */
function counted({ classes, starts, targets, predictions }: Units, times?: Uint32Array): Counts {
  const [correct, there, predicted] = [0, 1, 2].map(() => new Float64Array(classes)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let example = 0; example < starts.length - 1; example++) {
    const weight = times ? times[example]! : 1;
    if (weight === 0) continue;
    for (let unit = starts[example]!; unit < starts[example + 1]!; unit++) {
      const [target, prediction] = [targets[unit]!, predictions[unit]!];
      there[target]! += weight;
      if (prediction === NOTHING) continue;
      predicted[prediction]! += weight;
      if (prediction === target) correct[target]! += weight;
    }
  }
  return { correct, there, predicted };
}

/** The values over the bootstrap samples: for each label that is present, [label, sample], and their means. */
function sampled(units: Units, present: readonly number[]) {
  const made = <T>(make: () => T) => Object.fromEntries(NAMES.map((name) => [name, make()])) as Record<Name, T>;
  const labels = made(() => new Float64Array(present.length * SAMPLES));
  const macro = made(() => new Float64Array(SAMPLES));
  resample(units.starts.length - 1, (sample, times) => {
    const counts = counted(units, times);
    for (const name of NAMES) {
      for (const [place, k] of present.entries()) labels[name][place * SAMPLES + sample] = VALUES[name](counts, k);
      macro[name][sample] = meanOver(name, counts, present);
    }
  });
  return { labels, macro };
}

/** Over the same labels in every sample: a label that is missing from a sample counts as 0. */
function meanOver(name: Name, counts: Counts, present: readonly number[]): number {
  return present.reduce((sum, k) => sum + VALUES[name](counts, k), 0) / present.length;
}

function undefinedBecause(name: Name, { there, predicted }: Counts, k: number, label: string): string | undefined {
  if (name === "precision" && !predicted[k]) return `${label} is never predicted`;
  if (name === "recall" && !there[k]) return `nothing has the label ${label}`;
  if (name === "f1" && !there[k] && !predicted[k]) return `nothing has the label ${label} or is predicted to have it`;
  return undefined;
}

function bounded(value: number, samples: Float64Array): Interval {
  const bounds = percentileInterval(samples);
  if (bounds) return { value, ...bounds };
  return { value, low: null, high: null, reason: "no interval: every bootstrap sample gives this value" };
}
