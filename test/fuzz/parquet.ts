// Edits of Parquet files: the footer, where Thrift stores counts, sizes and offsets, and the pages.

import { joined, mutateBytes } from "./bytes.ts";
import type { Draw } from "./draw.ts";

export function mutateParquet(draw: Draw, bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes);
  const length = file.readUInt32LE(file.length - 8);
  const begin = file.length - 8 - length;
  const [pages, footer] = [file.subarray(0, begin), file.subarray(begin, begin + length)];
  const whole = (first: Uint8Array, last: Uint8Array, announced = last.length) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(announced >>> 0);
    return joined(first, last, size, Buffer.from("PAR1"));
  };
  return draw.one(
    () => mutateBytes(draw, bytes),
    () => whole(pages, mutateBytes(draw, footer)),
    () => whole(pages, mutateVarint(draw, footer)),
    () => whole(pages, mutateVarint(draw, mutateVarint(draw, footer))),
    () => whole(mutateVarint(draw, pages), footer),
    () => whole(mutateBytes(draw, pages).subarray(0, pages.length), footer),
    () => whole(pages, footer, draw.pick([0, 1, footer.length - 1, footer.length + 1, 0x7fffffff, 0xffffffff])),
  );
}

/** Replaces a byte by a number in Thrift's compact protocol (seven bits per byte, zigzag). */
function mutateVarint(draw: Draw, bytes: Uint8Array): Uint8Array {
  const at = draw.below(bytes.length);
  const value = draw.pick([
    0n,
    1n,
    2n,
    127n,
    1n << 14n,
    1n << 31n,
    (1n << 32n) - 1n,
    1n << 40n,
    (1n << 63n) - 1n,
    (1n << 64n) - 1n,
  ]);
  const digits: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    digits.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    if (rest <= 0x7fn) break;
  }
  return joined(bytes.subarray(0, at), Buffer.from(digits), bytes.subarray(at + 1));
}
