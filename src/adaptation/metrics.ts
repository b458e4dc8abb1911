// Metrics of predicted classes: accuracy, F1, Matthews correlation and entity F1, each with its 95 % confidence
// interval.

import { KINDS, type LabelledKind } from "../data/examples.ts";
import type { Interval, Metrics } from "../mask/metadata.ts";
import type { LabelMetric } from "../metric.ts";
import { quoted } from "../visible.ts";
import { percentileInterval, resample, SAMPLES, wilson } from "./intervals.ts";

/** The prediction for a word that the model did not see: always wrong, and outside every entity. */
export const NOTHING = -1;

/**
 * An adaptation's predictions on a split. Each example has a list of class indices: one for the example, or one per
 * word or sentence.
 */
export interface Outcome {
  readonly kind: LabelledKind;
  /** The task's metric. */
  readonly metric: LabelMetric;
  /** The names of the classes. */
  readonly labels: readonly string[];
  readonly targets: readonly (readonly number[])[];
  /** Any prediction may be `NOTHING`. */
  readonly predictions: readonly (readonly number[])[];
}

/** Counts over a set of examples; the counts of disjoint sets add up. */
interface Counts {
  /** [target, prediction] in row-major order: how often each pair of classes occurs; the last column is `NOTHING`. */
  readonly pairs: Float64Array;
  /** Numbers of entities: correctly predicted, predicted, true. */
  readonly entities: Float64Array;
}

/** The values other than the counts on which a sample's metric depends. */
interface Setting {
  readonly classes: number;
  /** The classes that occur in the whole split, as labels or as predictions. */
  readonly present: readonly number[];
}

/** Each metric as a function of the counts; 0 if it is undefined, as in scikit-learn. */
const METRICS: Record<LabelMetric, (counts: Counts, setting: Setting) => number> = {
  accuracy: ({ pairs }, { classes }) => ratio(trace(pairs, classes), sum(pairs)),
  f1: ({ pairs }, { classes }) => f1Of(pairs, classes, 1),
  macroF1: ({ pairs }, { classes, present }) =>
    ratio(
      present.reduce((total, label) => total + f1Of(pairs, classes, label), 0),
      present.length,
    ),
  matthews: ({ pairs }, { classes }) => matthewsOf(pairs, classes),
  entityF1: ({ entities: [both = 0, predicted = 0, there = 0] }) => ratio(2 * both, predicted + there),
};

/**
 * The metrics that fit the kind of task, always including the task's own.
 *
 * - accuracy: fraction of correct classes.
 * - f1 (two labels): F1 of the second label. macroF1: mean F1 over the labels that occur in the split. matthews: for any
 *   number of labels (Gorodkin 2004). All as in scikit-learn.
 * - entityF1 (tags with B- and I-): F1 over whole entities as seqeval counts them by default.
 *
 * Intervals (95 %): Wilson's for the accuracy of examples with one class each; otherwise the 2.5 and 97.5 percentiles of
 * 1,000 bootstrap samples with a fixed seed. The samples are drawn from whole examples, so that the words of a sentence
 * and the sentences of a document stay together. macroF1 averages over the same labels in every sample, those of the
 * split; a label that is missing from a sample counts as 0. If a metric is undefined, or all samples give the same
 * value, there is no interval, and `reason` says why.
 */
export function metricsOf(outcome: Outcome): Metrics {
  const { kind, metric, labels, targets } = outcome;
  const names = KINDS[kind].metrics.filter((name) => name === metric || applies(name, labels));
  const counted = new Counted(outcome, names.includes("entityF1"));
  const isWilson = (name: LabelMetric) => name === "accuracy" && hasOneLabel(outcome);
  const drawn = names.filter((name) => !isWilson(name));
  const samples = new Map(counted.samples(drawn).map((values, i) => [drawn[i]!, values]));
  const metrics = names.map((name): [LabelMetric, Interval] => {
    const value = counted.value(name);
    const missing = counted.undefinedBecause(name);
    if (missing !== undefined)
      return [name, { value, low: null, high: null, reason: `undefined, reported as 0: ${missing}` }];
    const bounds = isWilson(name) ? wilson(value, targets.length) : percentileInterval(samples.get(name)!);
    return [name, bounds ? { value, ...bounds } : { value, low: null, high: null, reason: counted.alikeBecause(name) }];
  });
  return { examples: targets.length, ...Object.fromEntries(metrics) };
}

/**
 * The metric's value, and its values over bootstrap samples of the examples. Splits of equal length get the same
 * samples.
 */
