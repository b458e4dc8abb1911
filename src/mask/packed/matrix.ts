// Codes the bits of one matrix, in either direction: what is coded is whether a bit differs from what is expected, with a
// probability from the model.

import type { MatrixKind } from "../../kinds.ts";
import { type BitMatrix, emptyBits } from "../bits.ts";
import { CELLS, OFF } from "../strata.ts";
import {
  keepTerms,
  type Learned,
  LIMIT,
  MOST_FACTOR,
  MOST_LEARNED,
  PART_BITS,
  PARTS,
  RANK,
  RATES,
  ROWS,
  SHARES,
  SIDES,
  STEP_BITS,
  type Terms,
  termsOf,
} from "./model.ts";
import type { Coder } from "./range.ts";

/** What is known about a matrix beside its bits. */
export interface Known {
  readonly kind: MatrixKind;
  readonly rows: number;
  readonly columns: number;
  /** The cells of the initial scores (src/mask/strata.ts), computed when first needed; undefined if they are unknown. */
  readonly cells: () => Uint16Array | undefined;
  /** The weights; undefined if they are unknown. */
  readonly weights: Float32Array | undefined;
}

/** What the probabilities depend on. */
export interface Contexts {
  /** The initial scores; otherwise the bits to the left and above, and the weights' magnitudes if these are known. */
  readonly scores: boolean;
  /** How often bits of the same row and of the same column differed so far. */
  readonly lines: boolean;
  /** The weights' signs: a score moves by −sign(weight) · gradient, and gradients have a low rank. */
  readonly signs: boolean;
}

/** Beyond these strata no weight flips: ON strata from `on`, OFF strata below `off`. */
export interface Reach {
  readonly on: number;
  readonly off: number;
}

/** Factors learn only from errors above this share of 2¹⁶, which saves time. */
const FACTOR_ERROR = 256;

/** Codes the matrix with `coder` and returns its bits; `given` are the bits to be encoded. */
export function codeMatrix(
  coder: Coder,
  shared: Learned,
  known: Known,
  contexts: Contexts,
  reach: Reach,
  given?: BitMatrix,
): BitMatrix {
  const { scores, lines, signs } = contexts;
  const { rows, columns } = known;
  const bits = emptyBits(rows, columns);
  const { bytes, stride } = bits;
  const source = given?.bytes ?? bytes;
  const by = scores ? "scores" : "neighbours";
  const terms = termsOf(shared, by, known, contexts);
  const { logits, learned } = terms;
  const inColumns = ROWS + 2 * rows;
  const cells = scores ? known.cells()! : magnitudeCells(known);
  const weights = signs ? known.weights : undefined;
  const isCoded = Uint8Array.from({ length: CELLS }, (_, cell) =>
    Number(!scores || cell < reach.on || cell >= OFF + reach.off),
  );
  const coded = new Uint32Array(columns + 1);

  for (let row = 0; row < rows; row++) {
    const [first, at] = [row * columns, row * stride];
    const count = expectRow(cells, first, columns, isCoded, bytes.subarray(at, at + stride), coded);
    let left = 0;
    for (let next = 0; next < count; next++) {
      const column = coded[next]!;
      const byte = at + (column >> 3);
      const bit = column & 7;
      let cell = cells[first + column]!;
      if (!scores) cell += left | (row ? ((bytes[byte - stride]! >> bit) & 1) << 1 : 0);
      const side = cell < OFF ? 0 : 1;
      const part = PARTS + (cell >> PART_BITS);
      const inRow = ROWS + 2 * row + side;
      const inColumn = inColumns + 2 * column + side;
      let logit = logits[cell]! + logits[part]! + logits[SIDES + side]!;
      if (lines) logit += logits[inRow]! + logits[inColumn]!;
      let up = 0; // whether a score that moves by the weight's sign flips this weight
      if (weights) {
        up = weights[first + column]! > 0 === (side === 1) ? 1 : -1;
        logit += up * (productOf(terms, row, column) >> 8);
      }
      const one = SHARES[(Math.max(-LIMIT, Math.min(LIMIT, logit)) + LIMIT) >> STEP_BITS]!;
      const differs = coder.code(((source[byte]! >> bit) & 1) ^ side ^ 1, one);
      if (differs) bytes[byte]! ^= 1 << bit;
      left = differs ^ side ^ 1;

      const error = (differs << 16) - one;
      const gain = Math.imul(one, 65536 - one) >> 16;
      learn(logits, learned, cell, error, gain, MOST_LEARNED.cells);
      learn(logits, learned, part, error, gain, MOST_LEARNED.others);
      learn(logits, learned, SIDES + side, error, gain, MOST_LEARNED.others);
      if (lines) {
        learn(logits, learned, inRow, error, gain, MOST_LEARNED.others);
        learn(logits, learned, inColumn, error, gain, MOST_LEARNED.others);
      }
      if (up && (error >= FACTOR_ERROR || error <= -FACTOR_ERROR)) learnFactors(terms, row, column, up * error);
    }
  }
  keepTerms(shared, by, known, terms, signs);
  return bits;
}

