// Curves through the space of all parameters: the line between two models, a Bézier curve, and a polygonal chain with one bend.
// Formulas: method.md, "The path between two adaptations".

import { tick } from "../../pulse.ts";

/** The curves between two ends; a line has no bend, the others have one. */
export const CURVES = ["line", "bezier", "polygonal"] as const;
export type Curve = (typeof CURVES)[number];

/** All parameters of a model, by name. */
export type Point = ReadonlyMap<string, Float32Array>;

export const hasBend = (curve: Curve): boolean => curve !== "line";

/**
 * The coefficients of the ends and of the bend between them, at t from 0 to 1; they sum to 1. A Bézier curve of degree 2:
 * (1 − t)², 2t(1 − t), t². A chain passes the bend at t = ½.
 */
export function coefficientsOf(curve: Curve, t: number): readonly [first: number, bend: number, second: number] {
  if (curve === "line") return [1 - t, 0, t];
  if (curve === "bezier") return [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
  return t < 0.5 ? [1 - 2 * t, 2 * t, 0] : [0, 2 - 2 * t, 2 * t - 1];
}

/**
 * Σ coefficient · point, each sum in float64 and rounded to float32; points with the coefficient 0 are left out, so that the ends of
 * a curve are the ends, bit by bit. Throws a RangeError if the points have different tensors.
 */
export function combined(points: readonly Point[], coefficients: readonly number[]): Map<string, Float32Array> {
  const parts = points.flatMap((point, i) => (coefficients[i] ? [{ point, by: coefficients[i]! }] : []));
  const [first, ...others] = parts;
  if (!first) throw new RangeError("all coefficients are 0");
  return new Map(
    [...first.point].map(([name, values]) => {
      const tensors = others.map(({ point }) => point.get(name));
      if (tensors.some((tensor) => tensor?.length !== values.length))
        throw new RangeError(`the points have different tensors ${name}`);
      const sum = new Float64Array(values.length);
      for (let k = 0; k < sum.length; k++) sum[k] = first.by * values[k]!;
      for (const [i, tensor] of tensors.entries()) {
        const { by } = others[i]!;
        for (let k = 0; k < sum.length; k++) sum[k]! += by * tensor![k]!;
      }
      tick(); // a model has a hundred million weights
      return [name, new Float32Array(sum)];
    }),
  );
}
