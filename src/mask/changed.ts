// What training changed: the number of pruned weights, compared with the number that the initial scores predict.
// Formulas: method.md, "What training changed".

import { type HeadLayout, type HeadView, isByColumn, kindsOfView } from "../anatomy/heads.ts";
import { isHeadKind } from "../kinds.ts";
import { NAME_LENGTH, visible } from "../visible.ts";
import { type BitMatrix, emptyBits, zerosOf } from "./bits.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import { needsWeights, roleOf, type WeightsOf } from "./initial.ts";
import { type LineSums, lineSums } from "./line-sums.ts";
import type { Estimate } from "./metadata.ts";
import { ratio } from "./significance.ts";
import { type Bands, bandOf, hasUnits, headBands, sum } from "./statistics.ts";
import { CELLS, initialCells, OFF, strataWidth } from "./strata.ts";

/** A count and its expectation, given the initial scores. */
export interface Deviation {
  readonly observed: number;
  readonly expected: number;
  /** The variance of `observed`, given the number of weights pruned in each stratum, corrected for clustering. */
  readonly variance: number;
  /** observed / expected with its 95 % interval (see `ratio`); null if nothing is expected. */
  readonly effect: Estimate | null;
  /** (observed − expected) / √variance; null if the count cannot vary. */
  readonly z: number | null;
}

export function deviation(observed: number, expected: number, variance: number): Deviation {
  return {
    ...{ observed, expected, variance },
    effect: ratio(observed, expected, variance),
    z: variance > 0 ? (observed - expected) / Math.sqrt(variance) : null,
  };
}

type Counted = Pick<Deviation, "observed" | "expected" | "variance">;

/** The combined deviation of several regions, which must be disjoint and have separately fitted rates. */
export function together(parts: readonly Counted[]): Deviation {
  return deviation(
    sum(parts, ({ observed }) => observed),
    sum(parts, ({ expected }) => expected),
    sum(parts, ({ variance }) => variance),
  );
}

/** What training changed in a matrix, with its weights grouped by initial score (see strata.ts). */
export interface Flips {
  /** The cell of each weight; length rows · columns. */
  readonly cells: Uint16Array;
  /** The indices in `cells` of the weights that started on and are now off, in ascending order. */
  readonly pruned: Uint32Array;
  /** The number of weights in each cell, and how many of them are now off. */
  readonly all: Uint32Array;
  readonly zeros: Uint32Array;
  /** The same counts for each attention head; empty if the matrix is not divided into heads. */
  readonly heads: readonly CellCounts[];
}

export type CellCounts = Pick<Flips, "all" | "zeros">;

/** The flips of one matrix; undefined if its initial mask cannot be recomputed. */
export function flipsOf(mask: Mask, matrix: MaskMatrix, weightsOf?: WeightsOf): Flips | undefined {
  const { name, layer, bits } = matrix;
  const { initial, base } = mask.metadata;
  if (!initial) return undefined;
  const role = roleOf(layer);
  const weights = needsWeights(initial, role) ? (ownWeights(mask, name) ?? weightsOf?.(name)) : undefined;
  const cells = initialCells(initial, { name, rows: bits.rows, columns: bits.columns }, role, weights);
  return cells && countFlips(bits, cells, headBands(matrix, base));
}

/** The weights of a matrix that is not in the base model and is therefore stored in the mask's file. */
export function ownWeights({ tensors }: Pick<Mask, "tensors">, name: string): Float32Array | undefined {
  return tensors.find((tensor) => tensor.name === name)?.data;
}

/** Whether recomputing the initial mask requires the base model's weights. */
export function needsBase(mask: Mask): boolean {
  return mask.metadata.initial !== null && unknownBecause(mask) !== null;
}

/** Why the changes made by training are unknown; null if they are known. */
export function unknownBecause(mask: Mask, weightsOf?: WeightsOf): string | null {
  const { initial, combined, imported } = mask.metadata;
  if (combined)
    return `the mask was not trained but combined from others (${combined.operation} of ${combined.masks.length}), so it has no initial mask`;
  if (hasUnits(mask))
    return "its scores belong to whole attention heads and neurons, so it has no initial mask of single weights, and statistics that count weights as independent do not apply";
  if (imported)
    return `the mask was imported (${visible(imported.format, NAME_LENGTH)}), and the imported file does not record an initial mask, so only densities are known`;
  if (!initial)
    return "the file does not record the initial scores, so changes made by training cannot be separated from the initial mask";
  const missing = mask.matrices.find(
    ({ name, layer }) => needsWeights(initial, roleOf(layer)) && !ownWeights(mask, name) && !weightsOf?.(name),
  );
  return missing
    ? `recomputing the initial mask (${initial.kind}) requires the base model, but its tensor ${missing.name} is not available; move the base model back to its original path, or add its folder (in the editor: Add Model Folder…), and open the mask again`
    : null;
}

