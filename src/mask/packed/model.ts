// Predicts bits by logistic regression that learns as it goes (one step per coded bit), all in integers, so that every
// machine decodes the same bits. Logits are in units of 2⁻¹⁶. The Python on docs/mask-file.md computes the same.

import type { MatrixKind } from "../../kinds.ts";
import { fillWords } from "../../philox.ts";
import { CELLS } from "../strata.ts";

/**
 * A bit's logit is the sum of one term of each of these groups, which follow each other: of its cell (in this mask), of
 * adjacent cells and of its side in this matrix (side 1: the weight starts off), of its row and of its column.
 */
export const PART_BITS = 3;
export const PARTS = CELLS;
export const SIDES = PARTS + (CELLS >> PART_BITS);
export const ROWS = SIDES + 2;

/** The terms of one matrix. Rows and columns, if they are used, have two terms for each line, one for each side. */
export interface Terms {
  readonly logits: Int32Array;
  /** How much has been learned about each: Σ p(1 − p), in units of 2⁻¹⁶. */
  readonly learned: Int32Array;
  /** RANK numbers for each row and each column, in units of 2⁻¹². */
  readonly rowFactors: Int32Array;
  readonly columnFactors: Int32Array;
}

/** The amount that counts as learned at the start: a term then moves by at most a fourth or a tenth of an error. */
const BEFORE = { cells: 4 << 16, others: 10 << 16 };
/** What counts at most, so that cells follow changes from matrix to matrix. */
export const MOST_LEARNED = { cells: 200 << 16, others: 256 << 16 };
const FIRST_LOGIT = -3 << 16;

/** How far an error moves a logit, in units of 2⁻¹⁶, by what has been learned >> 12: 1 / Σ p(1 − p), a Newton step. */
export const RATES = Int32Array.from({ length: 4097 }, (_, i) => Math.floor(2 ** 20 / Math.max(64, i)));

/** Logits beyond ±11 are cut; shares are tabulated in steps of 2⁻⁷. */
export const LIMIT = 11 << 16;
export const STEP_BITS = 9;
/** The logistic function at (i << STEP_BITS) − LIMIT. */
export const SHARES: Uint16Array = sharesOf();

/** Integers alone: e^(−1/128) in units of 2⁻⁴⁰ is raised to each power, rounded down. */
function sharesOf(): Uint16Array {
  const half = LIMIT >> STEP_BITS;
  const shares = new Uint16Array(2 * half + 1);
  const one = 1n << 40n;
  let power = one;
  for (let i = 0; i <= half; i++) {
    const low = Number((65536n * power) / (one + power));
    shares[half - i] = low;
    shares[half + i] = 65536 - low;
    power = (power * 1090955160405n) >> 40n;
  }
  return shares;
}

export const RANK = 8;
export const MOST_FACTOR = (1 << 14) - 1;

/** Small numbers, the same for every matrix. */
function newFactors(lines: number): Int32Array {
  const words = new Uint32Array(lines * RANK);
  fillWords(words, 0, 0);
  return Int32Array.from(words, (word) => (word >>> 21) - 1024);
}

/** What is learned in a mask's matrices and used in later ones. */
export interface Learned {
  /** Terms of cells, and what has been learned about each: of initial scores, and of neighbours. */
  readonly cells: Record<By, Pick<Terms, "logits" | "learned">>;
  /** The terms of parts and sides, by matrix kind. */
  readonly byKind: Record<By, Map<MatrixKind, Int32Array>>;
  /** The factors of the hidden states, as inputs and as outputs of matrices. */
  inputs: Int32Array;
  outputs: Int32Array;
}
export type By = "scores" | "neighbours";

export function nothingLearned(): Learned {
  const cells = () => ({
    logits: new Int32Array(CELLS).fill(FIRST_LOGIT),
    learned: new Int32Array(CELLS).fill(BEFORE.cells),
  });
  return {
    cells: { scores: cells(), neighbours: cells() },
    byKind: { scores: new Map(), neighbours: new Map() },
    ...{ inputs: new Int32Array(), outputs: new Int32Array() },
  };
}

/** The matrices whose outputs are the hidden states; those of other kinds have them as inputs. */
const WRITES_HIDDEN: ReadonlySet<MatrixKind> = new Set(["AO", "CAO", "O"]);

interface Shape {
  readonly kind: MatrixKind;
  readonly rows: number;
  readonly columns: number;
}

const NO_FACTORS = new Int32Array();

/**
 * The terms that a matrix starts with; those of lines and factors only if they are used. What is known of its kind is
 * adapted as quickly as if it were unknown.
 */
export function termsOf(
  shared: Learned,
  by: By,
  { kind, rows, columns }: Shape,
  { lines, signs }: { readonly lines: boolean; readonly signs: boolean },
): Terms {
  const { cells, byKind, inputs, outputs } = shared;
  const count = ROWS + (lines ? 2 * (rows + columns) : 0);
  const [logits, learned] = [new Int32Array(count), new Int32Array(count).fill(BEFORE.others)];
  logits.set(cells[by].logits);
  learned.set(cells[by].learned);
  logits.set(byKind[by].get(kind) ?? [], PARTS);
  if (!signs) return { logits, learned, rowFactors: NO_FACTORS, columnFactors: NO_FACTORS };
  const isInput = !WRITES_HIDDEN.has(kind);
  const knowsColumns = isInput && inputs.length === columns * RANK;
  const knowsRows = !isInput && outputs.length === rows * RANK;
  const rowFactors = knowsRows ? outputs.slice() : new Int32Array(rows * RANK);
  return { logits, learned, rowFactors, columnFactors: knowsColumns ? inputs.slice() : newFactors(columns) };
}

/** Keeps what later matrices use. */
export function keepTerms(into: Learned, by: By, { kind }: Shape, terms: Terms, signs: boolean): void {
  const { logits, learned, rowFactors, columnFactors } = terms;
  into.cells[by].logits.set(logits.subarray(0, CELLS));
  into.cells[by].learned.set(learned.subarray(0, CELLS));
  into.byKind[by].set(kind, logits.slice(PARTS, ROWS));
  if (!signs) return;
  if (WRITES_HIDDEN.has(kind)) into.outputs = rowFactors;
  else into.inputs = columnFactors;
}
