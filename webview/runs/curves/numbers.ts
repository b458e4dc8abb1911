// Smoothing, and means over runs. Pure.

import { spreadOf } from "../../../src/spread.ts";
import { lowerBound } from "./decimate.ts";

/** Points in ascending order of x. */
export interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/**
 * The exponential moving average as in TensorBoard: each value is the mean of all values so far, with weights that
 * shrink by the factor `weight` (0 to below 1) per point. The weights sum to 1, so the first values are not drawn
 * towards 0. Values that are not finite are left as they are and do not count.
 */
export function smoothed(values: ArrayLike<number>, weight: number): Float64Array {
  const result = new Float64Array(values.length);
  let [last, counted] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      result[i] = value;
      continue;
    }
    last = last * weight + (1 - weight) * value;
    counted++;
    result[i] = last / (1 - weight ** counted);
  }
  return result;
}

/** The mean of several curves, and one sample standard deviation below and above it. */
export interface Band {
  readonly x: Float64Array;
  readonly mean: Float64Array;
  /** Equal to the mean where only one curve has a value. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** The number of curves that have a value at each x. */
  readonly n: Uint16Array;
}

/** The maximum number of points in a band: more would not be visible. */
const MOST = 2000;

/**
 * The band of several curves at every x that any of them has (at most 2,000 of these, evenly chosen). Between its points
 * a curve is interpolated linearly; beyond its ends it does not count.
 */
export function bandOf(curves: readonly Points[]): Band {
  const all = [...new Set(curves.flatMap(({ x }) => Array.from(x)))].sort((a, b) => a - b);
  const apart = Math.max(1, (all.length - 1) / (MOST - 1));
  const xs = all.length > MOST ? Array.from({ length: MOST }, (_, i) => all[Math.round(i * apart)]!) : all;
  const count = xs.length;
  const band = {
    ...{ x: Float64Array.from(xs), mean: new Float64Array(count), n: new Uint16Array(count) },
    ...{ low: new Float64Array(count), high: new Float64Array(count) },
  };
  const at = curves.map(() => 0);
  for (const [i, x] of xs.entries()) {
    const values: number[] = [];
    for (const [j, curve] of curves.entries()) {
      while (at[j]! < curve.x.length - 1 && curve.x[at[j]! + 1]! <= x) at[j]!++;
      const value = valueAt(curve, at[j]!, x);
      if (value !== undefined && Number.isFinite(value)) values.push(value);
    }
    const { mean, deviation, n } = spreadOf(values) ?? { mean: Number.NaN, deviation: null, n: 0 };
    band.mean[i] = mean;
    band.low[i] = mean - (deviation ?? 0);
    band.high[i] = mean + (deviation ?? 0);
    band.n[i] = n;
  }
  return band;
}

/** The value of a curve at x, where `i` is the index of the last point at or before x; undefined beyond its ends. */
function valueAt({ x: xs, y: ys }: Points, i: number, x: number): number | undefined {
  if (!xs.length || x < xs[0]! || x > xs[xs.length - 1]!) return undefined;
  if (xs[i] === x || i + 1 >= xs.length) return ys[i];
  return ys[i]! + ((ys[i + 1]! - ys[i]!) * (x - xs[i]!)) / (xs[i + 1]! - xs[i]!);
}

/** The index of the point nearest to x; −1 if there are no points. */
export function nearestIndex(xs: ArrayLike<number>, x: number): number {
  const right = Math.min(lowerBound(xs, x), xs.length - 1);
  return right > 0 && x - xs[right - 1]! <= xs[right]! - x ? right - 1 : right;
}
