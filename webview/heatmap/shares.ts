// How many of a matrix's weights were pruned and regrown by training, with partial results during counting.

import { WHOLE_HEADS } from "../../src/anatomy/heads.ts";
import { headsInView } from "../../src/mask/changed.ts";
import type { MaskDescription, MatrixDescription, MatrixProgress } from "../../src/mask/describe.ts";

/** The number of weights on in the initial mask: those on now, plus those pruned, minus those regrown. */
export function keptAtStart({ rows, columns, sparsity, pruned, regrown }: MatrixDescription): number {
  return Math.round(rows * columns * (1 - sparsity)) + pruned! - regrown!;
}

/** Pruned weights as a fraction of the weights on in the initial mask; null if unknown (yet). */
export function prunedShare(matrix: MatrixDescription): number | null {
  const kept = matrix.pruned === null ? 0 : keptAtStart(matrix);
  return matrix.pruned === null ? null : kept ? matrix.pruned / kept : 0;
}

/** Regrown weights as a fraction of the weights off in the initial mask; null if unknown (yet). */
export function regrownShare(matrix: MatrixDescription): number | null {
  if (matrix.regrown === null) return null;
  const off = matrix.rows * matrix.columns - keptAtStart(matrix);
  return off ? matrix.regrown / off : 0;
}

/** The description with the counts so far. */
export function soFar(mask: MaskDescription, progress: ReadonlyMap<string, MatrixProgress>): MaskDescription {
  const parts = [...progress.values()];
  const inLayer = (layer: number) => mask.matrices.filter((matrix) => matrix.layer === layer);
  const whole = new Set(
    mask.heads.map(({ layer }) => layer).filter((layer) => inLayer(layer).every(({ name }) => progress.has(name))),
  );
  const drops = parts.flatMap(({ heads }) => heads);
  const all = [
    ...drops,
    ...WHOLE_HEADS.flatMap((view) => headsInView(drops, view, mask.base)).filter(({ layer }) => whole.has(layer)),
  ];
  const byHead = new Map(all.map((drop) => [`${drop.layer}.${drop.head}.${drop.kind}`, drop]));
  return {
    ...mask,
    matrices: mask.matrices.map((matrix) => {
      const { pruned = null, regrown = null } = progress.get(matrix.name) ?? {};
      return { ...matrix, pruned, regrown, marked: null };
    }),
    heads: mask.heads.map((head) => {
      const counted = byHead.get(`${head.layer}.${head.head}.${head.kind}`);
      const { observed = null, expected = null, effect = null, z = null, phi = null } = counted ?? {};
      return { ...head, pruned: observed, expected, effect, z, phi, marked: null }; // each mark depends on all heads
    }),
  };
}
