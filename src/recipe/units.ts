// The units of a mask: weights, each with a score of its own, or whole attention heads and neurons of the feed-forward network.
// Without heads and neurons a model is faster (Michel et al. 2019, arXiv 1905.10650), without single weights it is not.

import { type HeadLayout, isByColumn, isGrouped, kindsOfView, WHOLE_HEADS } from "../anatomy/heads.ts";
import { InputError } from "../errors.ts";
import { CROSS_KINDS, type LayerKind, type MatrixKind, NEURON_KINDS, SELF_KINDS } from "../kinds.ts";
import { type BitMatrix, bitAt } from "../mask/bits.ts";
import type { Matrix } from "../model/names.ts";

/** The kinds of matrices that an attention head spans, of self-attention and of cross attention, and those that a neuron spans. */
export const UNIT_KINDS: readonly (readonly LayerKind[])[] = [SELF_KINDS, CROSS_KINDS, NEURON_KINDS];

/**
 * The kinds that the units of a model span, which has the given kinds. Keys and values that several heads share are no
 * part of a unit: they are kept.
 */
export function unitKinds(model: HeadLayout, kinds: readonly MatrixKind[]): MatrixKind[][] {
  const spans = [...WHOLE_HEADS.map((view) => kindsOfView(view, model)), NEURON_KINDS];
  return spans.map((span) => kinds.filter((kind) => span.some((one) => one === kind))).filter((span) => span.length);
}

/**
 * The kinds of a run's masks: those that are wanted, otherwise all that the model has or that its units span. Throws an
 * InputError if wanted kinds cover a unit in part.
 */
export function maskedKinds(
  { units, kinds: wanted }: { readonly units: string; readonly kinds: readonly MatrixKind[] | null },
  model: HeadLayout,
  kinds: readonly MatrixKind[],
): readonly MatrixKind[] {
  if (units === "weights") return wanted ?? kinds;
  const spans = unitKinds(model, kinds);
  if (!wanted) return spans.flat();
  const covered = spans.filter((span) => span.some((kind) => wanted.includes(kind))).flat();
  if (wanted.every((kind) => covered.includes(kind)) && covered.every((kind) => wanted.includes(kind))) return wanted;
  const shared = isGrouped(model) ? "; keys and values, which several heads share, belong to no head" : "";
  throw new InputError(
    `the model's heads and neurons span ${spans.map((span) => span.join(", ")).join("; ")}${shared}, but the masked kinds are ${wanted.join(", ")}`,
    { at: "kinds" },
    `use ${spans.map((span) => span.join(",")).join(" or ")}, or several of these`,
  );
}

/** Scores that are trained as one array. */
export interface Scored {
  /** The matrix in whose product the mask is applied, but with the shape of the scores. */
  readonly scores: Matrix;
  /** The matrices whose weights the scores decide on. */
  readonly matrices: readonly Matrix[];
  /** Whether a score decides on a whole unit instead of one weight, and on how many weights. */
  readonly isShared: boolean;
  readonly weights: number;
}

/** The scores of masks, with the number of a layer's attention heads if units share scores; by default each weight has its own. */
export function scoredBy(matrices: readonly Matrix[], heads?: number): Scored[] {
  return heads === undefined ? scoredWeights(matrices) : scoredUnits(matrices, heads);
}

/** One score for each weight. */
export function scoredWeights(matrices: readonly Matrix[]): Scored[] {
  return matrices.map((matrix) => ({ scores: matrix, matrices: [matrix], isShared: false, weights: 1 }));
}

/**
 * One score for each attention head (its rows of Q, K and V, and its columns of AO), [heads, 1] with the name of AO, one
 * for each head of cross attention, likewise with the name of CAO, and one for each neuron (its rows of G and I and its
 * column of O), [neurons, 1] with the name of O. The layers have all the kinds of a unit or none.
 */
function scoredUnits(matrices: readonly Matrix[], heads: number): Scored[] {
  const layers = [...new Set(matrices.map(({ layer }) => layer))];
  return layers.flatMap((layer) =>
    UNIT_KINDS.flatMap((kinds): Scored[] => {
      const members = matrices.filter((matrix) => matrix.layer === layer && kinds.some((kind) => kind === matrix.kind));
      const last = members.at(-1);
      if (!last) return [];
      const rows = isByColumn(last.kind) ? heads : last.columns;
      const weights = members.reduce((sum, matrix) => sum + matrix.rows * matrix.columns, 0) / rows;
      return [{ scores: { ...last, rows, columns: 1 }, matrices: members, isShared: true, weights }];
    }),
  );
}

/** The score of each weight of one of the matrices [rows, columns]; shared memory if each weight has its own. */
export function weightScores(scored: Scored, matrix: Matrix, scores: Float32Array): Float32Array {
  if (!scored.isShared) return scores;
  const spread = new Float32Array(matrix.rows * matrix.columns);
  eachWeight(scored, matrix, (weight, score) => {
    spread[weight] = scores[score]!;
  });
  return spread;
}

/** What initial scores depend on if they depend on magnitudes: the weights, or the Euclidean norms of the units. */
export function magnitudesOf(scored: Scored, weightsOf: (matrix: Matrix) => Float32Array): Float32Array {
  if (!scored.isShared) return weightsOf(scored.matrices[0]!);
  const squares = new Float64Array(scored.scores.rows);
  for (const matrix of scored.matrices) {
    const weights = weightsOf(matrix);
    eachWeight(scored, matrix, (weight, score) => {
      squares[score]! += weights[weight]! ** 2;
    });
  }
  return Float32Array.from(squares, Math.sqrt);
}

/** Writes 1 for what these bits of the matrix `scored.scores` keep, and −1 for the rest; all bits of a unit are equal. */
export function writeScores(scored: Scored, bits: BitMatrix, scores: Float32Array): void {
  const { rows, columns } = bits;
  eachWeight(scored, { ...scored.scores, rows, columns }, (_, score, row, column) => {
    scores[score] = bitAt(bits, row, column) ? 1 : -1;
  });
}

/** Visits the weights of a matrix in order, each with the index of its score, its row and its column. */
function eachWeight(
  { isShared, scores }: Scored,
  { kind, rows, columns }: Matrix,
  visit: (weight: number, score: number, row: number, column: number) => void,
): void {
  const isColumn = kind === "O" || isByColumn(kind);
  const width = (isColumn ? columns : rows) / scores.rows;
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++)
      visit(i, isShared ? Math.floor((isColumn ? column : row) / width) : i, row, column);
}
