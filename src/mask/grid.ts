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
  const [above, below] = [new Float64Array(2), new Float64Array(2)];
  lineSums(areas, top, at, above);
  lineSums(areas, bottom, at, below);
  return below[1]! - below[0]! - above[1]! + above[0]!;
}

/**
 * The keep rate in each box of a window that is cut into height × width equal boxes, [height, width]: the mean over the part
 * of the box that lies in the matrix, NaN where none does.
 */
export function boxMeans(areas: SummedAreas, window: Window, height: number, width: number): Float32Array {
  const tops = cuts(window.top, window.bottom, height, areas.rows);
  const lefts = cuts(window.left, window.right, width, areas.columns);
  const at = places(lefts, areas.columns);
  const means = new Float32Array(height * width);
  let above = new Float64Array(width + 1);
  let below = new Float64Array(width + 1);
  lineSums(areas, tops[0]!, at, above);
  for (let y = 0; y < height; y++) {
    lineSums(areas, tops[y + 1]!, at, below);
    const extent = tops[y + 1]! - tops[y]!;
    let last = below[0]! - above[0]!;
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const next = below[x + 1]! - above[x + 1]!;
      means[i] = (next - last) / (extent * (lefts[x + 1]! - lefts[x]!));
      last = next;
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

/** Columns as the whole one before, the one after, and the share of the way between. */
interface Places {
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly share: Float64Array;
}

function places(at: Float64Array, columns: number): Places {
  const before = Int32Array.from(at, (column) => Math.min(Math.floor(column), columns));
  return {
    before,
    after: before.map((column) => Math.min(column + 1, columns)),
    share: at.map((column, i) => column - before[i]!),
  };
}

/** The table at a row and several columns, all with fractions: linear between its entries, which is exact for whole weights cut. */
function lineSums(
  { rows, columns, sums }: SummedAreas,
  row: number,
  { before, after, share }: Places,
  out: Float64Array,
): void {
  const first = Math.min(Math.floor(row), rows);
  const down = row - first;
  const upper = first * (columns + 1);
  const lower = Math.min(first + 1, rows) * (columns + 1);
  for (let i = 0; i < before.length; i++) {
    const [left, right] = [before[i]!, after[i]!];
    const atLeft = sums[upper + left]! + down * (sums[lower + left]! - sums[upper + left]!);
    const atRight = sums[upper + right]! + down * (sums[lower + right]! - sums[upper + right]!);
    out[i] = atLeft + share[i]! * (atRight - atLeft);
  }
}