export function samplesOf(outcome: Outcome, metric: LabelMetric): { value: number; samples: Float64Array } {
  const counted = new Counted(outcome, metric === "entityF1");
  return { value: counted.value(metric), samples: counted.samples([metric])[0]! };
}

/** The metric's value alone, without bootstrap samples. */
export function valueOfMetric(outcome: Outcome, metric: LabelMetric): number {
  return new Counted(outcome, metric === "entityF1").value(metric);
}

/** Whether each example has one label, so that it is either correct or wrong. */
export function hasOneLabel({ targets }: Pick<Outcome, "targets">): boolean {
  return targets.every(({ length }) => length === 1);
}

function applies(metric: LabelMetric, labels: readonly string[]): boolean {
  if (metric === "f1") return labels.length === 2;
  if (metric === "entityF1") return labels.some((label) => /^[BI]-/.test(label));
  return true;
}

/** A split, counted example by example. */
class Counted {
  readonly #labels: readonly string[];
  /** For each label of each example, the index at which its pair of classes is counted. */
  readonly #places: Uint32Array;
  /** Where each example's places end. */
  readonly #ends: Uint32Array;
  /** Each example's entities, if the metric needs them. */
  readonly #entities: readonly Entities[] | undefined;
  readonly #all: Counts;
  readonly #setting: Setting;

