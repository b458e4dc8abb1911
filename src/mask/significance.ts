// How far from chance: probabilities of z values, several seeds combined, many regions looked at, profiles correlated.

/**
 * The probability that a standard normal number lies at least as far from 0 as z, on either side: erfc(|z| / √2).
 * Relative error below 1e-12 up to |z| = 37, where float64 ends.
 */
export function twoSided(z: number): number {
  return erfc(Math.abs(z) / Math.SQRT2);
}

/** Stouffer's combination of independent z values (several seeds of one task): Σz / √k. null without any. */
export function stouffer(z: readonly number[]): number | null {
  return z.length ? z.reduce((total, value) => total + value, 0) / Math.sqrt(z.length) : null;
}

/**
 * Benjamini and Hochberg's adjusted probabilities, in the order given: the regions whose adjusted p is at most q hold a
 * share of at most q false discoveries on average.
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

/** The share of false discoveries among regions that are marked. */
export const FALSE_DISCOVERIES = 0.05;

/** |z| from which a single number is called clear: two-sided p of 0.003. */
export const CLEAR = 3;

/** Which of the regions with these z values stand out, all being looked at together. */
export function discoveries(z: readonly number[]): boolean[] {
  return benjaminiHochberg(z.map(twoSided)).map((p) => p <= FALSE_DISCOVERIES);
}

/** Pearson's correlation of two profiles of equal length; null below three points or where one does not vary. */
export function pearson(x: readonly number[], y: readonly number[]): number | null {
  if (x.length !== y.length) throw new RangeError(`profiles of ${x.length} and ${y.length} points`);
  if (x.length < 3) return null;
  const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;
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

/** The complementary error function for x ≥ 0: its Taylor series near 0, its continued fraction beyond. */
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
