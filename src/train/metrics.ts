// Scores from classes: accuracy, F1, Matthews correlation and entity F1, each with its 95 % interval.

import { Random } from "../data/random.ts";
import { KINDS, type Metric, type TaskKind } from "../data/rows.ts";
import type { Interval, Scores } from "../mask/metadata.ts";

/** The prediction for a word that the model did not see: wrong whatever its label is, and outside of every entity. */
export const NOTHING = -1;

/** What a set of rows adds up to; sums of rows are sums of these numbers. */
interface Counts {
  /** [target, prediction] in row-major order: how often each pair of classes came up; the last column is `NOTHING`. */
  readonly pairs: Float64Array;
  /** Entities that both have, that were predicted, that there are. */
  readonly entities: Float64Array;
}

/** Each metric as a function of the counts and the number of classes; 0 where it is undefined, as in scikit-learn. */
const METRICS: Record<Metric, (counts: Counts, classes: number) => number> = {
  accuracy: ({ pairs }, classes) => ratio(trace(pairs, classes), sum(pairs)),
  f1: ({ pairs }, classes) => f1Of(pairs, classes, 1),
  macroF1: macroF1Of,
  matthews: matthewsOf,
  entityF1: ({ entities: [both = 0, predicted = 0, there = 0] }) => ratio(2 * both, predicted + there),
};

const LOWEST: Partial<Record<Metric, number>> = { matthews: -1 };

/** Draws of the bootstrap, and the seed that makes its intervals the same each time. */
const DRAWS = 1000;
const SEED = 1;
/** The standard normal's quantile at 0.975. */
const Z = 1.959963984540054;

/**
 * The scores that fit the kind of task, and `metric` in any case. `targets` and `predictions` hold class numbers, a list
 * for each row: one class, or one per word or sentence; `labels` are the names of the classes. A prediction may be
 * `NOTHING`.
 *
 * - accuracy: share of right classes.
 * - f1 (two labels): F1 of the second label. macroF1: mean F1 over the labels that came up. matthews: for any number of
 *   labels (Gorodkin 2004). All as scikit-learn.
 * - entityF1 (tags with B- and I-): F1 over whole entities as seqeval counts them by default.
 *
 * Intervals (95 %): Wilson's for the accuracy of rows with one class each, else the 2.5 and 97.5 percentiles of a bootstrap
 * of 1,000 draws over rows, so that words of one sentence stay together; seeded, the same each time.
 */
export function scoresOf(
  kind: TaskKind,
  metric: Metric,
  targets: readonly (readonly number[])[],
  predictions: readonly (readonly number[])[],
  labels: readonly string[],
): Scores {
  const classes = labels.length;
  const names = KINDS[kind].metrics.filter((name) => name === metric || applies(name, labels));
  const rows = targets.map((target, row) => countsOf(target, predictions[row]!, labels, names.includes("entityF1")));
  const all = empty(classes);
  for (const row of rows) add(all, row);

  const single = targets.every((target) => target.length === 1);
  const drawn = names.filter((name) => !(name === "accuracy" && single));
  const intervals = bootstrap(rows, drawn, classes);
  const scores = names.map((name): [Metric, Interval] => {
    const value = METRICS[name](all, classes);
    if (rows.length === 0) return [name, { value, low: LOWEST[name] ?? 0, high: 1 }];
    return [name, { value, ...(intervals.get(name) ?? wilson(value, rows.length)) }];
  });
  return { rows: rows.length, ...Object.fromEntries(scores) };
}

function applies(metric: Metric, labels: readonly string[]): boolean {
  if (metric === "f1") return labels.length === 2;
  if (metric === "entityF1") return labels.some((label) => /^[BI]-/.test(label));
  return true;
}

/** Wilson's score interval of a share of n. */
export function wilson(share: number, n: number): { low: number; high: number } {
  const z2 = Z * Z;
  const centre = share + z2 / (2 * n);
  const reach = Z * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  const at = (bound: number) => Math.min(1, Math.max(0, bound / (1 + z2 / n)));
  return { low: share === 0 ? 0 : at(centre - reach), high: share === 1 ? 1 : at(centre + reach) };
}