  constructor({ targets, predictions, labels }: Outcome, withEntities: boolean) {
    const classes = labels.length;
    this.#labels = labels;
    this.#places = Uint32Array.from(
      targets.flatMap((target, i) => target.map((label, j) => placeOf(label, predictions[i]![j]!, classes))),
    );
    let end = 0;
    this.#ends = Uint32Array.from(targets, ({ length }) => (end += length));
    this.#entities = withEntities
      ? targets.map((target, i) => entityCounts(target, predictions[i]!, labels))
      : undefined;
    this.#all = this.#over(new Uint32Array(targets.length).fill(1), classes);
    const present = [...labels.keys()].filter((label) => sum(totals(this.#all.pairs, classes, label)) > 0);
    this.#setting = { classes, present };
  }

  value(metric: LabelMetric): number {
    return METRICS[metric](this.#all, this.#setting);
  }

  /** The counts over the examples, each as many times as given. */
  #over(times: Uint32Array, classes: number): Counts {
    const [places, ends, entities] = [this.#places, this.#ends, this.#entities];
    const counts = { pairs: new Float64Array(classes * (classes + 1)), entities: new Float64Array(3) };
    let place = 0;
    for (let i = 0; i < times.length; i++) {
      const count = times[i]!;
      if (!count) place = ends[i]!;
      for (; place < ends[i]!; place++) counts.pairs[places[place]!]! += count;
      if (count && entities) for (let j = 0; j < 3; j++) counts.entities[j]! += count * entities[i]![j]!;
    }
    return counts;
  }

  /** For each metric, its values over the bootstrap samples. */
  samples(metrics: readonly LabelMetric[]): Float64Array[] {
    const values = metrics.map(() => new Float64Array(SAMPLES));
    const examples = this.#ends.length;
    if (!examples || !metrics.length) return values;
    resample(examples, (sample, times) => {
      const counts = this.#over(times, this.#setting.classes);
      for (const [m, metric] of metrics.entries()) values[m]![sample] = METRICS[metric](counts, this.#setting);
    });
    return values;
  }

  /** Why the metric is undefined over the whole split. Returns undefined if the metric is defined. */
  undefinedBecause(metric: LabelMetric): string | undefined {
    const { pairs, entities } = this.#all;
    const { classes, present } = this.#setting;
    if (!this.#ends.length) return "there are no examples";
    if (sum(pairs) === 0) return "no word has a prediction";
    if (metric === "f1" && !present.includes(1))
      return `no example has the label ${this.#named(1)} or is predicted to have it`;
    if (metric === "entityF1" && sum(entities) === 0) return "there are no entities, and none are predicted";
    if (metric !== "matthews") return undefined;
    const { there, predicted } = this.#onlyClasses();
    if (predicted !== undefined) return `all predictions are ${this.#named(predicted)}`;
    if (there !== undefined) return `all labels are ${this.#named(there)}`;
    const nothing = present.every((label) => totals(pairs, classes, label)[1] === 0);
    return nothing ? "nothing is predicted" : undefined;
  }

  /** Why all bootstrap samples have the same value. */
  alikeBecause(metric: LabelMetric): string {
    const { entities, pairs } = this.#all;
    if (metric === "entityF1" && entities[1] === 0) return "no interval: no entity is predicted";
    if (metric === "f1" && totals(pairs, this.#setting.classes, 1)[1] === 0)
      return `no interval: ${this.#named(1)} is never predicted`;
    return "no interval: every bootstrap sample gives this value";
  }

  /** The class of all labels, and the class of all predictions, if there is only one. */
  #onlyClasses(): { there: number | undefined; predicted: number | undefined } {
    const { classes, present } = this.#setting;
    const all = sum(this.#all.pairs);
    const only = (which: 0 | 1) => present.find((label) => totals(this.#all.pairs, classes, label)[which] === all);
    return { there: only(0), predicted: only(1) };
  }

  #named(label: number): string {
    return quoted(this.#labels[label]);
  }
}

type Entities = readonly [both: number, predicted: number, there: number];

function entityCounts(target: readonly number[], prediction: readonly number[], labels: readonly string[]): Entities {
  const there = new Set(entitiesOf(target.map((label) => labels[label]!)));
  const predicted = new Set(entitiesOf(prediction.map((label) => (label === NOTHING ? "O" : labels[label]!))));
  const both = [...predicted].filter((entity) => there.has(entity)).length;
  return [both, predicted.size, there.size];
}

/** The index at which a pair of classes is counted. */
const placeOf = (target: number, prediction: number, classes: number) =>
  target * (classes + 1) + (prediction === NOTHING ? classes : prediction);

const ratio = (part: number, whole: number) => (whole ? part / whole : 0);
const sum = (values: ArrayLike<number>) => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
};
const trace = (pairs: Float64Array, classes: number) => {
  let total = 0;
  for (let label = 0; label < classes; label++) total += pairs[placeOf(label, label, classes)]!;
  return total;
};

/** How often a label occurs, and how often it is predicted. */
function totals(pairs: Float64Array, classes: number, label: number): [there: number, predicted: number] {
  let [there, predicted] = [pairs[placeOf(label, NOTHING, classes)]!, 0];
  for (let other = 0; other < classes; other++) {
    there += pairs[placeOf(label, other, classes)]!;
    predicted += pairs[placeOf(other, label, classes)]!;
  }
  return [there, predicted];
}

function f1Of(pairs: Float64Array, classes: number, label: number): number {
  const [there, predicted] = totals(pairs, classes, label);
  return ratio(2 * pairs[placeOf(label, label, classes)]!, there + predicted);
}

/**
 * (c·s − Σ tₖpₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²)) where c of s are correct, and class k occurs tₖ times and is predicted
 * pₖ times.
 */
function matthewsOf(pairs: Float64Array, classes: number): number {
  const all = sum(pairs);
  let nothing = 0;
  for (let label = 0; label < classes; label++) nothing += pairs[placeOf(label, NOTHING, classes)]!;
  let [products, there2, predicted2] = [0, 0, nothing * nothing];
  for (let label = 0; label < classes; label++) {
    const [there, predicted] = totals(pairs, classes, label);
    products += there * predicted;
    there2 += there * there;
    predicted2 += predicted * predicted;
  }
  return ratio(trace(pairs, classes) * all - products, Math.sqrt((all * all - predicted2) * (all * all - there2)));
}

/**
 * The entities of a sentence as "TYPE BEGIN END". A tag is a letter and, after a hyphen, a type; without a hyphen, the
 * text after the letter is the type. As in seqeval's default mode (letters B, I, O, E and S), an I tag begins an entity
 * if no entity of its type is open, so I tags alone form entities, too.
 */
export function entitiesOf(tags: readonly string[]): string[] {
  const entities: string[] = [];
  let [openLetter, openType, begin] = ["O", "", 0];
  for (const [i, tag] of [...tags, "O"].entries()) {
    const letter = tag[0]!;
    const rest = tag.slice(1);
    const type = (rest.includes("-") ? rest.slice(rest.indexOf("-") + 1) : rest) || "_";
    if (ends(openLetter, letter, openType !== type)) entities.push(`${openType} ${begin} ${i - 1}`);
    if (starts(openLetter, letter, openType !== type)) begin = i;
    [openLetter, openType] = [letter, type];
  }
  return entities;
}

const among = (letters: string, letter: string) => letters.includes(letter);

/** Whether an entity that includes the previous tag ends there. */
function ends(before: string, letter: string, otherType: boolean): boolean {
  if (among("ES", before)) return true;
  if (among("BI", before) && among("BSO", letter)) return true;
  return !among("O.", before) && otherType;
}

/** Whether an entity begins at this tag. */
function starts(before: string, letter: string, otherType: boolean): boolean {
  if (among("BS", letter)) return true;
  if (among("ESO", before) && among("EI", letter)) return true;
  return !among("O.", letter) && otherType;
}
