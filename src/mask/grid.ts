// A mask as a picture of any size: exact means over the box of weights that each pixel covers, from a summed-area table.

import type { BitMatrix } from "./bits.ts";

/** Entry [r, c] counts the kept weights above row r and left of column c; shape [rows + 1, columns + 1]. */
export interface SummedAreas {
  readonly rows: number;
  readonly columns: number;
  readonly sums: Uint32Array;
}

/** A rectangle of a matrix in rows and columns, ends excluded; fractions cut weights. */
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
    let inRow = 0;
    for (let column = 0; column < columns; column++) {
      inRow += (bytes[row * stride + (column >> 3)]! >> (column & 7)) & 1;
      sums[(row + 1) * width + column + 1] = sums[row * width + column + 1]! + inRow;
    }
  }
  return { rows, columns, sums };
}

/** The kept weights inside a window, cut weights by the share inside. */
export function countInside(areas: SummedAreas, { top, left, bottom, right }: Window): number {
  const at = places(Float64Array.of(left, right), areas.columns);
  const [above, below] = [new Float64Array(areas.columns + 1), new Float64Array(areas.columns + 1)];
  lineSums(areas, top, at, above);
  lineSums(areas, bottom, at, below);
  return across(below, at, 1) - across(below, at, 0) - across(above, at, 1) + across(above, at, 0);
}

/**
 * The keep rate in each box of a window that is cut into height × width equal boxes, [height, width]: the mean over the part
 * of the box that lies in the matrix, NaN where none does.
 */
export function boxMeans(areas: SummedAreas, window: Window, height: number, width: number): Float32Array {
  const tops = cuts(window.top, window.bottom, height, areas.rows);
  const lefts = cuts(window.left, window.right, width, areas.columns);
  const at = places(lefts, areas.columns);
  const { before, share } = at;
  const perWidth = lefts.subarray(0, width).map((left, x) => 1 / (lefts[x + 1]! - left));
  const means = new Float32Array(height * width);
  let above = new Float64Array(areas.columns + 2);
  let below = new Float64Array(areas.columns + 2);
  const between = new Float64Array(areas.columns + 2);
  const [first, last] = [before[0]!, Math.min(areas.columns, before[width]! + 1)];
  lineSums(areas, tops[0]!, at, above);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [tops[y]!, tops[y + 1]!];
    // Lines of pixels inside one row of weights are alike.
    if (y && bottom > top && top > tops[y - 1]! && Math.floor(tops[y - 1]!) === Math.ceil(bottom) - 1) {
      means.copyWithin(y * width, (y - 1) * width, y * width);
      lineSums(areas, bottom, at, above);
      continue;
    }
    lineSums(areas, bottom, at, below);
    for (let column = first; column <= last; column++) between[column] = below[column]! - above[column]!;
    const perHeight = 1 / (bottom - top);
    let left = across(between, at, 0);
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const column = before[x + 1]!;
      const start = between[column]!;
      const right = start + share[x + 1]! * (between[column + 1]! - start);
      means[i] = (right - left) * perHeight * perWidth[x]!;
      left = right;
    }
    [above, below] = [below, above];
  }
  return means;
}

/** The ends of `parts` equal parts, inside the matrix. */
function cuts(from: number, to: number, parts: number, most: number): Float64Array {
  const ends = new Float64Array(parts + 1);
  for (let i = 0; i <= parts; i++) ends[i] = Math.min(most, Math.max(0, from + ((to - from) * i) / parts));
  return ends;
}

/** Columns with fractions, rising, as the whole one before and the share of the way to the next. */
interface Places {
  readonly before: Int32Array;
  readonly share: Float64Array;
}

function places(at: Float64Array, columns: number): Places {
  const before = Int32Array.from(at, (column) => Math.min(Math.floor(column), columns));
  return { before, share: at.map((column, i) => column - before[i]!) };
}

/** A line at a column with a fraction: linear between its entries, which is exact for whole weights cut. */
function across(line: Float64Array, { before, share }: Places, i: number): number {
  const start = line[before[i]!]!;
  return share[i]! ? start + share[i]! * (line[before[i]! + 1]! - start) : start;
}

/** Writes the table at a row with a fraction, for the columns from the first place to the last: linear as `across`. */
function lineSums({ rows, columns, sums }: SummedAreas, row: number, { before }: Places, out: Float64Array): void {
  const whole = Math.min(Math.floor(row), rows);
  const down = row - whole;
  const last = Math.min(columns, before.at(-1)! + 1);
  const upper = whole * (columns + 1);
  const lower = Math.min(whole + 1, rows) * (columns + 1);
  for (let column = before[0]!; column <= last; column++) {
    const value = sums[upper + column]!;
    out[column] = value + down * (sums[lower + column]! - value);
  }
}
