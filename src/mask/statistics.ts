// Statistics of a mask alone: its sparsity, its size, the attention heads that it silences, and what is kept where its units are
// whole heads and neurons.

import { type HeadLayout, type HeadView, headCount, isByColumn, kindsOfView } from "../anatomy/heads.ts";
import { CROSS_KINDS, isHeadKind, type MatrixKind } from "../kinds.ts";
import { type BitMatrix, countColumns, countOnes, countRows } from "./bits.ts";
import type { Mask, MaskMatrix } from "./file.ts";

/**
 * The matrix that shows a head best: the matrix of the given kind in the head's layer; for a whole head the one of its
 * values or, if heads share these, of its output. If this matrix is not masked, the head's first masked matrix.
 */
export function headMatrix<M extends Pick<MaskMatrix, "layer" | "kind">>(
  matrices: readonly M[],
  { layer, kind }: { readonly layer: number; readonly kind: HeadView },
  layout: HeadLayout,
): M {
  const kinds = kindsOfView(kind, layout);
  const best = kinds.find((one) => one === "V" || one === "CV") ?? kinds.at(-1)!;
  const own = matrices.filter((matrix) => matrix.layer === layer && kinds.some((one) => one === matrix.kind));
  return own.find((matrix) => matrix.kind === best) ?? own[0]!;
}

/** The fraction of weights that are off. */
export function sparsityOf(masks: readonly BitMatrix[]): number {
  return 1 - sum(masks, countOnes) / sum(masks, sizeOf);
}

/** The total size of a set of matrices in bytes, in three encodings. */
export interface Sizes {
  /** As float32 values, as in a finetuned model. */
  readonly dense: number;
  /** One bit per weight, as in the file. */
  readonly packed: number;
  /** The smallest size that any code could reach if bits were independent, given each matrix's sparsity. */
  readonly entropy: number;
}

/** A mask makes an adaptation's file small; it makes the model neither smaller nor faster. */
export function sizesOf(masks: readonly BitMatrix[]): Sizes {
  return {
    dense: sum(masks, sizeOf) * 4,
    packed: sum(masks, ({ bytes }) => bytes.length),
    entropy: Math.ceil(sum(masks, (bits) => sizeOf(bits) * entropyOf(countOnes(bits) / sizeOf(bits))) / 8),
  };
}

/** The entropy of a bit that is 1 with probability p, in bits. */
export function entropyOf(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}

