// Masks as sets of weights: what both keep, either, one alone. Shapes must agree (RangeError), padding bits stay 0.

import { type BitMatrix, checkShapes, countBoth, countOnes, emptyBits, wordsOf } from "./bits.ts";

/** How each operation joins two words of bits; counts follow from three numbers alone. */
const OPERATIONS = {
  and: { words: (a, b) => a & b, count: (_a, _b, both) => both },
  or: { words: (a, b) => a | b, count: (a, b, both) => a + b - both },
  xor: { words: (a, b) => a ^ b, count: (a, b, both) => a + b - 2 * both },
  /** Kept by the first alone. */
  andNot: { words: (a, b) => a & ~b, count: (a, _b, both) => a - both },
} satisfies Record<
  string,
  { words: (a: number, b: number) => number; count: (a: number, b: number, both: number) => number }
>;

export type Operation = keyof typeof OPERATIONS;

/** The mask that an operation gives. */
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

/** How many weights the mask that an operation gives keeps, without making it. */
export function count(operation: Operation, a: BitMatrix, b: BitMatrix): number {
  return OPERATIONS[operation].count(countOnes(a), countOnes(b), countBoth(a, b));
}
