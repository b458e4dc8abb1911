// Significance: probabilities of z values and counts, intervals of ratios and correlations, results combined over
// seeds, and correction for multiple tests.

import { mean } from "../spread.ts";
import type { Estimate } from "./metadata.ts";

/**
 * The two-sided p-value of a standard normal z: erfc(|z| / √2). The relative error is below 1e-12 up to |z| = 37, where
 * float64 underflows.
 */
export function twoSided(z: number): number {
  return erfc(Math.abs(z) / Math.SQRT2);
}

/** Stouffer's combination of independent z values (several seeds of one task): Σz / √k. null if there are none. */
export function stouffer(z: readonly number[]): number | null {
  return z.length ? z.reduce((total, value) => total + value, 0) / Math.sqrt(z.length) : null;
}

/**
 * Benjamini and Hochberg's adjusted p-values, in the given order. If all regions with an adjusted p of at most q are
 * called significant, the expected fraction of false discoveries is at most q.
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const adjusted = Array<number>(p.length);
  const falling = [...p.keys()].sort((a, b) => p[b]! - p[a]!);
  let least = 1;
  for (const [i, index] of falling.entries()) {
    least = Math.min(least, (p[index]! * p.length) / (p.length - i));
    adjusted[index] = least;
  }
  return adjusted;
}

/** The false discovery rate of marked regions. */
export const FALSE_DISCOVERIES = 0.05;

/** The |z| at which a single result counts as clear: a two-sided p of 0.003. */
export const CLEAR = 3;

/** Which of these z values are significant when tested together; a null is never significant. */
export function discoveries(z: readonly (number | null)[]): boolean[] {
  return significant(z.map((value) => (value === null ? null : twoSided(value))));
}

/** Like `discoveries`, but for two-sided p-values; a p-value is null if the count cannot vary. */
export function significant(p: readonly (number | null)[]): boolean[] {
  const adjusted = benjaminiHochberg(p.filter((value) => value !== null));
  let next = 0;
  return p.map((value) => value !== null && adjusted[next++]! <= FALSE_DISCOVERIES);
}

/** The standard normal quantile of 95 % intervals. */
export const QUANTILE = 1.959963984540054;

/**
 * observed / expected with its 95 % score interval: all ratios θ for which (observed − θ · expected)² is at most
 * QUANTILE² · θ · variance, where `variance` is the count's variance at θ = 1. The interval excludes 1 exactly if |z|
 * exceeds QUANTILE, and its computation does not take the logarithm of a count of 0. With variance = expected, it is
 * Rao's score interval for a Poisson rate; with a variance corrected for clustering, it is a quasi-Poisson interval.
 * null if nothing is expected.
 */
export function ratio(observed: number, expected: number, variance: number): Estimate | null {
  if (!(expected > 0)) return null;
  const value = observed / expected;
  const half = (QUANTILE ** 2 * variance) / (2 * expected ** 2);
  const width = Math.sqrt(half * (half + 2 * value));
  return { value, low: Math.max(0, value + half - width), high: value + half + width };
}

/**
 * Pearson's correlation with the 95 % interval of Fisher's transformation, tanh(atanh r ± QUANTILE / √(n − 3)); null if
 * it is undefined. With fewer than four points, and for r = ±1, whose transform is infinite, the interval is [−1, 1].
 */
export function correlation(x: readonly number[], y: readonly number[]): Estimate | null {
  const value = pearson(x, y);
  if (value === null) return null;
  if (x.length < 4 || Math.abs(value) === 1) return { value, low: -1, high: 1 };
  const reach = QUANTILE / Math.sqrt(x.length - 3);
  return { value, low: Math.tanh(Math.atanh(value) - reach), high: Math.tanh(Math.atanh(value) + reach) };
}

/**
 * Pearson's correlation of two profiles of equal length; null with fewer than three points, or if one profile is
 * constant.
 */
export function pearson(x: readonly number[], y: readonly number[]): number | null {
  if (x.length !== y.length) throw new RangeError(`the profiles differ in length: ${x.length} and ${y.length} points`);
  if (x.length < 3) return null;
  const [xMean, yMean] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - xMean, y[i]! - yMean];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? Math.min(1, Math.max(-1, xy / Math.sqrt(xx * yy))) : null;
}

/**
 * Spearman's rank correlation, equal values sharing the mean of their ranks, with the 95 % interval
 * tanh(atanh r ± QUANTILE · √((1 + r²/2) / (n − 3))) (Bonett and Wright 2000, doi 10.1007/BF02294183); null and [−1, 1] as for
 * `correlation`.
 */
export function rankCorrelation(x: readonly number[], y: readonly number[]): Estimate | null {
  const value = pearson(ranksOf(x), ranksOf(y));
  if (value === null) return null;
  if (x.length < 4 || Math.abs(value) === 1) return { value, low: -1, high: 1 };
  const reach = QUANTILE * Math.sqrt((1 + value ** 2 / 2) / (x.length - 3));
  return { value, low: Math.tanh(Math.atanh(value) - reach), high: Math.tanh(Math.atanh(value) + reach) };
}

/** Ranks from 1 in ascending order; equal values share the mean of their ranks. */
function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    for (to = from + 1; to < order.length && values[order[to]!] === values[order[from]!]; ) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + 1 + to) / 2;
  }
  return ranks;
}

/** The complementary error function for x ≥ 0: its Taylor series near 0, its continued fraction elsewhere. */
function erfc(x: number): number {
  if (x < 2) {
    // erf(x) = 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5 … (2n + 1))
    let term = x;
    let series = x;
    for (let n = 1; term > series * 1e-17; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      series += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * series;
  }
  // erfc(x) = exp(−x²)/√π · 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …
  let fraction = x;
  for (let n = 120; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

/** Below this pruning rate, the binomial tail equals the Poisson tail to four digits. */
const RAREST = 1e-4;

/**
 * The two-sided p-value of a small count, whose distribution is skewed: twice the smaller tail of the binomial
 * distribution with this mean and variance (the closest binomial to a sum of independent weights with different rates).
 * null if the count cannot vary.
 */
export function tailOf(observed: number, expected: number, variance: number): number | null {
  if (!(variance > 0 && expected > 0)) return null;
  const rate = Math.min(1 - RAREST, Math.max(RAREST, 1 - variance / expected));
  const count = expected / rate;
  const atLeast = observed <= 0 ? 1 : observed >= count + 1 ? 0 : incompleteBeta(rate, observed, count - observed + 1);
  const atMost = observed >= count ? 1 : incompleteBeta(1 - rate, count - observed, observed + 1);
  return Math.min(1, 2 * Math.min(atLeast, atMost));
}

/**
 * The regularized incomplete beta function I_x(a, b) for a, b > 0: its continued fraction (Abramowitz and Stegun
 * 26.5.8) by Lentz's method, evaluated on the side where it converges fast.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** ln Γ(x) for x > 0: Stirling's series for x ≥ 15; smaller x are shifted up by Γ(x + 1) = x Γ(x). */
function logGamma(x: number): number {
  let shift = 0;
  for (; x < 15; x++) shift += Math.log(x);
  const [inverse, square] = [1 / x, 1 / (x * x)];
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** The median; for an even number of values, the mean of the middle two. NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
