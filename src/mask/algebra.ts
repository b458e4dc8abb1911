// Set operations on masks: intersection, union and difference. They throw a RangeError if the shapes differ, and leave
// the padding bits 0.

import { type BitMatrix, checkShapes, countBoth, countOnes, emptyBits, wordsOf } from "./bits.ts";

/**
 * For each operation: how it combines two words of bits, and how the number of ones in the result follows from the
 * number of ones in a, the number in b, and the number of ones that a and b have in common.
 */
const OPERATIONS = {
  and: { words: (a, b) => a & b, count: (_a, _b, both) => both },
  or: { words: (a, b) => a | b, count: (a, b, both) => a + b - both },
  xor: { words: (a, b) => a ^ b, count: (a, b, both) => a + b - 2 * both },
  /** Weights that are on in the first mask but not in the second. */
  andNot: { words: (a, b) => a & ~b, count: (a, _b, both) => a - both },
} satisfies Record<
  string,
  { words: (a: number, b: number) => number; count: (a: number, b: number, both: number) => number }
>;

export type Operation = keyof typeof OPERATIONS;

/** Applies an operation to two masks. */
export function combine(operation: Operation, a: BitMatrix, b: BitMatrix): BitMatrix {
  checkShapes(a, b);
  const result = emptyBits(a.rows, a.columns);
  const { words } = OPERATIONS[operation];
  const [out, aWords, bWords] = [wordsOf(result.bytes), wordsOf(a.bytes), wordsOf(b.bytes)];
  const length = Math.min(out.length, aWords.length, bWords.length);
  for (let i = 0; i < length; i++) out[i] = words(aWords[i]!, bWords[i]!);
  for (let i = length * 4; i < result.bytes.length; i++) result.bytes[i] = words(a.bytes[i]!, b.bytes[i]!);
  return result;
}

/** The number of weights that are on in the result of an operation, counted without computing the result. */
export function count(operation: Operation, a: BitMatrix, b: BitMatrix): number {
  return OPERATIONS[operation].count(countOnes(a), countOnes(b), countBoth(a, b));
}