/** Writes the expected bits of a row into `bytes`, and the columns that are coded into `coded`; returns their number. */
function expectRow(
  cells: Uint16Array,
  first: number,
  columns: number,
  isCoded: Uint8Array,
  bytes: Uint8Array,
  coded: Uint32Array,
): number {
  let count = 0;
  for (let byte = 0, column = 0; byte < bytes.length; byte++) {
    let value = 0;
    for (const end = Math.min(columns, column + 8); column < end; column++) {
      const cell = cells[first + column]!;
      value |= ((cell - OFF) >>> 31) << (column & 7);
      coded[count] = column;
      count += isCoded[cell]!;
    }
    bytes[byte] = value;
  }
  return count;
}

/** One step: the logit moves towards what was seen, the less the more has been learned. */
function learn(logits: Int32Array, learned: Int32Array, at: number, error: number, gain: number, most: number): void {
  const sum = Math.min(most, learned[at]! + gain);
  learned[at] = sum;
  logits[at]! += (Math.imul(error, RATES[sum >> 12]!) + 32768) >> 16;
}

function productOf({ rowFactors, columnFactors }: Terms, row: number, column: number): number {
  let product = 0;
  for (let k = 0, r = row * RANK, c = column * RANK; k < RANK; k++, r++, c++)
    product += Math.imul(rowFactors[r]!, columnFactors[c]!);
  return product;
}

function learnFactors({ rowFactors, columnFactors }: Terms, row: number, column: number, error: number): void {
  const step = Math.imul(error, 5) >> 4;
  for (let k = 0, r = row * RANK, c = column * RANK; k < RANK; k++, r++, c++) {
    const [ofRow, ofColumn] = [rowFactors[r]!, columnFactors[c]!];
    rowFactors[r] = bounded(ofRow + ((Math.imul(step, ofColumn) + 32768) >> 16));
    columnFactors[c] = bounded(ofColumn + ((Math.imul(step, ofRow) + 32768) >> 16));
  }
}

function bounded(factor: number): number {
  return Math.max(-MOST_FACTOR, Math.min(MOST_FACTOR, factor));
}

/** Four cells for each quarter of an octave of the weights' magnitudes, from 2⁻¹⁴ to 2²; the first four if unknown. */
function magnitudeCells({ rows, columns, weights }: Known): Uint16Array {
  const cells = new Uint16Array(rows * columns);
  if (!weights) return cells;
  const patterns = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
  for (let i = 0; i < cells.length; i++) {
    const quarter = ((patterns[i]! & 0x7fffffff) >>> 21) - ((127 - 14) << 2);
    cells[i] = 4 * Math.max(0, Math.min(63, quarter));
  }
  return cells;
}
