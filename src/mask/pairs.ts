// Counts for pairs of masks, matrix by matrix: the weights that both pruned, and the weights in which they differ.

import { InputError } from "../errors.ts";
import { isHeadKind } from "../kinds.ts";
import { count } from "./algebra.ts";
import { type BitMatrix, countOnes } from "./bits.ts";
import {
  flipsOf,
  type HeadPruning,
  headPruning,
  linePruning,
  pruneRates,
  unknownBecause,
  type WeightsOf,
} from "./changed.ts";
import type { Mask, MaskMatrix } from "./file.ts";
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

/** Counts from which the statistics of any set of matrices are computed. */
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

/**
 * Fills the pairs' tallies matrix by matrix, so that each initial mask is computed once, with only one matrix's cells
 * in memory at a time.
 */
export function tally(pairs: readonly Pair[], withHeads: boolean, weightsOf?: WeightsOf): void {
  const sides = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  for (const name of new Set(pairs.flatMap(({ shared }) => shared))) {
    const drawn = drawAll(sides, name, withHeads, weightsOf);
    for (const pair of pairs) {
      if (!pair.shared.includes(name)) continue;
      const [a, b] = [pair.a.matrices.get(name)!, pair.b.matrices.get(name)!];
      const [first, second] = [drawn.get(pair.a), drawn.get(pair.b)];
      const bands = withHeads ? headBands(a, pair.a.mask.metadata.base.heads) : undefined;
      const parts = first && second ? overlapsOf(a.bits, first, b.bits, second, bands) : null;
      pair.tallies.push({
        ...{ name, layer: a.layer, kind: a.kind },
        ...{ overlap: parts?.whole ?? null, heads: (bands && parts?.bands) ?? null },
        ...distanceOf(a.bits, b.bits),
      });
    }
  }
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

/** What each mask pruned in one matrix. */
function drawAll(sides: readonly Side[], name: string, withHeads: boolean, weightsOf?: WeightsOf): Map<Side, Drawn> {
  const drawn = new Map<Side, Drawn>();
  for (const side of sides) {
    const matrix = side.matrices.get(name);
    const flips = matrix && side.unknown === null ? flipsOf(side.mask, matrix, weightsOf) : undefined;
    if (!matrix || !flips) continue;
    const rates = pruneRates([flips]);
    drawn.set(side, { flips, rates, variances: rates.of.map((rate) => rate * (1 - rate)) });
    if (withHeads && matrix.layer !== null && isHeadKind(matrix.kind))
      side.heads.push(...headPruning(matrix, flips, linePruning(matrix.bits, flips)));
  }
  return drawn;
}
