// Compares arrays of numbers.

import assert from "node:assert/strict";

/** Each difference is at most `tolerance` times the largest wanted size. */
export function close(have: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, what: string): void {
  let size = 1e-30;
  for (let i = 0; i < want.length; i++) size = Math.max(size, Math.abs(want[i]!));
  for (let i = 0; i < want.length; i++)
    assert.ok(Math.abs(have[i]! - want[i]!) <= tolerance * size, `${what}[${i}]: ${have[i]} for ${want[i]}`);
}