/** A division of a matrix into `count` equal adjacent parts of `rows` × `columns` weights. */
export interface Bands {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

export function bandOf({ rows, columns }: Bands, row: number, column: number): number {
  return Math.floor(row / rows) + Math.floor(column / columns); // one of the two terms is always 0
}

/**
 * How attention heads divide a matrix (by columns in attention outputs, otherwise by rows); undefined if they do not
 * divide it evenly.
 */
export function headBands(
  { layer, kind, bits }: Pick<MaskMatrix, "layer" | "kind" | "bits">,
  layout: HeadLayout,
): Bands | undefined {
  if (layer === null || !isHeadKind(kind)) return undefined;
  const { rows, columns } = bits;
  const count = headCount(kind, layout);
  const bands = isByColumn(kind) ? { rows, columns: columns / count } : { rows: rows / count, columns };
  return Number.isInteger(bands.rows) && Number.isInteger(bands.columns) ? { count, ...bands } : undefined;
}

/** For each head, the number of its weights that are on; undefined if the matrix is not divided into heads. */
export function keptByHead(matrix: MaskMatrix, layout: HeadLayout): number[] | undefined {
  const bands = headBands(matrix, layout);
  if (!bands) return undefined;
  const isRows = bands.rows < matrix.bits.rows;
  const lines = isRows ? countRows(matrix.bits) : countColumns(matrix.bits);
  const width = isRows ? bands.rows : bands.columns;
  return Array.from({ length: bands.count }, (_, head) =>
    lines.subarray(head * width, (head + 1) * width).reduce((total, count) => total + count, 0),
  );
}

const DEAD_KINDS = ["V", "AO", "CV", "CAO"] as const;

/** A head whose output no longer depends on the input. */
export interface DeadHead {
  readonly layer: number;
  /** With grouped queries, of kinds V and CV a head of values, which several heads share. */
  readonly head: number;
  /** V, CV: the head still outputs its value bias, if it has one. AO, CAO: the head outputs nothing. */
  readonly kind: (typeof DEAD_KINDS)[number];
}

export function deadHeads(matrices: readonly MaskMatrix[], layout: HeadLayout): DeadHead[] {
  return matrices.flatMap((matrix) => {
    const { layer } = matrix;
    const kind = DEAD_KINDS.find((one) => one === matrix.kind);
    if (layer === null || !kind) return [];
    const kept = keptByHead(matrix, layout) ?? [];
    return kept.flatMap((count, head) => (count ? [] : [{ layer, head, kind }]));
  });
}

/** The heads or the neurons of a layer. */
export interface UnitCount {
  readonly layer: number;
  readonly unit: "head" | "cross-attention head" | "neuron";
  readonly all: number;
  readonly kept: number;
  /** The indices of the heads that are off; empty for neurons, which are many. */
  readonly off: readonly number[];
}

/**
 * Whether a mask was trained with one score for each head and neuron, so that its weights are not pruned one by one. The file says
 * so, and its bits agree: those of a unit are equal.
 */
export function hasUnits({
  metadata: { run, combined, base },
  matrices,
}: Pick<Mask, "metadata" | "matrices">): boolean {
  if (run.units !== "heads-and-neurons" || combined) return false;
  const known = new Map<string, string>();
  return matrices.every((matrix) => {
    const units = unitsOn(matrix, base)?.join();
    const isCross = CROSS_KINDS.some((kind) => kind === matrix.kind);
    const where = `${matrix.layer} ${isHeadKind(matrix.kind)} ${isCross}`;
    if (units !== undefined && !known.has(where)) known.set(where, units);
    return units !== undefined && units === known.get(where);
  });
}

/** Whether each head or neuron of a layer's matrix is on; undefined if the matrix has none, or not all bits of one are equal. */
function unitsOn(matrix: MaskMatrix, layout: HeadLayout): boolean[] | undefined {
  const { layer, kind, bits } = matrix;
  if (layer === null) return undefined;
  const isNeuron = kind === "G" || kind === "I";
  const kept = isNeuron ? [...countRows(bits)] : kind === "O" ? [...countColumns(bits)] : keptByHead(matrix, layout);
  if (!kept) return undefined;
  const all = sizeOf(bits) / kept.length;
  return kept.every((count) => count === 0 || count === all) ? kept.map(Boolean) : undefined;
}

const UNITS: Partial<Record<MatrixKind, UnitCount["unit"]>> = { AO: "head", CAO: "cross-attention head", O: "neuron" };

/** What is kept of each layer's heads and neurons, by their columns in AO, CAO and O; null if the units are weights. */
export function unitCounts(mask: Mask): UnitCount[] | null {
  if (!hasUnits(mask)) return null;
  return mask.matrices.flatMap((matrix): UnitCount[] => {
    const { layer, kind } = matrix;
    const unit = UNITS[kind];
    if (layer === null || !unit) return [];
    const units = unitsOn(matrix, mask.metadata.base)!;
    const off = [...units.keys()].filter((unit) => !units[unit]);
    const counts = { all: units.length, kept: units.length - off.length };
    return [{ layer, unit, ...counts, off: unit === "neuron" ? [] : off }];
  });
}

/** The smallest size in bytes that any code could reach if units were independent, given each layer's counts. */
export function unitEntropy(counts: readonly UnitCount[]): number {
  return Math.ceil(sum(counts, ({ all, kept }) => all * entropyOf(kept / all)) / 8);
}

export function sizeOf({ rows, columns }: BitMatrix): number {
  return rows * columns;
}

/** Σ of(entry) */
export function sum<T>(entries: readonly T[], of: (entry: T) => number): number {
  return entries.reduce((total, entry) => total + of(entry), 0);
}
