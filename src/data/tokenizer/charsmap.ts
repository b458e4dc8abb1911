// Reads sentencepiece's table of replacements ("precompiled_charsmap"): a double-array trie over UTF-8, and the texts
// to which the values of the trie point.

import { InputError, type Place } from "../../errors.ts";
import { piecesOf } from "../text-limits.ts";

const REMEDY = "save the tokenizer again with the version of transformers that created it";
/** Maximum number of bytes in a grapheme cluster that is looked up as a whole. */
const LONGEST_CLUSTER = 5;
/** Maximum number of bytes in a replacement; the longest replacements of NFKC have about thirty. */
const LONGEST_REPLACEMENT = 1000;
const ASCII = /^[\0-\x7f]*$/;
const encoder = new TextEncoder();
const clusters = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Turns the table into a normalizer. A grapheme cluster (a letter with its marks) of fewer than 6 bytes is looked up as
 * a whole; a longer cluster, or one that is not found, is looked up character by character. A lookup uses the shortest
 * key that is a prefix of the bytes. Throws an InputError if `base64` is not a valid table.
 */
export function charsmapOf(base64: unknown, place: Place): (text: string) => string {
  const find = lookupOf(base64, place);
  const known = new Map<string, string>();
  const replaced = (cluster: string): string => {
    let result = known.get(cluster);
    if (result === undefined) {
      const bytes = encoder.encode(cluster);
      const whole = bytes.length <= LONGEST_CLUSTER ? find(bytes) : undefined;
      result = whole ?? Array.from(cluster, (char) => find(encoder.encode(char)) ?? char).join("");
      if (known.size < 100_000) known.set(cluster, result);
    }
    return result;
  };
  return (text) => {
    let result = "";
    if (ASCII.test(text)) for (const [cluster] of text.matchAll(/\r\n|[\s\S]/g)) result += replaced(cluster);
    else
      for (const piece of piecesOf(text))
        for (const { segment } of clusters.segment(piece)) result += replaced(segment);
    return result;
  };
}

/** Returns a function that looks up the replacement for the shortest key that is a prefix of the bytes. */
function lookupOf(base64: unknown, place: Place): (bytes: Uint8Array) => string | undefined {
  const bad = (what: string) =>
    new InputError(`precompiled_charsmap is damaged (${what})`, { ...place, at: "normalizer" }, REMEDY);
  if (typeof base64 !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw bad("it is not base64");
  const bytes = Buffer.from(base64, "base64");
  const size = bytes.length < 4 ? 0 : bytes.readUint32LE(0);
  if (size < 4 || size % 4 || 4 + size > bytes.length) throw bad("the table extends beyond the end of the data");
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => bytes.readUint32LE(4 + 4 * i));
  const texts = bytes.subarray(4 + size);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const textAt = (offset: number) => {
    const end = texts.indexOf(0, offset);
    if (offset >= texts.length) throw bad("a replacement is beyond the end of the data");
    if ((end < 0 ? texts.length : end) - offset > LONGEST_REPLACEMENT)
      throw bad(`a replacement has more than ${LONGEST_REPLACEMENT} bytes`);
    try {
      return decoder.decode(texts.subarray(offset, end < 0 ? texts.length : end));
    } catch {
      throw bad("a replacement is not UTF-8");
    }
  };
  const unitAt = (at: number): number => {
    const unit = units[at];
    if (unit === undefined) throw bad("a node is beyond the end of the table");
    return unit;
  };
  return (key) => {
    let at = childrenOf(unitAt(0));
    for (const byte of key) {
      if (byte === 0) return undefined;
      at ^= byte;
      const unit = units[at];
      if (unit === undefined || labelOf(unit) !== byte) return undefined;
      at ^= childrenOf(unit);
      if (hasValue(unit)) return textAt(unitAt(at) & 0x7fffffff);
    }
    return undefined;
  };
}

// A unit of the trie in darts-clone's format. Bits 0–7 are its label, bit 8 is set if the node has a value, and bits
// 10–31 are the distance to its children, in steps of 256 if bit 9 is set. A unit that stores a value has bit 31 set,
// so it never equals a label.
function childrenOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
function labelOf(unit: number): number {
  return (unit & 0x800000ff) >>> 0;
}
function hasValue(unit: number): boolean {
  return (unit & 0x100) !== 0;
}
