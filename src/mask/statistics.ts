// What a mask alone says: how much it keeps, what it weighs, and which attention heads it silences.

import { type BitMatrix, countLines, countOnes } from "./bits.ts";
import type { MaskMatrix } from "./file.ts";
import type { MatrixKind } from "./metadata.ts";

/** The matrices that attention heads divide among themselves: rows of Q, K and V, columns of AO. */
export const HEAD_KINDS = ["Q", "K", "V", "AO"] as const;
export type HeadKind = (typeof HEAD_KINDS)[number];

export function isHeadKind(kind: MatrixKind): kind is HeadKind {
  return HEAD_KINDS.some((known) => known === kind);
}

/** The share of weights that are not kept. */
export function zeroShareOf(masks: readonly BitMatrix[]): number {
  return 1 - sum(masks, countOnes) / sum(masks, sizeOf);
}

/** What these matrices take, in bytes. */
export interface Sizes {
  /** As a float32 copy, as a finetuned model holds them. */
  readonly dense: number;
  /** A bit a weight, as in the file. */
  readonly packed: number;
  /** The entropy bound: what no code for independent bits of each matrix's zero share goes below. */
  readonly entropy: number;
}

/** A mask makes the file of an adaptation small; it makes no model smaller or faster. */
export function sizesOf(masks: readonly BitMatrix[]): Sizes {
  return {
    dense: sum(masks, sizeOf) * 4,
    packed: sum(masks, ({ bytes }) => bytes.length),
    entropy: Math.ceil(sum(masks, (bits) => sizeOf(bits) * entropyOf(countOnes(bits) / sizeOf(bits))) / 8),
  };
}

/** Entropy of a bit that is 1 with probability p, in bits. */
export function entropyOf(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}

/**
 * Sums of each head's lines: head h of `heads` has the lines h·d … (h + 1)·d − 1. undefined where the lines do not divide
 * evenly.
 */
export function sumBands(lines: ArrayLike<number>, heads: number): Float64Array | undefined {
  if (lines.length % heads) return undefined;
  const width = lines.length / heads;
  const sums = new Float64Array(heads);
  for (let line = 0; line < lines.length; line++) sums[Math.floor(line / width)]! += lines[line]!;
  return sums;
}

/** How many weights of each head a matrix keeps. */
export function keptByHead({ kind, bits }: MaskMatrix, heads: number): Float64Array | undefined {
  const lines = countLines(bits);
  return sumBands(kind === "AO" ? lines.columns : lines.rows, heads);
}

/** A head whose output no longer depends on the input. */
export interface DeadHead {
  readonly block: number;
  readonly head: number;
  /** V: it still emits its value bias. AO: nothing of it goes on. */
  readonly kind: "V" | "AO";
}

export function deadHeads(matrices: readonly MaskMatrix[], heads: number): DeadHead[] {
  return matrices.flatMap((matrix) => {
    const { block, kind } = matrix;
    if (block === null || (kind !== "V" && kind !== "AO")) return [];
    const kept = [...(keptByHead(matrix, heads) ?? [])];
    return kept.flatMap((count, head) => (count ? [] : [{ block, head, kind }]));
  });
}

export function sizeOf({ rows, columns }: BitMatrix): number {
  return rows * columns;
}

/** Σ of(entry) */
export function sum<T>(entries: readonly T[], of: (entry: T) => number): number {
  return entries.reduce((total, entry) => total + of(entry), 0);
}
