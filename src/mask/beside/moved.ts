// Whether training prunes the weights that finetuning moves: the overlap of the weights that a mask pruned with as many weights
// that moved most in a finetuned copy. Formulas: method.md, "A mask beside a finetuned model".

import { type Flips, pruneRates } from "../changed.ts";
import type { Estimate } from "../metadata.ts";
import { ratio } from "../significance.ts";
import { sum } from "../statistics.ts";
import { OFF } from "../strata.ts";

/** In one matrix, or in several together. */
export interface Moved {
  /** How many weights started on, and how many of them training pruned; as many count as moved most. */
  readonly weights: number;
  readonly pruned: number;
  /** How many were pruned and moved most, and how many would be by chance, given the initial scores. */
  readonly observed: number;
  readonly expected: number;
  /** The variance of `observed`, hypergeometric in each stratum. */
  readonly variance: number;
}

/**
 * In one matrix. `distances` [rows, columns]: by how much each weight moved, |W′ − W|. Only weights that started on count; of those
 * that moved equally far, the first count as moved most. With n weights in a stratum, of which p were pruned and m moved most, the
 * expectation is Σ p m / n, and the variance Σ p m (n − p) (n − m) / (n² (n − 1)).
 */
export function movedOf(flips: Flips, distances: Float32Array): Moved {
  const { cells, pruned } = flips;
  const started = cells.reduce((count, cell) => count + Number(cell < OFF), 0);
  const { width, all } = pruneRates([flips]);
  const [prunedIn, movedIn] = [new Float64Array(OFF / width), new Float64Array(OFF / width)];
  for (const place of pruned) prunedIn[Math.floor(cells[place]! / width)]!++;
  const most = farthest(cells, distances, pruned.length);
  for (const place of most) movedIn[Math.floor(cells[place]! / width)]!++;
  const isPruned = new Set(pruned);
  let [expected, variance] = [0, 0];
  for (let stratum = 0; stratum < prunedIn.length; stratum++) {
    const n = sum([...all.subarray(stratum * width, (stratum + 1) * width)], (count) => count);
    const [p, m] = [prunedIn[stratum]!, movedIn[stratum]!];
    if (!n) continue;
    expected += (p * m) / n;
    if (n > 1) variance += (p * m * (n - p) * (n - m)) / (n * n * (n - 1));
  }
  const observed = most.reduce((count, place) => count + Number(isPruned.has(place)), 0);
  return { weights: started, pruned: pruned.length, observed, expected, variance };
}

/** The places of the `count` weights that started on and moved most. */
function farthest(cells: Uint16Array, distances: Float32Array, count: number): number[] {
  if (!count) return [];
  const sorted = distances.filter((_, i) => cells[i]! < OFF).sort();
  const limit = sorted[sorted.length - count]!;
  let ties = count - (sorted.length - sorted.findLastIndex((distance) => distance <= limit) - 1);
  const found: number[] = [];
  for (const [place, distance] of distances.entries()) {
    if (cells[place]! >= OFF || distance < limit) continue;
    if (distance > limit || ties-- > 0) found.push(place);
  }
  return found;
}

/** Several matrices together. */
export function movedTogether(parts: readonly Moved[]): Moved {
  const total = (of: keyof Moved) => sum(parts, (part) => part[of]);
  const [weights, pruned, observed] = [total("weights"), total("pruned"), total("observed")];
  return { weights, pruned, observed, expected: total("expected"), variance: total("variance") };
}

/** Observed over expected with its 95 % interval; null if nothing is expected. */
export const liftOf = ({ observed, expected, variance }: Moved): Estimate | null => ratio(observed, expected, variance);
