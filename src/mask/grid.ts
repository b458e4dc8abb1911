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
  const [above, below] = [lineSums(areas, top, [left, right]), lineSums(areas, bottom, [left, right])];
  return below[1]! - below[0]! - above[1]! + above[0]!;
}

/**
 * The keep rate in each box of a window that is cut into height × width equal boxes, [height, width]: the mean over the part
 * of the box that lies in the matrix, NaN where none does.
 */
export function boxMeans(areas: SummedAreas, window: Window, height: number, width: number): Float32Array {
  const cut = (from: number, to: number, parts: number, most: number) =>
    Float64Array.from({ length: parts + 1 }, (_, i) => Math.min(most, Math.max(0, from + ((to - from) * i) / parts)));
  const tops = cut(window.top, window.bottom, height, areas.rows);
  const lefts = cut(window.left, window.right, width, areas.columns);
  const means = new Float32Array(height * width);
  let above = lineSums(areas, tops[0]!, lefts);
  for (let y = 0; y < height; y++) {
    const below = lineSums(areas, tops[y + 1]!, lefts);
    const extent = tops[y + 1]! - tops[y]!;
    for (let x = 0; x < width; x++) {
      const count = below[x + 1]! - below[x]! - above[x + 1]! + above[x]!;
      means[y * width + x] = count / (extent * (lefts[x + 1]! - lefts[x]!));
    }
    above = below;
  }
  return means;
}

/** The table at a row and several columns, all with fractions: linear between its entries, which is exact for whole weights cut. */
function lineSums({ rows, columns, sums }: SummedAreas, row: number, at: ArrayLike<number>): Float64Array {
  const width = columns + 1;
  const first = Math.min(Math.floor(row), rows);
  const second = Math.min(first + 1, rows);
  const down = row - first;
  const sumAt = (column: number) => {
    const upper = sums[first * width + column]!;
    return upper + down * (sums[second * width + column]! - upper);
  };
  return Float64Array.from(at, (column) => {
    const left = Math.min(Math.floor(column), columns);
    const value = sumAt(left);
    return left === column ? value : value + (column - left) * (sumAt(left + 1) - value);
  });
}