function countFlips(bits: BitMatrix, cells: Uint16Array, heads?: Bands): Flips {
  const { rows, columns } = bits;
  const bands = heads ?? { count: 1, rows, columns };
  const parts = Array.from({ length: bands.count }, () => ({
    all: new Uint32Array(CELLS),
    zeros: new Uint32Array(CELLS),
  }));
  const off = zerosOf(bits);
  const pruned = new Uint32Array(off.length);
  let [next, count] = [0, 0];
  eachRun(bits, bands, (from, to, band) => {
    const { all, zeros } = parts[band]!;
    countCells(cells, from, to, all);
    for (; off[next]! < to; next++) {
      const cell = cells[off[next]!]!;
      zeros[cell]!++;
      pruned[count] = off[next]!; // overwritten by the next weight if this weight started off
      count += Number(cell < OFF);
    }
  });
  const whole = (of: keyof CellCounts) =>
    Uint32Array.from({ length: CELLS }, (_, cell) => sum(parts, (part) => part[of][cell]!));
  const flips = { cells, pruned: pruned.subarray(0, count), all: whole("all"), zeros: whole("zeros") };
  return { ...flips, heads: heads ? parts : [] };
}

function countCells(cells: Uint16Array, from: number, to: number, counts: Uint32Array): void {
  for (let i = from; i < to; i++) counts[cells[i]!]!++;
}

/** Visits a matrix's weights in order, in runs of consecutive weights, each within one row and one band. */
export function eachRun(
  { rows, columns }: Pick<BitMatrix, "rows" | "columns">,
  bands: Bands,
  visit: (from: number, to: number, band: number) => void,
): void {
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column += bands.columns)
      visit(row * columns + column, row * columns + column + bands.columns, bandOf(bands, row, column));
}

/** The initial mask, [rows, columns]. */
export function beganAs({ rows, columns }: Pick<BitMatrix, "rows" | "columns">, { cells }: Flips): BitMatrix {
  const bits = emptyBits(rows, columns);
  for (let row = 0, i = 0, byte = 0; row < rows; row++)
    for (let column = 0; column < columns; byte++) {
      let value = 0;
      for (let bit = 0; bit < 8 && column < columns; bit++, column++, i++) value |= Number(cells[i]! < OFF) << bit;
      bits.bytes[byte] = value;
    }
  return bits;
}

/** The number of weights that were on in the initial mask and are off now. */
export function prunedOf({ zeros }: Flips): number {
  return sumOf(zeros.subarray(0, OFF));
}

/** The number of weights that were off in the initial mask and are on now. */
export function regrownOf({ all, zeros }: Flips): number {
  return sumOf(all.subarray(OFF)) - sumOf(zeros.subarray(OFF));
}

/** Pruning rates by stratum, fitted on one or more matrices. */
export interface Rates {
  /**
   * For each cell of weights that started on, the fraction of its stratum's weights that were pruned; 0 for cells of
   * weights that started off.
   */
  readonly of: Float64Array;
  /** For each cell, the number of weights that started on. */
  readonly all: Float64Array;
  /** The number of adjacent cells merged into one stratum: 1, or more if there are few weights. */
  readonly width: number;
}

export function pruneRates(flips: readonly CellCounts[]): Rates {
  const total = (of: keyof CellCounts) =>
    Float64Array.from({ length: OFF }, (_, cell) => sum(flips, (flip) => flip[of][cell]!));
  const [all, zeros] = [total("all"), total("zeros")];
  const width = strataWidth(sum(flips, (flip) => sumOf(flip.all)));
  const of = new Float64Array(CELLS);
  eachStratum(width, (from, to) => {
    const count = between(all, from, to);
    if (count) of.fill(between(zeros, from, to) / count, from, to);
  });
  return { of, all, width };
}

