// Whether training prunes the weights that finetuning moves: the overlap of the weights that a mask pruned with as many weights
// that moved most in a finetuned copy. Formulas: method.md, "A mask beside a finetuned model".

import type { Flips } from "../changed.ts";
import type { Estimate } from "../metadata.ts";
import { ratio } from "../significance.ts";
import { sum } from "../statistics.ts";
import { FEWEST, OFF, STRATA } from "../strata.ts";

/** In one matrix, or in several together. */
export interface Moved {
  /** How many weights started on, and how many of them training pruned; as many count as moved most. */
  readonly weights: number;
  readonly pruned: number;
  /** How many were pruned and moved most, and how many would be by chance, given the initial scores and |W|. */
  readonly observed: number;
  readonly expected: number;
  /** The variance of `observed`, hypergeometric in each stratum. */
  readonly variance: number;
}

/** The most ranges of initial scores, and of |W|; fewer if strata would have fewer than `FEWEST` weights on average. */
const MOST_RANGES = 20;

/**
 * In one matrix, with its weights before and after finetuning, each [rows, columns]. Only weights that started on count; of those that
 * moved equally far, |W′ − W|, the first count as moved most. With n weights in a stratum of initial scores and |W|, of which p were
 * pruned and m moved most, the expectation is Σ p m / n, and the variance Σ p m (n − p) (n − m) / (n² (n − 1)).
 */
export function movedOf({ cells, pruned }: Flips, before: Float32Array, after: Float32Array): Moved {
  const started = cells.reduce((count, cell) => count + Number(cell < OFF), 0);
  const ranges = Math.min(MOST_RANGES, Math.max(1, Math.floor(Math.sqrt(started / FEWEST))));
  const bounds = quantiles(before, cells, ranges);
  const stratumOf = (place: number): number =>
    Math.floor((cells[place]! * ranges) / STRATA) * ranges + rangeOf(bounds, Math.abs(before[place]!));
  const distances = before.map((value, i) => Math.abs(after[i]! - value));
  const most = farthest(cells, distances, pruned.length);
  const counts = () => new Float64Array(ranges * ranges);
  const [all, prunedIn, movedIn] = [counts(), counts(), counts()];
  for (let place = 0; place < cells.length; place++) {
    if (cells[place]! >= OFF) continue;
    const stratum = stratumOf(place);
    all[stratum]!++;
    movedIn[stratum]! += most[place]!;
  }
  let observed = 0;
  for (const place of pruned) {
    prunedIn[stratumOf(place)]!++;
    observed += most[place]!;
  }
  let [expected, variance] = [0, 0];
  for (const [stratum, n] of all.entries()) {
    const [p, m] = [prunedIn[stratum]!, movedIn[stratum]!];
    if (n) expected += (p * m) / n;
    if (n > 1) variance += (p * m * (n - p) * (n - m)) / (n * n * (n - 1));
  }
  return { weights: started, pruned: pruned.length, observed, expected, variance };
}

/** The bounds between ranges of |W| with about equally many of the weights that started on; `ranges` − 1 of them. */
function quantiles(weights: Float32Array, cells: Uint16Array, ranges: number): Float32Array {
  const sorted = weights
    .filter((_, i) => cells[i]! < OFF)
    .map(Math.abs)
    .sort();
  return Float32Array.from({ length: ranges - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / ranges)]!);
}

/** How many bounds are at most `value`. */
function rangeOf(bounds: Float32Array, value: number): number {
  let range = 0;
  while (range < bounds.length && bounds[range]! <= value) range++;
  return range;
}

/** 1 for each of the `count` weights that started on and moved most, 0 for the others. */
function farthest(cells: Uint16Array, distances: Float32Array, count: number): Uint8Array {
  const found = new Uint8Array(cells.length);
  if (!count) return found;
  const sorted = distances.filter((_, i) => cells[i]! < OFF).sort();
  const limit = sorted[sorted.length - count]!;
  let ties = count - (sorted.length - 1 - sorted.findLastIndex((distance) => distance <= limit));
  for (let place = 0; place < cells.length; place++) {
    const distance = distances[place]!;
    if (cells[place]! >= OFF || distance < limit) continue;
    if (distance > limit || ties-- > 0) found[place] = 1;
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
