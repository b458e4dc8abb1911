// How statistics fare where their null holds: their deviation from 0 in standard deviations, what their intervals cover, and
// how often something is marked. By `npm run bench calibration` at full size and by the tests at a small one.

import { flipsOf, lineAt, linePruning } from "../../src/mask/changed.ts";
import { comparePairs } from "../../src/mask/compare.ts";
import { describeMask } from "../../src/mask/describe.ts";
import type { Mask, MaskMatrix } from "../../src/mask/file.ts";
import { describeLines } from "../../src/mask/lines.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import { placeAmong } from "../../src/mask/reference.ts";
import { discoveries } from "../../src/mask/significance.ts";
import { independentMask, LineShuffle } from "./null.ts";

/** Values of one statistic whose null holds. */
export interface Calibration {
  readonly statistic: string;
  readonly count: number;
  /** √ of the mean z²: 1 where z is what it says. */
  readonly deviation: number;
  /** Share of the 95 % intervals that hold the null's value; null where there are none. */
  readonly covered: number | null;
}

/** Gathers z and intervals by statistic. */
class Gathered {
  readonly #values = new Map<string, { squares: number; count: number; covered: number; intervals: number }>();

  add(statistic: string, z: number | null, interval: Estimate | null, isNull = 1): void {
    const one = this.#values.get(statistic) ?? { squares: 0, count: 0, covered: 0, intervals: 0 };
    if (z !== null) {
      one.squares += z * z;
      one.count++;
    }
    if (interval) {
      one.covered += Number(interval.low <= isNull && isNull <= interval.high);
      one.intervals++;
    }
    this.#values.set(statistic, one);
  }

  get calibrations(): Calibration[] {
    return [...this.#values].map(([statistic, { squares, count, covered, intervals }]) => ({
      ...{ statistic, count: Math.max(count, intervals), deviation: Math.sqrt(squares / count) },
      covered: intervals ? covered / intervals : null,
    }));
  }
}

/**
 * Null: drops are independent given the initial scores. So many masks, each after one of `sources` in turn and from a mask seed
 * of its own, and all pairs of the first `paired` of them. Counts also matrices in which a row or column is marked.
 */
export function underIndependence(
  sources: readonly Mask[],
  masks: number,
  paired = masks,
  wanted?: (matrix: MaskMatrix) => boolean,
): { calibrations: Calibration[]; matrices: number; linesMarked: number } {
  const make = (i: number) => independentMask(sources[i % sources.length]!, 1_000_000 + i, wanted);
  const gathered = new Gathered();
  let [matrices, linesMarked] = [0, 0];
  for (let i = 0; i < masks; i++) {
    const mask = make(i);
    const { matrices: each, layers, kinds, heads } = describeMask(mask);
    for (const { z, effect } of each) gathered.add("matrices: z, effect", z, effect);
    for (const { z, effect } of layers) gathered.add("blocks: z, effect", z, effect);
    for (const { z, effect } of kinds) gathered.add("kinds: z, effect", z, effect);
    for (const { kind, z, effect } of heads)
      gathered.add(kind === "all" ? "heads: z, effect" : "heads in one kind of matrix: z, effect", z, effect);
    for (const matrix of mask.matrices) {
      const flips = flipsOf(mask, matrix)!;
      const lines = linePruning(matrix.bits, flips);
      for (const side of ["rows", "columns"] as const)
        for (let line = 0; line < lines[side].observed.length; line++) {
          const { z, effect } = lineAt(lines[side], line);
          gathered.add(`${side}: z, effect`, z, effect);
        }
      const { rows, columns } = describeLines(matrix.bits, flips);
      matrices += 2;
      linesMarked += Number(rows.marked! > 0) + Number(columns.marked! > 0);
    }
  }
  for (const pair of comparePairs(Array.from({ length: paired }, (_, i) => make(i))).pairs) {
    gathered.add("pairs: z, lift", pair.z, pair.lift);
    for (const { z, lift } of pair.layers) gathered.add("blocks of pairs: z, lift", z, lift);
    for (const { z, lift } of pair.kinds) gathered.add("kinds of pairs: z, lift", z, lift);
    for (const { z, lift } of pair.matrices) gathered.add("matrices of pairs: z, lift", z, lift);
    for (const { z, lift } of pair.heads) gathered.add("heads of pairs: z, lift", z, lift);
    gathered.add("correlation of the heads' z", null, pair.headCorrelation, 0);
  }
  return { calibrations: gathered.calibrations, matrices, linesMarked };
}

/** Null: a line of a matrix belongs to no head. */
export interface Shuffled {
  /** Shares of shuffles in which a head is marked: by z, and by what z would be if drops did not cluster. */
  readonly marked: number;
  readonly markedWithoutClusters: number;
  /** √ of the heads' mean z². */
  readonly deviation: number;
}

export function underShuffles(mask: Mask, shuffles: number): Shuffled {
  const lines = new LineShuffle(mask);
  let [marked, plainly, squares, count] = [0, 0, 0, 0];
  for (let seed = 1; seed <= shuffles; seed++) {
    const heads = lines.heads(seed).filter(({ kind, z }) => kind === "all" && z !== null);
    marked += Number(discoveries(heads.map(({ z }) => z)).some(Boolean));
    plainly += Number(discoveries(heads.map(({ z, phi }) => z! * Math.sqrt(phi ?? 1))).some(Boolean));
    for (const { z } of heads) squares += z! ** 2;
    count += heads.length;
  }
  return {
    ...{ marked: marked / shuffles, markedWithoutClusters: plainly / shuffles },
    deviation: Math.sqrt(squares / count),
  };
}

/** How many lifts lie beyond the 95 % range of the others. */
export function beyondOthers(lifts: readonly number[]): number {
  return lifts.filter((lift, i) => {
    const { low, high } = placeAmong(
      lift,
      lifts.filter((_, other) => other !== i),
    )!;
    return lift < low || lift > high;
  }).length;
}
