// Rows and columns of a matrix: which are entirely off, and which lost more or fewer weights than their initial scores
// predict; also the mean magnitude of the weights that are kept, pruned or off.

import { type BitMatrix, bitAt, countColumns, countRows } from "./bits.ts";
import { type Deviation, type Flips, type LinePruning, lineAt, linePruning } from "./changed.ts";
import type { Estimate } from "./metadata.ts";
import { significant, tailOf } from "./significance.ts";
import { sparsityOf, sum } from "./statistics.ts";
import { OFF } from "./strata.ts";

/**
 * A row or column: the number of its weights that were pruned, compared with the number expected from the matrix's own
 * pruning rates. The counts are small and their distribution is skewed, so marks are based on the tail probability
 * (`tailOf`), not on z. The null hypothesis is that weights are pruned independently given their initial scores, so a
 * mark means that the line's weights tend to be pruned together. Columns that lose more weights do not cause marked
 * rows: they add equally to the counts of all rows.
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

/** Either the rows or the columns of a matrix. */
export interface LinesDescription {
  readonly count: number;
  /** The number of lines that are entirely off, and the number expected if the zeros were placed at random. */
  readonly dead: number;
  readonly expectedDead: number;
  /**
   * The number of lines that are significant after Benjamini–Hochberg correction at a false discovery rate of 5 %; null
   * if the initial mask is unknown.
   */
  readonly marked: number | null;
  /** The lines whose counts deviate most from their expectations. */
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

/** Tests all rows or all columns of a matrix as one family, in order. */
export function testLines(drops: LinePruning): (Deviation & Pick<LineDescription, "marked">)[] {
  const lines = Array.from(drops.observed, (_, line) => lineAt(drops, line));
  const marks = significant(lines.map(({ observed, expected, variance }) => tailOf(observed, expected, variance)));
  return lines.map((line, i) => ({ ...line, marked: marks[i]! }));
}

/**
 * The mean magnitude |W| of a matrix's weights; null for an empty group, and for pruned weights if the initial mask is
 * unknown.
 */
export interface Magnitudes {
  readonly kept: number | null;
  readonly off: number | null;
  /** Weights that were on in the initial mask and are off now. */
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

/** The number of lines that are entirely off, over all matrices of a mask. */
export function deadLines(parts: readonly LinesDescription[]): { dead: number; expected: number } {
  return { dead: sum(parts, ({ dead }) => dead), expected: sum(parts, ({ expectedDead }) => expectedDead) };
}
