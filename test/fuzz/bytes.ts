// Edits of bytes that ignore the format: flips, cuts, copies, splices and hostile integers.

import type { Draw } from "./draw.ts";

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x0a, 0x0d, 0x22, 0x2c, 0x5b, 0x7b, 0x09, 0x20];
/** The most bytes that an edit adds, so that the reader is measured, not the mutator. */
const MOST_ADDED = 20_000;

/** The bytes after one to four edits. */
export function mutateBytes(draw: Draw, bytes: Uint8Array, other: Uint8Array = bytes): Uint8Array {
  let result = bytes;
  for (let edits = 1 + draw.below(4); edits > 0; edits--) result = edit(draw, result, other);
  return result;
}

function edit(draw: Draw, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = draw.below(bytes.length + 1);
  const count = Math.min(bytes.length - at, 1 + draw.below(draw.pick([2, 16, 200])));
  const changed = () => Uint8Array.from(bytes);
  return draw.one(
    () => {
      const copy = changed();
      if (at < copy.length) copy[at] = copy[at]! ^ (1 << draw.below(8));
      return copy;
    },
    () => {
      const copy = changed();
      if (at < copy.length) copy[at] = draw.pick(INTERESTING);
      return copy;
    },
    () => {
      const copy = changed();
      const view = new DataView(copy.buffer);
      const value = draw.pick([
        0n,
        1n,
        0xffn,
        0xffffn,
        0x7fffffffn,
        0xffffffffn,
        1n << 40n,
        (1n << 63n) - 1n,
        (1n << 64n) - 1n,
      ]);
      if (at + 8 <= copy.length && draw.chance(0.5)) view.setBigUint64(at, value, true);
      else if (at + 4 <= copy.length) view.setUint32(at, Number(value & 0xffffffffn), draw.chance(0.8));
      return copy;
    },
    () => bytes.subarray(0, at),
    () => bytes.subarray(at),
    () => joined(bytes.subarray(0, at), bytes.subarray(at + count)),
    () => joined(bytes.subarray(0, at), bytes.subarray(at, at + count), bytes.subarray(at)),
    () =>
      joined(bytes.subarray(0, at), other.subarray(draw.below(other.length)).subarray(0, count), bytes.subarray(at)),
    () => joined(bytes.subarray(0, at), other.subarray(draw.below(other.length)).subarray(0, MOST_ADDED)),
    () => {
      const run = new Uint8Array(draw.pick([1, 100, 10_000])).fill(draw.pick(INTERESTING));
      return joined(bytes.subarray(0, at), run, bytes.subarray(at));
    },
  );
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