/** A row's counts, sparse: a row touches few of the pairs. */
interface RowCounts {
  readonly pairs: readonly number[];
  readonly entities: readonly [both: number, predicted: number, there: number];
}

function countsOf(
  target: readonly number[],
  prediction: readonly number[],
  labels: readonly string[],
  withEntities: boolean,
): RowCounts {
  const pairs = target.map((label, i) => placeOf(label, prediction[i]!, labels.length));
  if (!withEntities) return { pairs, entities: [0, 0, 0] };
  const there = new Set(entitiesOf(target.map((label) => labels[label]!)));
  const predicted = new Set(entitiesOf(prediction.map((label) => (label === NOTHING ? "O" : labels[label]!))));
  const both = [...predicted].filter((entity) => there.has(entity)).length;
  return { pairs, entities: [both, predicted.size, there.size] };
}

function empty(classes: number): Counts {
  return { pairs: new Float64Array(classes * (classes + 1)), entities: new Float64Array(3) };
}

function add(to: Counts, row: RowCounts): void {
  for (const pair of row.pairs) to.pairs[pair]!++;
  for (let i = 0; i < 3; i++) to.entities[i]! += row.entities[i]!;
}

/** The percentile interval of each metric over samples of the rows, drawn with replacement. */
function bootstrap(rows: readonly RowCounts[], metrics: readonly Metric[], classes: number) {
  const intervals = new Map<Metric, { low: number; high: number }>();
  if (rows.length === 0 || metrics.length === 0) return intervals;
  const random = new Random(SEED, "bootstrap");
  const values = metrics.map(() => new Float64Array(DRAWS));
  for (let draw = 0; draw < DRAWS; draw++) {
    const sample = empty(classes);
    for (let i = 0; i < rows.length; i++) add(sample, rows[random.below(rows.length)]!);
    for (const [m, metric] of metrics.entries()) values[m]![draw] = METRICS[metric](sample, classes);
  }
  for (const [m, metric] of metrics.entries()) {
    const sorted = values[m]!.sort();
    intervals.set(metric, { low: percentile(sorted, 0.025), high: percentile(sorted, 0.975) });
  }
  return intervals;
}

/** With linear interpolation between neighbours, as numpy's default. */
function percentile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + (sorted[Math.min(below + 1, sorted.length - 1)]! - low) * (place - below);
}

/** Where a pair of classes is counted. */
const placeOf = (target: number, prediction: number, classes: number) =>
  target * (classes + 1) + (prediction === NOTHING ? classes : prediction);

const ratio = (part: number, whole: number) => (whole ? part / whole : 0);
const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
const trace = (pairs: Float64Array, classes: number) => {
  let total = 0;
  for (let label = 0; label < classes; label++) total += pairs[placeOf(label, label, classes)]!;
  return total;
};

/** How often a label is there, and how often it was predicted. */
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

function macroF1Of({ pairs }: Counts, classes: number): number {
  let [total, present] = [0, 0];
  for (let label = 0; label < classes; label++) {
    const [there, predicted] = totals(pairs, classes, label);
    if (there + predicted === 0) continue;
    total += f1Of(pairs, classes, label);
    present++;
  }
  return ratio(total, present);
}

/** (c·s − Σ tₖpₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²)) with c right of s, class k there tₖ times and predicted pₖ times. */
function matthewsOf({ pairs }: Counts, classes: number): number {
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
 * The entities of a sentence as "TYPE BEGIN END". A tag is a letter and, behind a hyphen, a type; without a hyphen what
 * follows the letter is the type. As seqeval reads B I O E S by default, an I-tag begins an entity where none of its type
 * is open, so that plain I-tags make entities, too.
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

/** Whether an entity that goes up to the tag before this one ends there. */
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
