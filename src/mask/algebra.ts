// Set operations on masks: on the bits of a matrix, which throw a RangeError if the shapes differ and leave the padding bits 0,
// and on whole masks, which make a mask that records where it came from.

import { InputError } from "../errors.ts";
import { type BitMatrix, bitAt, checkShapes, countBoth, countOnes, emptyBits, wordsOf } from "./bits.ts";
import type { Mask } from "./file.ts";
import type { AdaptationFacts, Combination } from "./metadata.ts";
import { sameBase } from "./reference.ts";

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

/** What a combined mask's file is encoded from. */
export interface Combined {
  readonly metadata: AdaptationFacts;
  readonly matrices: Mask["matrices"];
  readonly tensors: Mask["tensors"];
}

/**
 * Combines two or more masks over the same matrices of one base model. A weight is kept by the union if any mask keeps it, by
 * the intersection if all do, by the difference if the first one keeps it and no other does, and by the majority if more than
 * half do; in a tie, as in the first mask. Tensors such as the classifier, the task, and the options that evaluation needs are
 * the first mask's. The result has no initial scores and no metrics. Throws an InputError if masks have different bases or
 * matrices.
 */
export function combineMasks(
  operation: Combination["operation"],
  masks: readonly Mask[],
  facts: { readonly tool: string; readonly names: readonly string[] },
): Combined {
  const [first, ...others] = masks;
  if (!first || !others.length)
    throw new InputError("one mask alone cannot be combined", {}, "name two or more masks over the same base model");
  for (const other of others) checkAlike(first, other);
  const bitsOf = (name: string) =>
    masks.map(({ matrices }) => matrices.find((matrix) => matrix.name === name)!.bits) as [BitMatrix, ...BitMatrix[]];
  const { base, task, run } = first.metadata;
  return {
    metadata: {
      ...{ tool: facts.tool, base, task, run, initial: null, seeds: {}, metrics: {}, training: { steps: 0 } },
      combined: {
        operation,
        masks: masks.map(({ metadata }, i) => ({
          ...{ name: facts.names[i]!, task: metadata.task.name, checksum: metadata.checksum },
        })),
      },
    },
    matrices: first.matrices.map((matrix) => ({ ...matrix, bits: COMBINATIONS[operation](bitsOf(matrix.name)) })),
    tensors: first.tensors,
  };
}

const COMBINATIONS: Record<Combination["operation"], (all: readonly [BitMatrix, ...BitMatrix[]]) => BitMatrix> = {
  union: (all) => all.reduce((a, b) => combine("or", a, b)),
  intersection: (all) => all.reduce((a, b) => combine("and", a, b)),
  difference: (all) => all.reduce((a, b) => combine("andNot", a, b)),
  majority: (all) => majorityOf(all),
};

function majorityOf(all: readonly [BitMatrix, ...BitMatrix[]]): BitMatrix {
  const [first] = all;
  const result = emptyBits(first.rows, first.columns);
  for (let row = 0; row < first.rows; row++)
    for (let column = 0; column < first.columns; column++) {
      const keep = all.filter((bits) => bitAt(bits, row, column)).length;
      const isKept = 2 * keep === all.length ? bitAt(first, row, column) : 2 * keep > all.length;
      if (isKept) result.bytes[row * result.stride + (column >> 3)]! |= 1 << (column & 7);
    }
  return result;
}

function checkAlike(first: Mask, other: Mask): void {
  const remedy = "combine masks over the same base model and layers";
  if (!sameBase(first.metadata, other.metadata))
    throw new InputError(`it has another base model than ${first.file}`, { file: other.file }, remedy);
  const shapes = ({ matrices }: Mask) =>
    new Map(matrices.map(({ name, bits: { rows, columns } }) => [name, `${rows} × ${columns}`]));
  const [own, theirs] = [shapes(first), shapes(other)];
  const name = [...own.keys(), ...theirs.keys()].find((one) => own.get(one) !== theirs.get(one));
  if (name === undefined) return;
  throw new InputError(
    `${name} is not masked there and in ${first.file} with the same shape`,
    { file: other.file },
    remedy,
  );
}
