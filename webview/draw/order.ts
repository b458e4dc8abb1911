// Sorts the rows and columns of a matrix.

import { type BitMatrix, bitAt, emptyBits } from "../../src/mask/bits.ts";

/** The matrix's own order; by descending z; or by the mean z of each head, and within a head by z. */
export type Order = "own" | "z" | "head";

/** The indices of the lines, sorted; lines without z come last. `band`: lines per head. */
export function orderOf(z: ArrayLike<number> | null, count: number, by: Order, band = 0): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  if (!z || by === "own") return order;
  const key = (i: number) => (Number.isNaN(z[i]!) ? Number.NEGATIVE_INFINITY : z[i]!);
  if (by === "z" || !band) return order.sort((a, b) => key(b) - key(a) || a - b);
  const sums = new Float64Array(Math.ceil(count / band));
  for (let i = 0; i < count; i++) sums[Math.floor(i / band)]! += Number.isNaN(z[i]!) ? 0 : z[i]!;
  const head = (i: number) => Math.floor(i / band);
  return order.sort((a, b) => sums[head(b)]! - sums[head(a)]! || head(a) - head(b) || key(b) - key(a) || a - b);
}

/** A copy of `bits` with its rows and columns in the given orders. */
export function reordered(bits: BitMatrix, rows: Uint32Array, columns: Uint32Array): BitMatrix {
  const result = emptyBits(bits.rows, bits.columns);
  for (let r = 0; r < bits.rows; r++)
    for (let c = 0; c < bits.columns; c++)
      if (bitAt(bits, rows[r]!, columns[c]!)) result.bytes[r * result.stride + (c >> 3)]! |= 1 << (c & 7);
  return result;
}
