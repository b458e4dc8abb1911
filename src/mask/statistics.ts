// Statistics of a mask alone: its sparsity, its size, the attention heads that it silences, and what is kept where its units are
// whole heads and neurons.

import { type HeadKind, isHeadKind } from "../kinds.ts";
import { type BitMatrix, countColumns, countOnes, countRows } from "./bits.ts";
import type { Mask, MaskMatrix } from "./file.ts";

/**
 * The matrix that shows a head best: the matrix of the given kind in the head's layer, or V for a whole head. If this
 * matrix is not masked, the first masked matrix in the layer.
 */
export function headMatrix<M extends Pick<MaskMatrix, "layer" | "kind">>(
  matrices: readonly M[],
  { layer, kind }: { readonly layer: number; readonly kind: HeadKind | "all" },
): M {
  const inLayer = matrices.filter((matrix) => matrix.layer === layer);
  return inLayer.find((matrix) => matrix.kind === (kind === "all" ? "V" : kind)) ?? inLayer[0]!;
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
 * How attention heads divide a matrix (by rows in Q, K and V, by columns in AO); undefined if they do not divide it
 * evenly.
 */
export function headBands(
  { layer, kind, bits }: Pick<MaskMatrix, "layer" | "kind" | "bits">,
  heads: number,
): Bands | undefined {
  if (layer === null || !isHeadKind(kind)) return undefined;
  const { rows, columns } = bits;
  const bands = kind === "AO" ? { rows, columns: columns / heads } : { rows: rows / heads, columns };
  return Number.isInteger(bands.rows) && Number.isInteger(bands.columns) ? { count: heads, ...bands } : undefined;
}

/** For each head, the number of its weights that are on; undefined if the matrix is not divided into heads. */
export function keptByHead(matrix: MaskMatrix, heads: number): number[] | undefined {
  const bands = headBands(matrix, heads);
  if (!bands) return undefined;
  const isRows = bands.rows < matrix.bits.rows;
  const lines = isRows ? countRows(matrix.bits) : countColumns(matrix.bits);
  const width = isRows ? bands.rows : bands.columns;
  return Array.from({ length: heads }, (_, head) =>
    lines.subarray(head * width, (head + 1) * width).reduce((total, count) => total + count, 0),
  );
}

/** A head whose output no longer depends on the input. */
export interface DeadHead {
  readonly layer: number;
  readonly head: number;
  /** V: the head still outputs its value bias. AO: the head outputs nothing. */
  readonly kind: "V" | "AO";
}

export function deadHeads(matrices: readonly MaskMatrix[], heads: number): DeadHead[] {
  return matrices.flatMap((matrix) => {
    const { layer, kind } = matrix;
    if (layer === null || (kind !== "V" && kind !== "AO")) return [];
    const kept = keptByHead(matrix, heads) ?? [];
    return kept.flatMap((count, head) => (count ? [] : [{ layer, head, kind }]));
  });
}

/** The heads or the neurons of a layer. */
export interface UnitCount {
  readonly layer: number;
  readonly unit: "head" | "neuron";
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
    const units = unitsOn(matrix, base.heads)?.join();
    const where = `${matrix.layer} ${isHeadKind(matrix.kind)}`;
    if (units !== undefined && !known.has(where)) known.set(where, units);
    return units !== undefined && units === known.get(where);
  });
}

/** Whether each head or neuron of a layer's matrix is on; undefined if the matrix has none, or not all bits of one are equal. */
function unitsOn(matrix: MaskMatrix, heads: number): boolean[] | undefined {
  const { layer, kind, bits } = matrix;
  if (layer === null) return undefined;
  const kept = kind === "I" ? [...countRows(bits)] : kind === "O" ? [...countColumns(bits)] : keptByHead(matrix, heads);
  if (!kept) return undefined;
  const all = sizeOf(bits) / kept.length;
  return kept.every((count) => count === 0 || count === all) ? kept.map(Boolean) : undefined;
}

/** What is kept of each layer's heads and neurons, by their columns in AO and O; null if the units are weights. */
export function unitCounts(mask: Mask): UnitCount[] | null {
  if (!hasUnits(mask)) return null;
  return mask.matrices.flatMap((matrix): UnitCount[] => {
    const { layer, kind } = matrix;
    if (layer === null || (kind !== "AO" && kind !== "O")) return [];
    const units = unitsOn(matrix, mask.metadata.base.heads)!;
    const off = [...units.keys()].filter((unit) => !units[unit]);
    const counts = { all: units.length, kept: units.length - off.length };
    return [kind === "AO" ? { layer, unit: "head", ...counts, off } : { layer, unit: "neuron", ...counts, off: [] }];
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
