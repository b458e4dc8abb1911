// Turns the scores, weights and distances in other programs' files into masks, by the formulas of the programs that wrote them.

import { type BitMatrix, countOnes, emptyBits, packBits } from "../../mask/bits.ts";

/** Values of a matrix, row-major. */
export interface Values {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** Where the highest values end: those above `value` are among them, and of those equal to it the next `ties` in order. */
export interface Limit {
  readonly value: number;
  ties: number;
}

/** The limit of the `count` highest of all these values. */
export function limitOf(arrays: readonly Float32Array[], count: number): Limit {
  if (!count) return { value: Infinity, ties: 0 };
  const sorted = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of arrays) {
    sorted.set(values, at);
    at += values.length;
  }
  sorted.sort();
  const value = sorted[sorted.length - count]!;
  return { value, ties: count - (sorted.length - 1 - sorted.lastIndexOf(value)) };
}

/** 1 for the values above the limit and for the ties that it has left. */
export function highestBits({ rows, columns, data }: Values, limit: Limit): BitMatrix {
  const bits = emptyBits(rows, columns);
  setWhere(bits, (i) => data[i]! > limit.value || (data[i] === limit.value && limit.ties-- > 0));
  return bits;
}

/**
 * The top-k binarizer of movement pruning (Sanh et al. 2020), also used by magnitude pruning on |W|: 1 for the ⌊share · n⌋ highest of n
 * values. Among equal ones, where PyTorch's order is unspecified, the first.
 */
export function topShare(values: Values, share: number): BitMatrix {
  return highestBits(values, limitOf([values.data], Math.floor(share * values.data.length)));
}

/** The share of a matrix that movement pruning's threshold binarizer always keeps. */
const LEAST = 0.005;

/**
 * The threshold binarizer of movement pruning: 1 for S > τ or, if `squash`, for σ(S) > τ, in float32. If fewer than m = ⌊0.005 · n⌋ + 1
 * would be kept, 1 for those above the (n − m)-th lowest score instead.
 */
export function aboveThreshold({ rows, columns, data }: Values, threshold: number, squash: boolean): BitMatrix {
  const bits = packBits(squash ? data.map((score) => 1 / (1 + Math.exp(-score))) : data, rows, columns, threshold);
  const least = Math.floor(LEAST * data.length) + 1;
  if (countOnes(bits) >= least) return bits;
  const sorted = data.slice().sort();
  return packBits(data, rows, columns, sorted[Math.max(data.length - least, 1) - 1]!);
}

/**
 * The masks that numpy.packbits packed into one array: the matrices one after the other, each row-major, most significant bit first,
 * without gaps. `bytes` has ⌈n / 8⌉ bytes for all n weights.
 */
export function* unpacked(
  bytes: Uint8Array,
  shapes: readonly { readonly rows: number; readonly columns: number }[],
): Generator<BitMatrix> {
  let start = 0;
  for (const { rows, columns } of shapes) {
    const bits = emptyBits(rows, columns);
    const first = start;
    setWhere(bits, (i) => ((bytes[(first + i) >> 3]! >> (7 - ((first + i) & 7))) & 1) === 1);
    start += rows * columns;
    yield bits;
  }
}

/** 1 for values that are not zero. */
export function nonzeroBits({ rows, columns, data }: Values): BitMatrix {
  const bits = emptyBits(rows, columns);
  setWhere(bits, (i) => data[i] !== 0);
  return bits;
}

/** Sets the bits for whose index (row · columns + column) the condition holds, in order. */
function setWhere({ rows, columns, stride, bytes }: BitMatrix, isOn: (index: number) => boolean): void {
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++)
      if (isOn(i)) bytes[row * stride + (column >> 3)]! |= 1 << (column & 7);
}
