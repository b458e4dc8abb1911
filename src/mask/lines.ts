// Rows and columns of a matrix: which keep nothing, and which lost more or less than their initial scores let expect; and
// how large the weights are that a mask keeps and those that it does not.

import { type BitMatrix, bitAt, countColumns, countRows } from "./bits.ts";
import { type Deviation, type Flips, type LinePruning, lineAt, linePruning } from "./changed.ts";
import type { Estimate } from "./metadata.ts";
import { significant, tailOf } from "./significance.ts";
import { sparsityOf, sum } from "./statistics.ts";
import { OFF } from "./strata.ts";

/**
 * A row or column against expectation, given the matrix's own pruning rates. A line's count is small and its distribution skewed,
 * so marks follow from its tail (`tailOf`), not from z. The null is that drops are independent given the initial scores: that
 * a line's drops go together is what a mark says of it, and columns that drop more add the same to every row.
 */
export interface LineDescription {
  readonly line: number;
  readonly kept: number;
  readonly pruned: number;
  readonly expected: number;
  readonly effect: Estimate;
  readonly z: number;
  readonly marked: boolean;
}

/** The rows, or the columns, of a matrix. */
export interface LinesDescription {
  readonly count: number;
  /** Lines that keep nothing, and how many there would be were the zeros spread at random. */
  readonly dead: number;
  readonly expectedDead: number;
  /** Lines significant by Benjamini and Hochberg at 5 % false discoveries; null where the initial mask is not known. */
  readonly marked: number | null;
  /** The lines furthest from expectation. */
  readonly furthest: readonly LineDescription[];
}

const FURTHEST = 3;

export function describeLines(bits: BitMatrix, flips?: Flips): { rows: LinesDescription; columns: LinesDescription } {
  const drops = flips && linePruning(bits, flips);
  const zeros = sparsityOf([bits]);
  return {
    rows: describe(countRows(bits), bits.columns, zeros, drops?.rows),
    columns: describe(countColumns(bits), bits.rows, zeros, drops?.columns),
  };
}

function describe(kept: Uint32Array, length: number, zeros: number, drops?: LinePruning): LinesDescription {
  const tested = drops ? testLines(drops) : [];
  const lines = tested.flatMap(({ observed, expected, effect, z, marked }, line): LineDescription[] =>
    z === null || !effect ? [] : [{ line, kept: kept[line]!, pruned: observed, expected, effect, z, marked }],
  );
  return {
    count: kept.length,
    dead: kept.filter((count) => count === 0).length,
    expectedDead: kept.length * zeros ** length,
    marked: drops ? tested.filter(({ marked }) => marked).length : null,
    furthest: lines.sort((a, b) => Math.abs(b.z) - Math.abs(a.z)).slice(0, FURTHEST),
  };
}

/** Every row, or every column, of a matrix in order, tested together. */
export function testLines(drops: LinePruning): (Deviation & Pick<LineDescription, "marked">)[] {
  const lines = Array.from(drops.observed, (_, line) => lineAt(drops, line));
  const marks = significant(lines.map(({ observed, expected, variance }) => tailOf(observed, expected, variance)));
  return lines.map((line, i) => ({ ...line, marked: marks[i]! }));
}

/** Mean size |W| of a matrix's weights; null of a group without any, and of pruned ones where the start is not known. */
export interface Magnitudes {
  readonly kept: number | null;
  readonly off: number | null;
  /** Kept at the start and pruned by training. */
  readonly pruned: number | null;
}

export function magnitudesOf(bits: BitMatrix, weights: Float32Array, flips?: Flips): Magnitudes {
  const groups = { kept: { total: 0, count: 0 }, off: { total: 0, count: 0 }, pruned: { total: 0, count: 0 } };
  const add = (group: { total: number; count: number }, size: number) => {
    group.total += size;
    group.count++;
  };
  for (let row = 0, i = 0; row < bits.rows; row++)
    for (let column = 0; column < bits.columns; column++, i++) {
      const size = Math.abs(weights[i]!);
      if (bitAt(bits, row, column)) add(groups.kept, size);
      else {
        add(groups.off, size);
        if (flips && flips.cells[i]! < OFF) add(groups.pruned, size);
      }
    }
  const mean = ({ total, count }: { total: number; count: number }) => (count ? total / count : null);
  return { kept: mean(groups.kept), off: mean(groups.off), pruned: mean(groups.pruned) };
}

/** Lines that keep nothing over all of a mask's matrices. */
export function deadLines(parts: readonly LinesDescription[]): { dead: number; expected: number } {
  return { dead: sum(parts, ({ dead }) => dead), expected: sum(parts, ({ expectedDead }) => expectedDead) };
}
