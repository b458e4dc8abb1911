// A mask as a picture of any size: each pixel is the exact mean of the weights it covers, computed from a summed-area
// table.

import type { BitMatrix } from "./bits.ts";

/**
 * Entry [r, c] of `sums` is the number of kept weights above row r and to the left of column c. Shape [rows + 1,
 * columns + 1].
 */
export interface SummedAreas {
  readonly rows: number;
  readonly columns: number;
  readonly sums: Uint32Array;
}

/**
 * A rectangle within a matrix, measured in rows and columns. `bottom` and `right` are exclusive; with fractional edges,
 * it covers parts of weights.
 */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export function summedAreas({ rows, columns, stride, bytes }: BitMatrix): SummedAreas {
  const width = columns + 1;
  const sums = new Uint32Array((rows + 1) * width);
  for (let row = 0; row < rows; row++) {
    const end = (row + 2) * width;
    let inRow = 0;
    for (let byte = row * stride, at = end - columns; at < end; byte++)
      for (let rest = bytes[byte]!, bit = 0; bit < 8 && at < end; bit++, at++, rest >>= 1) {
        inRow += rest & 1;
        sums[at] = sums[at - width]! + inRow;
      }
  }
  return { rows, columns, sums };
}

/**
 * Divides a window into height × width equal boxes and computes their densities, one line of boxes at a time, from the
 * top. The density of a box is the mean over the part of the box inside the matrix, or NaN if all of the box is
 * outside.
 */
export class BoxLines {
  /** The densities in the line that `next` computed last, [width]; the array is reused for each line. */
  readonly means: Float32Array;
  readonly #areas: SummedAreas;
  readonly #tops: Float64Array;
  readonly #columns: Places;
  /** For each box, 1 / its width in columns. */
  readonly #perWidth: Float64Array;
  /**
   * The table's values along the lower edge of the current boxes, and how much they exceed the values along the upper
   * edge.
   */
  readonly #line: Float64Array;
  readonly #between: Float64Array;
  #y = 0;

  constructor(areas: SummedAreas, { top, left, bottom, right }: Window, height: number, width: number) {
    const lefts = cuts(left, right, width, areas.columns);
    this.means = new Float32Array(width);
    this.#areas = areas;
    this.#tops = cuts(top, bottom, height, areas.rows);
    this.#columns = places(lefts, areas.columns);
    this.#perWidth = lefts.subarray(0, width).map((start, x) => 1 / (lefts[x + 1]! - start));
    this.#line = new Float64Array(areas.columns + 2);
    this.#between = new Float64Array(areas.columns + 2);
    moveLine(areas, this.#tops[0]!, this.#columns, this.#line, this.#between);
  }

  /**
   * Computes the next line. Returns false if it equals the previous line, because both are inside the same row of
   * weights.
   */
  next(): boolean {
    const y = this.#y++;
    const [before, top, bottom] = [this.#tops[y - 1], this.#tops[y]!, this.#tops[y + 1]!];
    moveLine(this.#areas, bottom, this.#columns, this.#line, this.#between);
    const isSame = before !== undefined && bottom > top && top > before && Math.floor(before) === Math.ceil(bottom) - 1;
    if (!isSame) boxesOf(this.#between, 1 / (bottom - top), this.#columns, this.#perWidth, this.means);
    return !isSame;
  }
}

/**
 * Writes the densities of a line of boxes: the differences between the table's values at the boxes' edges, divided by
 * the area of a box.
 */
function boxesOf(
  between: Float64Array,
  perHeight: number,
  { before, share }: Places,
  perWidth: Float64Array,
  means: Float32Array,
): void {
  // Linear interpolation between the table's entries, which is exact for partly covered weights.
  const at = (x: number) => {
    const start = between[before[x]!]!;
    return start + share[x]! * (between[before[x]! + 1]! - start);
  };
  let left = at(0);
  for (let x = 0; x < means.length; x++) {
    const right = at(x + 1);
    means[x] = (right - left) * perHeight * perWidth[x]!;
    left = right;
  }
}

/** The edges of `parts` equal intervals, clamped to the matrix. */
function cuts(from: number, to: number, parts: number, most: number): Float64Array {
  const ends = new Float64Array(parts + 1);
  for (let i = 0; i <= parts; i++) ends[i] = Math.min(most, Math.max(0, from + ((to - from) * i) / parts));
  return ends;
}

/** Fractional columns in ascending order, each split into a whole column and a fraction. */
interface Places {
  readonly before: Int32Array;
  readonly share: Float64Array;
}

function places(at: Float64Array, columns: number): Places {
  const before = Int32Array.from(at, (column) => Math.min(Math.floor(column), columns));
  return { before, share: at.map((column, i) => column - before[i]!) };
}

/**
 * Updates `line` to the table's values at a fractional row, for the columns between the first and the last place, and
 * writes the changes to `moved`.
 */
function moveLine(
  { rows, columns, sums }: SummedAreas,
  row: number,
  { before }: Places,
  line: Float64Array,
  moved: Float64Array,
): void {
  const whole = Math.min(Math.floor(row), rows);
  const down = row - whole;
  const last = Math.min(columns, before.at(-1)! + 1);
  const upper = whole * (columns + 1);
  const lower = Math.min(whole + 1, rows) * (columns + 1);
  for (let column = before[0]!; column <= last; column++) {
    const start = sums[upper + column]!;
    const value = start + down * (sums[lower + column]! - start);
    moved[column] = value - line[column]!;
    line[column] = value;
  }
}