/**
 * Compares the number of weights pruned in a region with the number expected from rates fitted on a larger set of
 * weights, which includes the region; rates fitted on the region alone would predict exactly the observed count. Given
 * the number of weights pruned in each stratum, the count is hypergeometric: for n of the N weights of a stratum with
 * rate p, the variance is n p (1 − p) (N − n) / (N − 1). The variance is not corrected for clustering.
 */
export function pruningOf(flips: CellCounts, rates: Rates): Deviation {
  let [expected, variance] = [0, 0];
  eachStratum(rates.width, (from, to) => {
    const [n, all, rate] = [between(flips.all, from, to), between(rates.all, from, to), rates.of[from]!];
    expected += n * rate;
    if (all > 1) variance += (n * rate * (1 - rate) * (all - n)) / (all - 1);
  });
  return deviation(sumOf(flips.zeros.subarray(0, OFF)), expected, variance);
}

function eachStratum(width: number, visit: (from: number, to: number) => void): void {
  for (let from = 0; from < OFF; from += width) visit(from, from + width);
}

function between(counts: Uint32Array | Float64Array, from: number, to: number): number {
  let total = 0;
  for (let cell = from; cell < to; cell++) total += counts[cell]!;
  return total;
}

/**
 * The number of weights pruned in each row or in each column. The variance, Σ p(1 − p), assumes independent weights.
 */
export interface LinePruning extends LineSums {
  readonly observed: Float64Array;
}

/** The weights pruned in a matrix, counted by row and by column. */
export interface MatrixLines {
  readonly rows: LinePruning;
  readonly columns: LinePruning;
}

/** Counts the weights pruned in each row and column of a matrix; expectations use the matrix's own rates. */
export function linePruning({ rows: height, columns: width }: BitMatrix, flips: Flips): MatrixLines {
  const expected = lineSums(flips.cells, pruneRates([flips]).of, height, width);
  const rows = { observed: new Float64Array(height), ...expected.rows };
  const columns = { observed: new Float64Array(width), ...expected.columns };
  let next = 0;
  for (let row = 0; row < height; row++)
    for (; flips.pruned[next]! < (row + 1) * width; next++) {
      rows.observed[row]!++;
      columns.observed[flips.pruned[next]! - row * width]!++;
    }
  return { rows, columns };
}

/**
 * The deviation of one row or column. Its variance is reduced because the rates were fitted on all lines, including
 * this line.
 */
export function lineAt({ observed, expected, variance }: LinePruning, line: number): Deviation {
  return deviation(observed[line]!, expected[line]!, variance[line]! * (1 - 1 / observed.length));
}

/**
 * The dispersion φ: how much more the counts vary between lines than they would if weights were pruned independently.
 * The lines form `groups` equal groups, and each line is compared with the mean of its group, because groups may
 * differ. If e = observed − expected and v is the variance of a line, then
 *
 *     φ = Σ (e − v · Σe / Σv)² / v / (lines − groups),   where the inner sums cover the line's group
 *
 * φ is about 1 for independent weights, and null if no group has two lines whose counts can vary.
 */
export function dispersion({ observed, expected, variance }: LinePruning, groups = 1): number | null {
  const size = observed.length / groups;
  let [total, freedom] = [0, 0];
  for (let group = 0; group < groups; group++) {
    const lines = Array.from({ length: size }, (_, i) => group * size + i).filter((line) => variance[line]! > 0);
    if (!lines.length) continue;
    const excess = (line: number) => observed[line]! - expected[line]!;
    const mean = sum(lines, excess) / sum(lines, (line) => variance[line]!);
    total += sum(lines, (line) => (excess(line) - variance[line]! * mean) ** 2 / variance[line]!);
    freedom += lines.length - 1;
  }
  return freedom > 0 ? total / freedom : null;
}

/**
 * The minimum number of lines for estimating a matrix's dispersion: the two rows of a binary classifier say nothing
 * about clustering.
 */
const FEWEST_LINES = 20;

/**
 * φ of a whole matrix. Pruned weights can cluster in rows and in columns, so φ is 1, its value for independent weights,
 * plus the amounts by which φ of the rows and φ of the columns exceed 1.
 */
export function matrixDispersion({ rows, columns }: MatrixLines, bands?: Bands): number {
  const of = (lines: LinePruning, groups: number) =>
    lines.observed.length < FEWEST_LINES ? 1 : Math.max(1, dispersion(lines, groups) ?? 1);
  const inHeads = (lines: LinePruning, across: number | undefined) =>
    of(lines, bands && across !== lines.observed.length ? bands.count : 1);
  return inHeads(rows, bands?.rows) + inHeads(columns, bands?.columns) - 1;
}

