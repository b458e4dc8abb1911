// What training changed: the weights that began kept and were pruned, against what their initial scores let expect.
// Formulas: method.md, "What training changed".

import { HEAD_KINDS, type HeadKind, isHeadKind, type MatrixKind } from "../kinds.ts";
import { type BitMatrix, emptyBits } from "./bits.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import { needsWeights, type Role } from "./initial.ts";
import type { Estimate } from "./metadata.ts";
import { ratio } from "./significance.ts";
import { type Bands, bandOf, headBands, sum } from "./statistics.ts";
import { CELLS, initialCells, OFF, strataWidth } from "./strata.ts";

/** A count beside its expectation, given the initial scores. */
export interface Deviation {
  readonly observed: number;
  readonly expected: number;
  /** Of `observed`, given the rates' own counts and allowing for clusters. */
  readonly variance: number;
  /** observed / expected with its 95 % interval (see `ratio`); null where nothing is expected. */
  readonly effect: Estimate | null;
  /** (observed − expected) / √variance; null where nothing could vary. */
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

/** The deviation of regions together that share no weight and whose rates were fitted apart. */
export function together(parts: readonly Counted[]): Deviation {
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
  const { name, layer, bits } = matrix;
  const { initial, base } = mask.metadata;
  if (!initial) return undefined;
  const role = roleOf(layer);
  const weights = needsWeights(initial, role) ? (ownWeights(mask, name) ?? weightsOf?.(name)) : undefined;
  const cells = initialCells(initial, { name, rows: bits.rows, columns: bits.columns }, role, weights);
  return cells && countFlips(bits, cells, headBands(matrix, base.heads));
}

/** The weights of a matrix that the base model does not hold, and so the mask's own file does. */
export function ownWeights({ classifier }: Pick<Mask, "classifier">, name: string): Float32Array | undefined {
  return classifier.find((tensor) => tensor.name === name)?.data;
}

export function roleOf(layer: number | null): Role {
  return layer === null ? "classifier" : "encoder";
}

/** Whether its initial mask follows from the base model's weights, too. */
export function needsBase(mask: Mask): boolean {
  return unknownBecause(mask) !== null && mask.metadata.initial !== null;
}

/** Why a mask's changes cannot be told; null where they can. */
export function unknownBecause(mask: Mask, weightsOf?: WeightsOf): string | null {
  const { initial } = mask.metadata;
  if (!initial)
    return "the file does not record the initial scores, so changes made by training cannot be separated from the initial mask";
  const missing = mask.matrices.find(
    ({ name, layer }) => needsWeights(initial, roleOf(layer)) && !ownWeights(mask, name) && !weightsOf?.(name),
  );
  return missing
    ? `the initial mask of kind ${initial.kind} depends on the base model's weights, and those of ${missing.name} are not available; put the model back at its original path, or add its folder, and open the mask again`
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
      bits.bytes[row * bits.stride + (column >> 3)]! |= Number(cells[i]! < OFF) << (column & 7);
  return bits;
}

/** Weights that began kept and are not kept now. */
export function prunedOf({ zeros }: Flips): number {
  return sumOf(zeros.subarray(0, OFF));
}

/** Weights that began off and are kept now. */
export function regrownOf({ all, zeros }: Flips): number {
  return sumOf(all.subarray(OFF)) - sumOf(zeros.subarray(OFF));
}

/** Drop rates by stratum, fitted on one matrix or several. */
export interface Rates {
  /** Of each cell, the share that was pruned of its stratum's weights that began kept; 0 of those that began off. */
  readonly of: Float64Array;
  /** Weights that began kept, by cell. */
  readonly all: Float64Array;
  /** Cells of one stratum, side by side: 1, or more where there are too few weights for so many strata. */
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
 * Drops of a region that is part of what the rates were fitted on (its own rates would expect just what is observed).
 * Given what its strata pruned in all, a region's count is hypergeometric: of n of the N weights of a stratum with rate p the
 * variance is n p (1 − p) (N − n) / (N − 1). Clusters are not allowed for.
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

/** Drops of each row, or of each column, were they independent: variance Σ p(1 − p). */
export interface LinePruning {
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  readonly variance: Float64Array;
}

/** Both directions of a matrix's lines. */
export interface MatrixLines {
  readonly rows: LinePruning;
  readonly columns: LinePruning;
}

/** Drops of a matrix's rows and columns, given the initial scores and the matrix's own rates. */
export function linePruning(bits: BitMatrix, flips: Flips): MatrixLines {
  const { cells } = flips;
  const rates = pruneRates([flips]).of;
  const [rows, columns] = [emptyLines(bits.rows), emptyLines(bits.columns)];
  for (const [of, key] of [
    [rates, "expected"],
    [rates.map((rate) => rate * (1 - rate)), "variance"],
  ] as const)
    addLines(cells, of, rows[key], columns[key]);
  eachZero(bits, (row, column) => {
    if (cells[row * bits.columns + column]! >= OFF) return;
    rows.observed[row]!++;
    columns.observed[column]!++;
  });
  return { rows, columns };
}

/** Adds each weight's value, that of its cell, to its row's and its column's sum; four rows at a time, which is twice as quick. */
function addLines(cells: Uint16Array, of: Float64Array, rows: Float64Array, columns: Float64Array): void {
  const width = columns.length;
  const fours = rows.length - (rows.length % 4);
  for (let row = 0; row < fours; row += 4) {
    const first = row * width;
    const [second, third, fourth] = [first + width, first + 2 * width, first + 3 * width];
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let column = 0; column < width; column++) {
      const w = of[cells[first + column]!]!;
      const x = of[cells[second + column]!]!;
      const y = of[cells[third + column]!]!;
      const z = of[cells[fourth + column]!]!;
      a += w;
      b += x;
      c += y;
      d += z;
      columns[column]! += w + x + y + z;
    }
    rows.set([a, b, c, d], row);
  }
  for (let row = fours; row < rows.length; row++)
    for (let column = 0; column < width; column++) {
      const value = of[cells[row * width + column]!]!;
      rows[row]! += value;
      columns[column]! += value;
    }
}

/** A line's deviation; a line is one of so many equal parts of what its rates were fitted on. */
export function lineAt({ observed, expected, variance }: LinePruning, line: number): Deviation {
  return deviation(observed[line]!, expected[line]!, variance[line]! * (1 - 1 / observed.length));
}

/**
 * How many times as much the counts of lines vary as independent drops would, φ: the lines lie in `groups` equal groups, and
 * each is held against its group's own mean, so that groups may differ. With e = observed − expected and variance v of a line
 *
 *     φ = Σ (e − v · Σe / Σv)² / v / (lines − groups),   the inner sums over the line's group
 *
 * 1 where drops are independent. null where there are no more lines than groups in which anything could vary.
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

/** Lines from which their dispersion is taken to allow for clusters of a whole matrix: two labels' rows say nothing of it. */
const FEWEST_LINES = 20;

/**
 * φ of a whole matrix, whose drops cluster in rows and in columns: its count's variance is that of independent drops, and what
 * rows add, and what columns add. At least 1.
 */
export function matrixDispersion({ rows, columns }: MatrixLines, bands?: Bands): number {
  const of = (lines: LinePruning, groups: number) =>
    lines.observed.length < FEWEST_LINES ? 1 : Math.max(1, dispersion(lines, groups) ?? 1);
  const inHeads = (lines: LinePruning, across: number | undefined) =>
    of(lines, bands && across !== lines.observed.length ? bands.count : 1);
  return inHeads(rows, bands?.rows) + inHeads(columns, bands?.columns) - 1;
}

/** Counts of a matrix's weights, and φ of it as a whole. */
export interface Clustered extends CellCounts {
  readonly phi: number;
}

/** A region of whole matrices against rates fitted on all of them. */
export interface RegionPruning extends Deviation {
  /** How many times as large the variance is as that of independent drops; null where nothing could vary. */
  readonly phi: number | null;
}

/**
 * Drops of some matrices against the rates of all, `inside` being some of `all`. The rates were fitted on the region, too: with
 * its share s of a stratum's N weights, its excess is (1 − s) times its own less s times that of the rest, so with each
 * matrix's variance φ n p(1 − p) the variance is
 *
 *     Σ p (1 − p) ((1 − s)² Σ φ n inside + s² Σ φ n outside) · N / (N − 1)
 *
 * which for φ = 1 is the hypergeometric one of `pruningOf`.
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

/** Drops of an attention head in one of its matrices, or in all of them that are masked. */
export interface HeadPruning extends Deviation {
  readonly layer: number;
  readonly head: number;
  readonly kind: HeadKind | "all";
  /**
   * `dispersion` of the lines within the heads of the matrix, by which `variance` is multiplied where it is over 1; over all
   * matrices of a head, how many times as large their variance is as that of independent drops. null where it is not known.
   */
  readonly phi: number | null;
}

/** Drops of each head in its part of a matrix, given the matrix's own rates; none of a matrix that heads do not divide. */
export function headPruning({ layer, kind }: MaskMatrix, flips: Flips, lines: MatrixLines): HeadPruning[] {
  if (layer === null || !isHeadKind(kind)) return [];
  const rates = pruneRates([flips]);
  const phi = dispersion(kind === "AO" ? lines.columns : lines.rows, flips.heads.length || 1);
  return flips.heads.map((part, head) => {
    const { observed, expected, variance } = pruningOf(part, rates);
    return { layer, head, kind, ...deviation(observed, expected, variance * Math.max(1, phi ?? 1)), phi };
  });
}

/** The same heads over all their matrices together, ordered by layer and head. */
export function allOfHeads(drops: readonly HeadPruning[], kinds: readonly MatrixKind[] = HEAD_KINDS): HeadPruning[] {
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
      return { layer: parts[0]!.layer, head: parts[0]!.head, kind: "all", ...all, phi };
    })
    .sort((a, b) => a.layer - b.layer || a.head - b.head);
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

function emptyLines(length: number): LinePruning {
  return { observed: new Float64Array(length), expected: new Float64Array(length), variance: new Float64Array(length) };
}

function sumOf(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
