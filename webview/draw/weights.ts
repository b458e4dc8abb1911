// The weights of one matrix as sets of bits. Pure.

import type { HeadLayout } from "../../src/anatomy/heads.ts";
import { combine } from "../../src/mask/algebra.ts";
import { type BitMatrix, fullBits } from "../../src/mask/bits.ts";
import type { MatrixDescription } from "../../src/mask/describe.ts";
import { headBands } from "../../src/mask/statistics.ts";
import type { MatrixView } from "../../src/messages.ts";
import type { MatrixData } from "./matrix-painter.ts";

/** A view's bits as a matrix; `bytes` are packed as in the mask file. */
export function bitsOf(bytes: Uint8Array, { rows, columns }: Pick<MatrixView, "rows" | "columns">): BitMatrix {
  return { rows, columns, stride: Math.ceil(columns / 8), bytes };
}

/** Rows and columns per attention head; 0: not divided into heads. */
export function bandsOf(
  matrix: Pick<MatrixDescription, "layer" | "kind">,
  bits: BitMatrix,
  layout: HeadLayout,
): Pick<MatrixData, "rowBand" | "columnBand"> {
  const bands = headBands({ ...matrix, bits }, layout);
  return {
    rowBand: bands && bands.rows < bits.rows ? bands.rows : 0,
    columnBand: bands && bands.columns < bits.columns ? bands.columns : 0,
  };
}

/** The weights that training pruned, those that it regrew, and those that were off both before and after training. */
export function changesOf(bits: BitMatrix, initial: BitMatrix): Record<"pruned" | "regrown" | "off", BitMatrix> {
  return {
    pruned: combine("andNot", initial, bits),
    regrown: combine("andNot", bits, initial),
    off: combine("andNot", fullBits(bits.rows, bits.columns), combine("or", bits, initial)),
  };
}
