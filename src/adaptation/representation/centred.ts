// Centred vectors and their products, from which the linear probe and the principal components are computed.

import { Matrix } from "ml-matrix";

/** Vectors minus their mean. */
export interface Centred {
  /** [V, D] */
  readonly rows: Matrix;
  /** [D] */
  readonly mean: Float64Array;
}

/** Throws a RangeError if there is no vector. */
export function centred(vectors: readonly Float32Array[]): Centred {
  const [first] = vectors;
  if (!first) throw new RangeError("no vectors to centre");
  const mean = new Float64Array(first.length);
  for (const vector of vectors) for (let d = 0; d < mean.length; d++) mean[d]! += vector[d]!;
  for (let d = 0; d < mean.length; d++) mean[d]! /= vectors.length;
  return { rows: minus(vectors, mean), mean };
}

/** Each vector minus `mean`: [V, D]. */
export const minus = (vectors: readonly Float32Array[], mean: Float64Array): Matrix =>
  new Matrix(vectors.map((vector) => Float64Array.from(vector, (x, d) => x - mean[d]!)));

/** The smaller one of XᵀX [D, D] and XXᵀ [V, V]; `dual`: whether it is the latter. */
export function productOf(rows: Matrix): { readonly product: Matrix; readonly dual: boolean } {
  const dual = rows.rows < rows.columns;
  return { dual, product: dual ? rows.mmul(rows.transpose()) : rows.transpose().mmul(rows) };
}
