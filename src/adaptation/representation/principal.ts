// Principal components: the two directions in which vectors vary most.

import { EigenvalueDecomposition } from "ml-matrix";
import { centred, productOf } from "./centred.ts";
import type { Projection } from "./projection.ts";

/** The least share of the variance that a component has. */
const SMALLEST = 1e-12;

/**
 * The coordinates of the vectors on the first two principal components, and the share of the variance of each. The sign of a
 * component is that in which its largest loading is positive, as in scikit-learn.
 */
export function principal(vectors: readonly Float32Array[]): Projection {
  const { rows } = centred(vectors);
  const { product, dual } = productOf(rows);
  const { realEigenvalues: values, eigenvectorMatrix } = new EigenvalueDecomposition(product, {
    assumeSymmetric: true,
  });
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!).slice(0, 2);
  const total = product.trace();
  const components = order.map((k) => {
    // Without variance there is no direction: what Xᵀ makes of such an eigenvector is rounding.
    if (!(values[k]! > SMALLEST * total)) return new Array<number>(rows.columns).fill(0);
    const vector = eigenvectorMatrix.getColumnVector(k);
    // An eigenvector of XXᵀ, mapped by Xᵀ, is one of XᵀX, √eigenvalue as long.
    const loadings = (dual ? rows.transpose().mmul(vector) : vector).to1DArray();
    const length = Math.hypot(...loadings);
    const largest = loadings.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    return loadings.map((x) => (length ? (x / length) * Math.sign(largest) : 0));
  });
  return {
    coordinates: Array.from({ length: rows.rows }, (_, i) => {
      const on = (component = new Array<number>(rows.columns).fill(0)) =>
        component.reduce((sum, loading, d) => sum + loading * rows.get(i, d), 0);
      return [on(components[0]), on(components[1])] as const;
    }),
    explained: order.map((k) => (total ? Math.max(0, values[k]!) / total : 0)),
  };
}
