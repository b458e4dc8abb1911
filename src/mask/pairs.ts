// Counts for pairs of masks, matrix by matrix: the weights that both pruned, and the weights on which they differ.

import { InputError } from "../errors.ts";
import { isHeadKind } from "../kinds.ts";
import { count } from "./algebra.ts";
import { type BitMatrix, countOnes } from "./bits.ts";
import { flipsOf, type HeadPruning, headPruning, linePruning, pruneRates, unknownBecause } from "./changed.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import type { WeightsOf } from "./initial.ts";
import { type Drawn, type Overlap, overlapsOf } from "./overlap.ts";
import { headBands, sizeOf } from "./statistics.ts";

/** A mask in a comparison. */
export interface Side {
  readonly mask: Mask;
  readonly matrices: ReadonlyMap<string, MaskMatrix>;
  readonly unknown: string | null;
  /** Filled matrix by matrix. */
  readonly heads: HeadPruning[];
}

export interface Pair {
  readonly a: Side;
  readonly b: Side;
  readonly shared: readonly string[];
  /** Filled matrix by matrix. */
  readonly tallies: Tally[];
}

/** Counts for one matrix; the statistics of any set of matrices are computed from their counts. */
export interface Tally extends Pick<MaskMatrix, "name" | "layer" | "kind"> {
  readonly overlap: Overlap | null;
  /** The overlap in each attention head; null if it is unknown, or if the matrix is not divided into heads. */
  readonly heads: readonly Overlap[] | null;
  /** The number of weights in which the masks differ, and its expectation for independent masks. */
  readonly unlike: number;
  readonly unlikeByChance: number;
  /** ones₁ + ones₂ */
  readonly kept: number;
}

export function sideOf(mask: Mask, weightsOf?: WeightsOf): Side {
  return {
    mask,
    matrices: new Map(mask.matrices.map((m) => [m.name, m])),
    unknown: unknownBecause(mask, weightsOf),
    heads: [],
  };
}

export function pairsOf(sides: readonly Side[]): Pair[] {
  return sides.flatMap((a, i) => sides.slice(i + 1).map((b): Pair => ({ a, b, shared: sharedOf(a, b), tallies: [] })));
}

/** Every pair among the masks, in order. Throws an InputError if two masks have different base models or no matrix in common. */
export function pairsAmong(masks: readonly Mask[], weightsOf?: WeightsOf): Pair[] {
  return pairsOf(masks.map((mask) => sideOf(mask, weightsOf)));
}

/** The names of the matrices that at least one pair shares. */
export function namesOf(pairs: readonly Pair[]): string[] {
  return [...new Set(pairs.flatMap(({ shared }) => shared))];
}

/** The counts of one matrix for each pair (null if the pair does not share it), and its heads' counts in each mask. */
export interface MatrixTallies {
  readonly tallies: readonly (Tally | null)[];
  readonly heads: readonly (readonly HeadPruning[])[];
}

/**
 * Counts one matrix for all pairs, so that each initial mask is computed once, and the cells of only one matrix are in
 * memory at a time. Matrices can be counted in separate threads.
 */
export function tallyMatrix(
  pairs: readonly Pair[],
  name: string,
  withHeads: boolean,
  weightsOf?: WeightsOf,
): MatrixTallies {
  const sides = sidesOf(pairs);
  const drawn = drawAll(sides, name, weightsOf);
  const tallies = pairs.map((pair): Tally | null => {
    if (!pair.shared.includes(name)) return null;
    const [a, b] = [pair.a.matrices.get(name)!, pair.b.matrices.get(name)!];
    const [first, second] = [drawn.get(pair.a), drawn.get(pair.b)];
    const bands = withHeads ? headBands(a, pair.a.mask.metadata.base) : undefined;
    const parts = first && second ? overlapsOf(a.bits, first, b.bits, second, bands) : null;
    return {
      ...{ name, layer: a.layer, kind: a.kind },
      ...{ overlap: parts?.whole ?? null, heads: (bands && parts?.bands) ?? null },
      ...distanceOf(a.bits, b.bits),
    };
  });
  const heads = sides.map((side) => {
    const [matrix, counted] = [side.matrices.get(name), drawn.get(side)];
    if (!withHeads || !matrix || !counted || matrix.layer === null || !isHeadKind(matrix.kind)) return [];
    return headPruning(matrix, counted.flips, linePruning(matrix.bits, counted.flips));
  });
  return { tallies, heads };
}

/** Adds the counts of a matrix to the pairs and their sides. */
export function addTallies(pairs: readonly Pair[], { tallies, heads }: MatrixTallies): void {
  for (const [i, tally] of tallies.entries()) if (tally) pairs[i]!.tallies.push(tally);
  for (const [i, side] of sidesOf(pairs).entries()) side.heads.push(...heads[i]!);
}

/** Counts all matrices of the pairs. */
export function tally(pairs: readonly Pair[], withHeads: boolean, weightsOf?: WeightsOf): void {
  for (const name of namesOf(pairs)) addTallies(pairs, tallyMatrix(pairs, name, withHeads, weightsOf));
}

function sidesOf(pairs: readonly Pair[]): Side[] {
  return [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
}

/** The terms of d and its chance level: independent masks of densities p and q differ in n(p + q − 2pq) weights. */
function distanceOf(a: BitMatrix, b: BitMatrix): Pick<Tally, "unlike" | "unlikeByChance" | "kept"> {
  const [p, q] = [countOnes(a), countOnes(b)];
  return { unlike: count("xor", a, b), unlikeByChance: p + q - (2 * p * q) / sizeOf(a), kept: p + q };
}

function sharedOf(a: Side, b: Side): string[] {
  const shared = [...a.matrices.keys()].filter((name) => sameShape(a.matrices.get(name), b.matrices.get(name)));
  const place = { file: `${a.mask.file} and ${b.mask.file}` };
  if (!shared.length)
    throw new InputError(
      "the masks have no matrix in common",
      place,
      "compare masks of the same base model that share at least one matrix",
    );
  const hashes = [a.mask.metadata.base.weights, b.mask.metadata.base.weights] as const;
  for (const name of shared) {
    const [first, second] = [hashes[0][name], hashes[1][name]];
    if (first && second && first !== second)
      throw new InputError(
        `the masks belong to different base models: ${name} differs`,
        place,
        "compare masks of the same base model",
      );
  }
  return shared;
}

function sameShape(a: MaskMatrix | undefined, b: MaskMatrix | undefined): boolean {
  return a !== undefined && b !== undefined && a.bits.rows === b.bits.rows && a.bits.columns === b.bits.columns;
}

/** The weights that each mask pruned in one matrix, and the pruning rates. */
function drawAll(sides: readonly Side[], name: string, weightsOf?: WeightsOf): Map<Side, Drawn> {
  const drawn = new Map<Side, Drawn>();
  for (const side of sides) {
    const matrix = side.matrices.get(name);
    const flips = matrix && side.unknown === null ? flipsOf(side.mask, matrix, weightsOf) : undefined;
    if (!flips) continue;
    const rates = pruneRates([flips]);
    drawn.set(side, { flips, rates, variances: rates.of.map((rate) => rate * (1 - rate)) });
  }
  return drawn;
}
