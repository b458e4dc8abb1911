// Decompresses LZ4 blocks to a declared length, and never writes beyond it. Format:
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md

import { Damaged } from "./thrift.ts";

/** The length of the shortest match; it is added to each stored match length. */
const SHORTEST_MATCH = 4;

/** Decompresses a single block (Parquet's LZ4_RAW). Throws Damaged unless the result has exactly `length` bytes. */
export function lz4Raw(packed: Uint8Array, length: number): Uint8Array {
  const page = new Uint8Array(length);
  const end = unpack(packed, page, 0);
  if (end !== length)
    throw new Damaged(`an LZ4 page unpacks to ${end} bytes, not the ${length} bytes that it declares`);
  return page;
}

/**
 * Decompresses Parquet's deprecated LZ4 codec: either Hadoop's blocks, each preceded by its decompressed and compressed
 * lengths (four bytes each, big-endian), or a single block. Throws the same errors as `lz4Raw`.
 */
export function lz4Framed(packed: Uint8Array, length: number): Uint8Array {
  const blocks = blocksOf(packed, length);
  if (!blocks) return lz4Raw(packed, length);
  const page = new Uint8Array(length);
  let done = 0;
  for (const { bytes, unpacked } of blocks) {
    if (unpack(bytes, page.subarray(0, done + unpacked), done) !== done + unpacked)
      throw new Damaged("an LZ4 block unpacks to less than it declares");
    done += unpacked;
  }
  return page;
}

/** The blocks in Hadoop's framing; undefined if the lengths do not add up. */
function blocksOf(packed: Uint8Array, length: number): { bytes: Uint8Array; unpacked: number }[] | undefined {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const blocks: { bytes: Uint8Array; unpacked: number }[] = [];
  let [at, sum] = [0, 0];
  while (at + 8 <= packed.length) {
    const [unpacked, size] = [view.getUint32(at), view.getUint32(at + 4)];
    at += 8 + size;
    sum += unpacked;
    if (at > packed.length || sum > length || !size) return undefined;
    blocks.push({ bytes: packed.subarray(at - size, at), unpacked });
  }
  return at === packed.length && sum === length ? blocks : undefined;
}

/**
 * Decompresses a block into `page`, starting at `start`; matches may refer to earlier bytes of the page. Returns the
 * end position.
 */
function unpack(packed: Uint8Array, page: Uint8Array, start: number): number {
  let [at, to] = [0, start];
  /**
   * A 4-bit length. If it is 15, the bytes that follow are added to it, up to and including the first byte that is not
   * 255.
   */
  const lengthOf = (bits: number): number => {
    let sum = bits;
    if (bits === 15)
      for (let byte = 255; byte === 255; ) {
        byte = packed[at++] ?? 0;
        sum += byte;
      }
    return sum;
  };
  while (at < packed.length) {
    const token = packed[at++]!;
    const literals = lengthOf(token >> 4);
    if (literals > packed.length - at || literals > page.length - to)
      throw new Damaged("an LZ4 page has more bytes than it declares");
    page.set(packed.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at >= packed.length) break; // the last sequence has no match
    const offset = packed[at]! | ((packed[at + 1] ?? 0) << 8);
    at += 2;
    const match = SHORTEST_MATCH + lengthOf(token & 15);
    if (!offset || offset > to) throw new Damaged("an LZ4 page refers to data before its start");
    if (match > page.length - to) throw new Damaged("an LZ4 page has more bytes than it declares");
    const end = to + match;
    // A match may overlap its own output.
    if (offset >= match) page.copyWithin(to, to - offset, to - offset + match);
    else for (let from = to - offset; from < to - offset + match; from++) page[from + offset] = page[from]!;
    to = end;
  }
  return to;
}
