// The counter-based generator for all random numbers: Philox4x32-10 by Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3" (SC 2011). Word i of a stream depends only on seed, stream and i; there is no state.

import { GROUP_WORDS, type Kernel, makeKernel, PAGE_WORDS } from "./philox-kernel.ts";

type Words4 = readonly [number, number, number, number];

/** One block: four 32-bit words from a counter and a key, all unsigned. */
export function philox(counter: Words4, key: readonly [number, number]): Uint32Array {
  const out = new Uint32Array(4);
  writeBlock(out, 0, ...counter, ...key);
  return out;
}

/**
 * Fills `out` with words `firstIndex`, `firstIndex` + 1 … of a stream: word i is word i % 4 of the block with counter
 * ⌊i / 4⌋ (64 bits, low word first) and key (seed, stream). `seed` and `stream` are unsigned 32-bit integers.
 */
export function fillWords(out: Uint32Array, seed: number, stream: number, firstIndex = 0): void {
  eachPage(out.length, firstIndex, ({ fill, words }, at, { skip, count, low, high, groups }) => {
    fill(low, high, seed, stream, groups);
    out.set(words.subarray(skip, skip + count), at);
  });
}

/**
 * Divides [0, 1) into `parts` equal parts and fills `out` with the index of the part that each number u of a stream
 * falls into (see `uniform`), starting at word 0: ⌊parts · u⌋, plus `parts` where u < least · 2⁻²⁴. `parts` is a
 * multiple of 16 below 4096.
 */
export function fillParts(out: Uint16Array, seed: number, stream: number, parts: number, least: number): void {
  eachPage(out.length, 0, (kernel, at, { skip, count, low, high, groups }) => {
    kernel.cut(low, high, seed, stream, groups, parts / 16, least);
    out.set(kernel.parts.subarray(skip, skip + count), at);
  });
}

/**
 * The words that the kernel generates in one call, starting at counter (low, high): `count` of them are used, after the
 * first `skip`.
 */
interface Page {
  readonly skip: number;
  readonly count: number;
  readonly low: number;
  readonly high: number;
  readonly groups: number;
}

function eachPage(length: number, firstIndex: number, visit: (kernel: Kernel, at: number, page: Page) => void): void {
  kernel ??= makeKernel() ?? plainKernel();
  for (let done = 0; done < length; ) {
    const index = firstIndex + done;
    const skip = index % GROUP_WORDS; // groups and pages are aligned, so no counter overflows within a call
    const count = Math.min(length - done, PAGE_WORDS - (index % PAGE_WORDS));
    const block = (index - skip) / 4;
    const [low, high] = [block >>> 0, Math.floor(block / 2 ** 32)];
    visit(kernel, done, { skip, count, low, high, groups: Math.ceil((skip + count) / GROUP_WORDS) });
    done += count;
  }
}

let kernel: Kernel | undefined;

/** The kernel in plain JavaScript, ten times slower, for pages that may not run WebAssembly. */
export function plainKernel(): Kernel {
  const words = new Uint32Array(PAGE_WORDS);
  const parts = new Uint16Array(PAGE_WORDS);
  const fill: Kernel["fill"] = (low, high, key0, key1, groups) => {
    for (let at = 0, next = low; at < groups * GROUP_WORDS; at += 4, next++)
      writeBlock(words, at, next | 0, high | 0, 0, 0, key0 | 0, key1 | 0);
  };
  const cut: Kernel["cut"] = (low, high, key0, key1, groups, sixteenth, least) => {
    fill(low, high, key0, key1, groups);
    for (let i = 0; i < groups * GROUP_WORDS; i++) {
      const k = words[i]! >>> 8;
      parts[i] = (Math.imul(k, sixteenth) >>> 20) + (k < least ? 16 * sixteenth : 0);
    }
  };
  return { fill, cut, words, parts };
}

/** The stream for a name: FNV-1a (32-bit) of its UTF-8 bytes. */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Converts a word to a number in [0, 1), using only its upper 24 bits, so that float32 represents it exactly. */
export function uniform(word: number): number {
  return (word >>> 8) * 2 ** -24;
}

/** Writes a block to out[at … at + 3]. Words may be signed or unsigned. */
function writeBlock(
  out: Uint32Array,
  at: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = highWord(c0, 0x1f53, 0xd251);
    const high1 = highWord(c2, 0x8d57, 0xcd9e);
    const low0 = Math.imul(c0, 0xd2511f53);
    const low1 = Math.imul(c2, 0xcd9e8d57);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0; // the golden ratio
    k1 = (k1 + 0xbb67ae85) | 0; // √3 − 1
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/**
 * The upper half of the 64-bit product a · (high · 2¹⁶ + low), from products of 16-bit halves: no sum below exceeds 32
 * bits.
 */
function highWord(a: number, low: number, high: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const middle = (Math.imul(aHigh, low) + (Math.imul(aLow, low) >>> 16)) | 0;
  const other = (Math.imul(aLow, high) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, high) + (middle >>> 16) + (other >>> 16)) | 0;
}
