// How much the values of several runs vary.

/** The mean of n values and their standard deviation. */
export interface Spread {
  readonly n: number;
  readonly mean: number;
  /** The sample standard deviation (divided by n − 1); null if n is 1. */
  readonly deviation: number | null;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** null if there are no values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const n = values.length;
  if (!n) return null;
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return { n, mean: middle, deviation: n > 1 ? Math.sqrt(squares / (n - 1)) : null };
}
