// Masks in which nothing is to be found, each made from a real one by its null: drops that depend on the initial score
// alone, and lines that belong to no head.

import {
  beganAs,
  type Flips,
  flipsOf,
  type HeadPruning,
  headPruning,
  headsInView,
  linePruning,
  pruneRates,
} from "../../src/mask/changed.ts";
import type { Mask, MaskMatrix } from "../../src/mask/file.ts";
import { headBands } from "../../src/mask/statistics.ts";
import { CELLS, OFF } from "../../src/mask/strata.ts";
import { noise } from "./fixture.ts";

/**
 * A mask that began from the mask seed and whose weights were pruned independently, each stratum at the rate at which `mask`
 * pruned it in all the matrices that `wanted` chooses, which are those of the new mask.
 */
export function independentMask(
  mask: Mask,
  maskSeed: number,
  wanted: (matrix: MaskMatrix) => boolean = () => true,
): Mask {
  const initial = { ...mask.metadata.initial!, maskSeed };
  const seeds = { ...mask.metadata.seeds, run: maskSeed, mask: maskSeed };
  const metadata = { ...mask.metadata, initial, seeds, checksum: String(maskSeed) };
  const started: Mask = { ...mask, metadata };
  const chosen = mask.matrices.filter(wanted);
  const rates = pruneRates(chosen.map((matrix) => flipsOf(mask, matrix)!)).of;
  const matrices = chosen.map((matrix, number): MaskMatrix => {
    const flips = flipsOf(started, matrix)!;
    const bits = beganAs(matrix.bits, flips);
    const { rows, columns, stride, bytes } = bits;
    const luck = noise(rows * columns, maskSeed, 1000 + number);
    for (let row = 0, i = 0; row < rows; row++)
      for (let column = 0; column < columns; column++, i++)
        if (luck[i]! < rates[flips.cells[i]!]!) bytes[row * stride + (column >> 3)]! &= ~(1 << (column & 7));
    return { ...matrix, bits };
  });
  return { ...started, file: `independent ${maskSeed}`, matrices };
}

/** The head matrices of a mask, line by line, so that heads can be made of any lines. */
interface Lined {
  readonly matrix: MaskMatrix;
  readonly heads: number;
  readonly flips: Flips;
  readonly drops: ReturnType<typeof linePruning>;
  /** By line and cell. */
  readonly all: Uint16Array;
  readonly zeros: Uint16Array;
}

/** Shuffles the lines of each head matrix, which has as many of them in each head as before. Heads of every kind, and all. */
export class LineShuffle {
  readonly #heads: number;
  readonly #matrices: readonly Lined[];

  constructor(mask: Mask) {
    const { base } = mask.metadata;
    this.#heads = base.heads;
    this.#matrices = mask.matrices
      .filter((matrix) => headBands(matrix, base))
      .map((matrix) => lined(mask, matrix, base.heads));
  }

  /** The heads' drops after the shuffle of a seed. */
  heads(seed: number): HeadPruning[] {
    const drops = this.#matrices.flatMap((lined, number) => shuffled(lined, seed, number));
    return [...drops, ...headsInView(drops, "all", { heads: this.#heads })];
  }
}

function lined(mask: Mask, matrix: MaskMatrix, heads: number): Lined {
  const flips = flipsOf(mask, matrix)!;
  const { rows, columns, stride, bytes } = matrix.bits;
  const lines = matrix.kind === "AO" ? columns : rows;
  const [all, zeros] = [new Uint16Array(lines * CELLS), new Uint16Array(lines * CELLS)];
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) {
      const at = (matrix.kind === "AO" ? column : row) * CELLS + flips.cells[i]!;
      all[at]!++;
      if (!((bytes[row * stride + (column >> 3)]! >> (column & 7)) & 1)) zeros[at]!++;
    }
  return { matrix, heads, flips, drops: linePruning(matrix.bits, flips), all, zeros };
}

function shuffled({ matrix, heads, flips, drops, all, zeros }: Lined, seed: number, number: number): HeadPruning[] {
  const lines = all.length / CELLS;
  const luck = noise(lines, seed, number);
  const order = Array.from(luck.keys()).sort((a, b) => luck[a]! - luck[b]!);
  const size = lines / heads;
  const parts = Array.from({ length: heads }, (_, head) => {
    const [sumAll, sumZeros] = [new Uint32Array(CELLS), new Uint32Array(CELLS)];
    for (const line of order.slice(head * size, (head + 1) * size))
      for (let cell = 0, at = line * CELLS; cell < OFF; cell++, at++) {
        sumAll[cell]! += all[at]!;
        sumZeros[cell]! += zeros[at]!;
      }
    return { all: sumAll, zeros: sumZeros };
  });
  const own = matrix.kind === "AO" ? drops.columns : drops.rows;
  const moved = {
    observed: Float64Array.from(order, (line) => own.observed[line]!),
    expected: Float64Array.from(order, (line) => own.expected[line]!),
    variance: Float64Array.from(order, (line) => own.variance[line]!),
  };
  return headPruning(matrix, { ...flips, heads: parts }, { rows: moved, columns: moved });
}
