// Weights pruned by both of two masks, given the initial scores: counts, expectations and variances.

import { type BitMatrix, bitAt } from "./bits.ts";
import { eachRun, type Flips, type Rates } from "./changed.ts";
import { type Bands, bandOf, sum } from "./statistics.ts";
import { OFF } from "./strata.ts";

/** Over the weights that are on in both initial masks; overlaps of disjoint regions add up. */
export interface Overlap {
  /** Σ ab and Σ pq, and the variance of the former, given how many weights each mask pruned in each stratum. */
  readonly observed: number;
  readonly expected: number;
  readonly variance: number;
  /** Σ (a − p)(b − q), and its variance Σ p(1 − p) q(1 − q). */
  readonly covariance: number;
  readonly square: number;
}

const OVERLAP = ["observed", "expected", "variance", "covariance", "square"] as const;

export function overlapTogether(parts: readonly Overlap[]): Overlap {
  return Object.fromEntries(OVERLAP.map((key) => [key, sum(parts, (part) => part[key])])) as Record<
    keyof Overlap,
    number
  >;
}

/** A mask's matrix with everything needed to compute overlaps. */
export interface Drawn {
  readonly flips: Flips;
  readonly rates: Rates;
  /** p(1 − p) by cell. */
  readonly variances: Float64Array;
}

/**
 * The overlap in a matrix, and in each of its bands. The count Σ ab varies like Σ (a − p)(b − q), Σ p (b − q) and Σ q
 * (a − p) together. b prunes a fixed number in each of its strata, so with P = Σ p over the N weights of a stratum, the
 * second term has the variance Σ q(1 − q) (Σ p² − P² / N) over the strata, and the third likewise. In bands, P² / N is
 * small and is left out.
 */
export function overlapsOf(
  aBits: BitMatrix,
  a: Drawn,
  bBits: BitMatrix,
  b: Drawn,
  heads: Bands | undefined,
): { readonly whole: Overlap; readonly bands: readonly Overlap[] } {
  const [aRates, bRates] = [a.rates.of, b.rates.of];
  const [aVariances, bVariances] = [a.variances, b.variances];
  const [aCells, bCells] = [a.flips.cells, b.flips.cells];
  const { rows, columns } = aBits;
  const bands = heads ?? { count: 1, rows, columns };
  const [expected, squares, variances, observed, crossed] = Array.from(
    { length: 5 },
    () => new Float64Array(bands.count),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  // For each cell of one mask with a rate above 0, the sum of the other mask's rates: P above.
  const [inA, inB] = [new Float64Array(aRates.length), new Float64Array(bRates.length)];
  eachRun(aBits, bands, (from, to, band) => {
    let sum = 0;
    let sumOfSquares = 0;
    let sumOfVariances = 0;
    for (let i = from; i < to; i++) {
      const x = aCells[i]!;
      const p = aRates[x]!;
      if (p === 0) continue; // most weights start far from the threshold, in cells where nothing was pruned
      const y = bCells[i]!;
      const q = bRates[y]!;
      if (q === 0) continue;
      const both = p * q;
      sum += both;
      sumOfSquares += both * both;
      sumOfVariances += aVariances[x]! * bVariances[y]!;
      inA[x]! += q;
      inB[y]! += p;
    }
    expected[band]! += sum;
    squares[band]! += sumOfSquares;
    variances[band]! += sumOfVariances;
  });
  for (const place of a.flips.pruned) {
    const cell = bCells[place]!;
    if (cell >= OFF) continue;
    const [row, column] = [Math.floor(place / columns), place % columns];
    const band = bandOf(bands, row, column);
    crossed[band]! += bRates[cell]!;
    if (!bitAt(bBits, row, column)) observed[band]!++;
  }
  for (const place of b.flips.pruned)
    if (aCells[place]! < OFF)
      crossed[bandOf(bands, Math.floor(place / columns), place % columns)]! += aRates[aCells[place]!]!;
  const parts = Array.from(observed, (count, band): Overlap => {
    const mean = expected[band]!;
    return {
      ...{ observed: count, expected: mean, variance: mean - squares[band]! },
      ...{ covariance: count - crossed[band]! + mean, square: variances[band]! },
    };
  });
  const whole = overlapTogether(parts);
  const fixed = fixedVariance(a, inA) + fixedVariance(b, inB);
  return { whole: { ...whole, variance: Math.max(0, whole.variance - fixed) }, bands: parts };
}

/** Σ q(1 − q) P² / N over a mask's strata: how much the fixed numbers of pruned weights reduce the variance. */
function fixedVariance({ rates, variances }: Drawn, sums: Float64Array): number {
  let total = 0;
  for (let from = 0; from < OFF; from += rates.width) {
    let [weights, whole] = [0, 0];
    for (let cell = from; cell < from + rates.width; cell++) {
      weights += rates.all[cell]!;
      whole += sums[cell]!;
    }
    if (weights) total += (variances[from]! * whole * whole) / weights;
  }
  return total;
}
