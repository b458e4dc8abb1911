// The best state of a run in compact form: bits instead of scores, and the trained tensors.

import { setImmediate as turn } from "node:timers/promises";
import { type BitMatrix, packBits } from "../mask/bits.ts";
import type { NamedTensor } from "../mask/stored.ts";
import type { Matrix } from "../model/names.ts";
import type { Trained } from "../program/trainable.ts";

/** A matrix with its mask. */
export interface MaskedMatrix extends Matrix {
  readonly bits: BitMatrix;
}

/** The content of an adaptation's file; owns its arrays. */
export interface Kept {
  readonly matrices: readonly MaskedMatrix[];
  readonly tensors: readonly NamedTensor[];
}

/** The masks of all matrices: 1 where the score exceeds the threshold. The event loop turns between matrices. */
export async function masksOf({ matrices }: Trained): Promise<MaskedMatrix[]> {
  const masks: MaskedMatrix[] = [];
  for (const { name, layer, kind, rows, columns, scores, threshold } of matrices) {
    masks.push({ name, layer, kind, rows, columns, bits: packBits(scores, rows, columns, threshold) });
    await turn();
  }
  return masks;
}

/** A copy of the live tensors, with masks from `masksOf`. */
export function keep(trained: Trained, matrices: readonly MaskedMatrix[]): Kept {
  return { matrices, tensors: trained.tensors.map((tensor) => ({ ...tensor, data: tensor.data.slice() })) };
}
