// What training changed: the weights that began kept and were dropped, against what their initial scores let expect.
// Formulas: method.md, "What training changed".

import { type BitMatrix, emptyBits } from "./bits.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import { needsWeights, type Role } from "./initial.ts";
import type { MatrixKind } from "./metadata.ts";
import { type Bands, bandOf, HEAD_KINDS, type HeadKind, headBands, isHeadKind, sum } from "./statistics.ts";
import { CELLS, DROPPED, initialCells } from "./strata.ts";

/** A count beside its expectation, with z = (observed − expected) / √variance; null where nothing could vary. */
export interface Deviation {
  readonly observed: number;
  readonly expected: number;
  readonly variance: number;
  readonly z: number | null;
}

export function deviation(observed: number, expected: number, variance: number): Deviation {
  return { observed, expected, variance, z: variance > 0 ? (observed - expected) / Math.sqrt(variance) : null };
}

/** The deviation of regions together that share no weight. */
export function together(parts: readonly Omit<Deviation, "z">[]): Deviation {
  return deviation(
    sum(parts, ({ observed }) => observed),
    sum(parts, ({ expected }) => expected),
    sum(parts, ({ variance }) => variance),
  );
}

/** A matrix's weights by how they began (see strata.ts). */
export interface Flips {
  /** The cell of each weight, [rows · columns]. */
  readonly cells: Uint16Array;
  /** Weights of each cell, and those of them that the mask does not keep. */
  readonly all: Uint32Array;
  readonly zeros: Uint32Array;
  /** The same of each attention head's part; empty where heads do not divide the matrix. */
  readonly heads: readonly CellCounts[];
}

export type CellCounts = Pick<Flips, "all" | "zeros">;

/** Base weights by name, where the initial mask depends on them; undefined for those that are not at hand. */
export type WeightsOf = (name: string) => Float32Array | undefined;

/** The initial masks of one mask, matrix by matrix; undefined where one cannot be made again. */
export function flipsOf(mask: Mask, matrix: MaskMatrix, weightsOf?: WeightsOf): Flips | undefined {
  const { name, block, bits } = matrix;
  const { initial, base } = mask.metadata;
  if (!initial) return undefined;
  const role = roleOf(block);
  const weights = needsWeights(initial, role) ? (ownWeights(mask, name) ?? weightsOf?.(name)) : undefined;
  const cells = initialCells(initial, { name, rows: bits.rows, columns: bits.columns }, role, weights);
  return cells && countFlips(bits, cells, headBands(matrix, base.heads));
}

/** The weights of a matrix that the base model does not hold, and so the mask's own file does. */
export function ownWeights({ classifier }: Pick<Mask, "classifier">, name: string): Float32Array | undefined {
  return classifier.find((tensor) => tensor.name === name)?.data;
}

export function roleOf(block: number | null): Role {
  return block === null ? "classifier" : "encoder";
}

/** Whether its initial mask follows from the base model's weights, too. */
export function needsBase(mask: Mask): boolean {
  return unknownBecause(mask) !== null && mask.metadata.initial !== null;
}

/** Why a mask's changes cannot be told; null where they can. */
export function unknownBecause(mask: Mask, weightsOf?: WeightsOf): string | null {
  const { initial } = mask.metadata;
  if (!initial)
    return "the file does not say from which scores training started, so what it changed cannot be told from what was drawn";
  const missing = mask.matrices.find(
    ({ name, block }) => needsWeights(initial, roleOf(block)) && !ownWeights(mask, name) && !weightsOf?.(name),
  );
  return missing
    ? `the initial mask of kind ${initial.kind} follows from the base model's weights, and those of ${missing.name} are not at hand; put the model back where it lay, or add its folder, and open the mask again`
    : null;
}

function countFlips(bits: BitMatrix, cells: Uint16Array, heads?: Bands): Flips {
  const { rows, columns } = bits;
  const bands = heads ?? { count: 1, rows, columns };
  const [all, zeros] = [new Uint32Array(bands.count * CELLS), new Uint32Array(bands.count * CELLS)];
  for (let from = 0; from < cells.length; from += bands.columns) {
    const start = CELLS * bandOf(bands, Math.floor(from / columns), from % columns);
    for (let i = from; i < from + bands.columns; i++) all[start + cells[i]!]!++;
  }
  eachZero(bits, (row, column) => {
    zeros[CELLS * bandOf(bands, row, column) + cells[row * columns + column]!]!++;
  });
  const parts = Array.from({ length: bands.count }, (_, band) => {
    const [from, to] = [band * CELLS, (band + 1) * CELLS];
    return { all: all.subarray(from, to), zeros: zeros.subarray(from, to) };
  });
  const whole = (of: keyof CellCounts) =>
    Uint32Array.from({ length: CELLS }, (_, cell) => sum(parts, (part) => part[of][cell]!));
  return { cells, all: whole("all"), zeros: whole("zeros"), heads: heads ? parts : [] };
}