/** The counts of a matrix, with its φ (see `matrixDispersion`). */
export interface Clustered extends CellCounts {
  readonly phi: number;
}

/** The weights pruned in a region made of whole matrices, compared with rates fitted on all matrices. */
export interface RegionPruning extends Deviation {
  /** The variance divided by the variance for independent weights; null if the count cannot vary. */
  readonly phi: number | null;
}

/**
 * Compares the number of weights pruned in the matrices `inside` with the number expected from rates fitted on `all`,
 * which includes these matrices. Because the region also influences the rates, the excess measured for a region with a
 * fraction s of a stratum's N weights is (1 − s) times the region's true excess minus s times the true excess of the
 * other matrices. If each matrix has variance φ n p(1 − p), the variance is
 *
 *     Σ p (1 − p) ((1 − s)² Σ φ n inside + s² Σ φ n outside) · N / (N − 1)
 *
 * For φ = 1 this is the hypergeometric variance of `pruningOf`.
 */
export function regionPruning(inside: readonly Clustered[], all: readonly Clustered[], rates: Rates): RegionPruning {
  const outside = all.filter((matrix) => !inside.includes(matrix));
  let [observed, expected, variance, independent] = [0, 0, 0, 0];
  for (const { zeros } of inside) observed += sumOf(zeros.subarray(0, OFF));
  eachStratum(rates.width, (from, to) => {
    const [total, rate] = [between(rates.all, from, to), rates.of[from]!];
    const n = sum(inside, (matrix) => between(matrix.all, from, to));
    expected += n * rate;
    if (total < 2) return;
    const share = n / total;
    const scaled = (matrices: readonly Clustered[]) =>
      sum(matrices, (matrix) => matrix.phi * between(matrix.all, from, to));
    const each = (rate * (1 - rate) * total) / (total - 1);
    variance += each * ((1 - share) ** 2 * scaled(inside) + share ** 2 * scaled(outside));
    independent += each * (1 - share) * n;
  });
  const phi = independent > 0 ? variance / independent : null;
  return { ...deviation(observed, expected, phi === null ? 0 : variance), phi };
}

/** The number of weights pruned in an attention head: in one of its masked matrices, or in all of them. */
export interface HeadPruning extends Deviation {
  readonly layer: number;
  readonly head: number;
  readonly kind: HeadView;
  /**
   * For one matrix: the `dispersion` of lines within heads; if greater than 1, the variance is multiplied by it. For
   * all of a head's matrices: the variance divided by the variance for independent weights. null if unknown.
   */
  readonly phi: number | null;
}

/**
 * Compares the number of weights pruned in each head's part of a matrix with the number expected from the matrix's own
 * rates; empty if the matrix is not divided into heads.
 */
export function headPruning({ layer, kind }: MaskMatrix, flips: Flips, lines: MatrixLines): HeadPruning[] {
  if (layer === null || !isHeadKind(kind)) return [];
  const rates = pruneRates([flips]);
  const phi = dispersion(isByColumn(kind) ? lines.columns : lines.rows, flips.heads.length || 1);
  return flips.heads.map((part, head) => {
    const { observed, expected, variance } = pruningOf(part, rates);
    return { layer, head, kind, ...deviation(observed, expected, variance * Math.max(1, phi ?? 1)), phi };
  });
}

/** Combines the results for the matrices of a view into one entry per head, ordered by layer and head. */
export function headsInView(drops: readonly HeadPruning[], view: HeadView, layout: HeadLayout): HeadPruning[] {
  const kinds = kindsOfView(view, layout);
  const heads = new Map<string, HeadPruning[]>();
  for (const part of drops.filter(({ kind }) => kinds.some((wanted) => wanted === kind))) {
    const head = `L${part.layer}H${part.head}`;
    heads.set(head, [...(heads.get(head) ?? []), part]);
  }
  return [...heads.values()]
    .map((parts): HeadPruning => {
      const all = together(parts);
      const independent = sum(parts, ({ variance, phi }) => variance / Math.max(1, phi ?? 1));
      const phi = independent > 0 ? all.variance / independent : null;
      return { layer: parts[0]!.layer, head: parts[0]!.head, kind: view, ...all, phi };
    })
    .sort((a, b) => a.layer - b.layer || a.head - b.head);
}

function sumOf(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
