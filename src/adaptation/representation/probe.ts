// A linear probe: ridge classification of the vectors that a classifier reads. Formulas: method.md, "Classes in the space of
// representations".

import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { centred, minus, productOf } from "./centred.ts";
import type { Labelled } from "./labelled.ts";

/** The penalty of the squared weights, as is scikit-learn's default. */
const ALPHA = 1;

export interface Probe {
  /** The share of the evaluated vectors whose label it predicts. */
  readonly accuracy: number;
  /** What the accuracy is compared with: the share whose label is the most frequent one in training (in a tie, the first). */
  readonly majority: number;
  /** The index of the label predicted for each evaluated vector. */
  readonly predictions: readonly number[];
}

/**
 * Fits W = argmin ‖X·Wᵀ − Y‖² + α·‖W‖² over centred vectors X [V, D] and centred targets Y [V, K], which are 1 for a vector's
 * label and −1 for the others; predicts the label whose output is greatest. Labels that do not occur in training are never
 * predicted. Throws a RangeError if there is nothing to train on or to evaluate. scikit-learn: RidgeClassifier(alpha=1).
 */
export function probed(training: Labelled, evaluated: Labelled): Probe {
  const { rows, mean } = centred(training.vectors);
  if (!evaluated.vectors.length) throw new RangeError("no vectors to evaluate the probe on");
  const labels = [...new Set(training.labels)].sort((a, b) => a - b);
  const targets = new Matrix(training.labels.map((label) => labels.map((one) => (one === label ? 1 : -1))));
  const means = targets.mean("column");
  targets.subRowVector(means);
  // (XᵀX + αI)⁻¹·XᵀY = Xᵀ·(XXᵀ + αI)⁻¹·Y
  const { product, dual } = productOf(rows);
  for (let i = 0; i < product.rows; i++) product.set(i, i, product.get(i, i) + ALPHA);
  const solve = (right: Matrix) => new CholeskyDecomposition(product).solve(right);
  const across = rows.transpose();
  const weights = dual ? across.mmul(solve(targets)) : solve(across.mmul(targets));
  const outputs = minus(evaluated.vectors, mean).mmul(weights).addRowVector(means);
  const predictions = Array.from({ length: outputs.rows }, (_, i) => labels[outputs.maxRowIndex(i)[1]!]!);
  const counts = labels.map((one) => training.labels.filter((label) => label === one).length);
  const frequent = labels[counts.indexOf(Math.max(...counts))]!;
  const share = (right: (label: number, i: number) => boolean) =>
    evaluated.labels.filter(right).length / evaluated.labels.length;
  return {
    predictions,
    accuracy: share((label, i) => label === predictions[i]),
    majority: share((label) => label === frequent),
  };
}
