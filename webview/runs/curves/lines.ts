// The lines of the overlay: each run's curves, or each group's mean with a band, over steps or time.

import type { Curve, RunCurves, RunRow } from "../../../src/messages.ts";
import type { Group } from "../groups.ts";
import { bandOf, smoothed } from "./numbers.ts";
import type { Look } from "./palette.ts";

export const QUANTITIES = ["loss", "metric", "sparsity", "flips"] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** A curve as it is drawn. */
export interface Drawn {
  readonly x: ArrayLike<number>;
  /** The main line. */
  readonly y: ArrayLike<number>;
  /** The values before smoothing, drawn faintly; undefined if `y` is not smoothed. */
  readonly raw?: ArrayLike<number>;
  /** The ends of a band or of intervals around the line. */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  /** The number of runs at each point of a group's mean. */
  readonly n?: ArrayLike<number>;
}

/** What is drawn for a run or a group. */
export interface Line {
  readonly key: string;
  readonly name: string;
  readonly look: Look;
  readonly of: Readonly<Record<Quantity, Drawn | null>>;
}

export interface LineOptions {
  readonly smoothing: number;
  readonly axis: "step" | "time";
}

/** The lines of curves that have not changed are not computed again. */
const known = new WeakMap<RunCurves, { readonly options: string; readonly of: Line["of"] }>();

function drawnOf(curves: RunCurves, options: LineOptions): Line["of"] {
  const { smoothing, axis } = options;
  const wanted = `${smoothing} ${axis}`;
  const before = known.get(curves);
  if (before?.options === wanted) return before.of;
  const drawn = (curve: Curve, weight = 0): Drawn | null => {
    const at = axis === "step" ? curve.steps : curve.seconds;
    if (!at || !curve.steps.length) return null;
    const { values, low, high } = curve;
    return {
      x: at,
      y: weight ? smoothed(values, weight) : values,
      ...(weight && { raw: values }),
      ...(low && high && { low, high }),
    };
  };
  // The least and greatest loss and sparsity within the steps that a point is the mean of are not an interval.
  const line = ({ low: _, high: __, ...curve }: Curve, weight?: number) => drawn(curve, weight);
  const of = {
    loss: line(curves.loss, smoothing),
    metric: drawn(curves.metric),
    sparsity: line(curves.sparsity),
    flips: line(curves.flips),
  };
  known.set(curves, { options: wanted, of });
  return of;
}

/** A line per run. */
export function linesOfRuns(
  rows: readonly RunRow[],
  curves: ReadonlyMap<string, RunCurves>,
  options: LineOptions,
  lookOf: (key: string) => Look,
): Line[] {
  return rows.flatMap(({ run, name }) => {
    const found = curves.get(run);
    return found ? [{ key: run, name, look: lookOf(run), of: drawnOf(found, options) }] : [];
  });
}

/** The mean of each group of runs, with one standard deviation as a band; groups of different metrics have no metric. */
export function linesOfGroups(
  groups: readonly Group[],
  curves: ReadonlyMap<string, RunCurves>,
  options: LineOptions,
  lookOf: (key: string) => Look,
  nameOf: (group: Group) => string,
): Line[] {
  return groups.flatMap((group): Line[] => {
    const found = group.rows.flatMap(({ run }) => curves.get(run) ?? []);
    if (!found.length) return [];
    const hasOneMetric = new Set(group.rows.flatMap(({ metric }) => metric ?? [])).size <= 1;
    const mean = (quantity: Quantity): Drawn | null => {
      if (quantity === "metric" && !hasOneMetric) return null;
      const all = found.flatMap((one) => drawnOf(one, options)[quantity] ?? []);
      if (!all.length) return null;
      const { x, mean, low, high, n } = bandOf(all);
      return { x, y: mean, low, high, n };
    };
    const of = { loss: mean("loss"), metric: mean("metric"), sparsity: mean("sparsity"), flips: mean("flips") };
    return [{ key: group.key, name: nameOf(group), look: lookOf(group.key), of }];
  });
}

/** The range of the x axis over all lines: from 0 to their last point. */
export function endOf(lines: readonly Line[]): number {
  const ends = lines
    .flatMap(({ of }) => QUANTITIES.map((quantity) => of[quantity]?.x))
    .map((x) => x?.[x.length - 1] ?? 0);
  return ends.reduce((a, b) => Math.max(a, b), 0);
}