/** The mask [rows, columns] that training began from. */
export function beganAs({ rows, columns }: BitMatrix, { cells }: Flips): BitMatrix {
  const bits = emptyBits(rows, columns);
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++)
      bits.bytes[row * bits.stride + (column >> 3)]! |= Number(cells[i]! < DROPPED) << (column & 7);
  return bits;
}

/** Weights that began kept and are not kept now. */
export function droppedOf({ zeros }: Flips): number {
  return sumOf(zeros.subarray(0, DROPPED));
}

/** Weights that began dropped and are kept now. */
export function revivedOf({ all, zeros }: Flips): number {
  return sumOf(all.subarray(DROPPED)) - sumOf(zeros.subarray(DROPPED));
}

/**
 * By cell, the share that was dropped of the weights that began kept, over one matrix or several; 0 in the cells of those
 * that began dropped.
 */
export function dropRates(flips: readonly CellCounts[]): Float64Array {
  const rates = new Float64Array(CELLS);
  for (let cell = 0; cell < DROPPED; cell++) {
    const all = sum(flips, (flip) => flip.all[cell]!);
    if (all) rates[cell] = sum(flips, (flip) => flip.zeros[cell]!) / all;
  }
  return rates;
}

/** Drops of a region against rates of a larger one (its own rates would expect just what is observed). */
export function dropsOf(flips: CellCounts, rates: Float64Array): Deviation {
  let [observed, expected, variance] = [0, 0, 0];
  for (let cell = 0; cell < DROPPED; cell++) {
    const [all, rate] = [flips.all[cell]!, rates[cell]!];
    observed += flips.zeros[cell]!;
    expected += all * rate;
    variance += all * rate * (1 - rate);
  }
  return deviation(observed, expected, variance);
}

/** Drops of each row, or of each column. */
export interface LineDrops {
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  readonly variance: Float64Array;
}

/** Drops of a matrix's rows and columns, given the initial scores and the matrix's own rates. */
export function lineDrops(bits: BitMatrix, flips: Flips): { rows: LineDrops; columns: LineDrops } {
  const { cells } = flips;
  const rates = dropRates([flips]);
  const variances = rates.map((rate) => rate * (1 - rate));
  const [rows, columns] = [emptyLines(bits.rows), emptyLines(bits.columns)];
  for (let row = 0, i = 0; row < bits.rows; row++) {
    let [expected, variance] = [0, 0];
    for (let column = 0; column < bits.columns; column++, i++) {
      const cell = cells[i]!;
      expected += rates[cell]!;
      variance += variances[cell]!;
      columns.expected[column]! += rates[cell]!;
      columns.variance[column]! += variances[cell]!;
    }
    rows.expected[row] = expected;
    rows.variance[row] = variance;
  }
  eachZero(bits, (row, column) => {
    if (cells[row * bits.columns + column]! >= DROPPED) return;
    rows.observed[row]!++;
    columns.observed[column]!++;
  });
  return { rows, columns };
}

/** A line's deviation. */
export function lineAt({ observed, expected, variance }: LineDrops, line: number): Deviation {
  return deviation(observed[line]!, expected[line]!, variance[line]!);
}

/** Drops of an attention head in one of its matrices, or in all of them that are masked. */
export interface HeadDrops extends Deviation {
  readonly block: number;
  readonly head: number;
  readonly kind: HeadKind | "all";
}

/** Drops of each head in its part of a matrix, given the matrix's own rates; none of a matrix that heads do not divide. */
export function headDrops({ block, kind }: MaskMatrix, flips: Flips): HeadDrops[] {
  if (block === null || !isHeadKind(kind)) return [];
  const rates = dropRates([flips]);
  return flips.heads.map((part, head) => ({ block, head, kind, ...dropsOf(part, rates) }));
}

/** The same heads over all their matrices together, ordered by block and head. */
export function allOfHeads(drops: readonly HeadDrops[], kinds: readonly MatrixKind[] = HEAD_KINDS): HeadDrops[] {
  const heads = new Map<string, HeadDrops[]>();
  for (const part of drops.filter(({ kind }) => kinds.some((wanted) => wanted === kind))) {
    const head = `${part.block}.${part.head}`;
    heads.set(head, [...(heads.get(head) ?? []), part]);
  }
  return [...heads.values()]
    .map((parts): HeadDrops => ({ block: parts[0]!.block, head: parts[0]!.head, kind: "all", ...together(parts) }))
    .sort((a, b) => a.block - b.block || a.head - b.head);
}

/** Calls back for every weight that is not kept; quick where few are not. */
export function eachZero(
  { rows, columns, stride, bytes }: BitMatrix,
  visit: (row: number, column: number) => void,
): void {
  for (let row = 0; row < rows; row++)
    for (let byte = 0; byte < stride; byte++) {
      let zeros = ~bytes[row * stride + byte]! & 0xff;
      for (; zeros; zeros &= zeros - 1) {
        const column = byte * 8 + 31 - Math.clz32(zeros & -zeros);
        if (column < columns) visit(row, column);
      }
    }
}

function emptyLines(length: number): LineDrops {
  return { observed: new Float64Array(length), expected: new Float64Array(length), variance: new Float64Array(length) };
}

function sumOf(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
