// The loss and the metric on the plane through three adaptations of one task. Formulas: method.md, "The path between two
// adaptations".

import { combined } from "./curve.ts";
import { type BothScores, type Facts, Scene, type SceneOptions } from "./scene.ts";

export interface PlaneOptions extends SceneOptions {
  /** The files of the three adaptations A, B and C. */
  readonly corners: readonly [string, string, string];
  /** The number of points along each side of the grid, corners included; at least 2. */
  readonly points: number;
}

/** The point A + u (B − A) + v (C − A). */
export interface PlanePlace extends BothScores {
  readonly u: number;
  readonly v: number;
}

export interface Plane extends Facts {
  readonly corners: readonly [string, string, string];
  /** Row by row from v = 0, u from 0 to 1 in each. */
  readonly places: readonly PlanePlace[];
}

/** Evaluates a square grid, u and v from 0 to 1. Throws as `Scene.open`; if the signal fires, its reason. */
export async function plane(
  options: PlaneOptions,
  told: (place: PlanePlace) => void = () => undefined,
): Promise<Plane> {
  const { corners, points } = options;
  const scene = await Scene.open(corners, options);
  try {
    const places: PlanePlace[] = [];
    for (let row = 0; row < points; row++)
      for (let column = 0; column < points; column++) {
        const [u, v] = [column / (points - 1), row / (points - 1)];
        const place = { u, v, ...(await scene.scoresAt(combined(scene.ends, planeCoefficients(u, v)))) };
        places.push(place);
        told(place);
      }
    return { corners, ...scene.facts, places };
  } finally {
    await scene.release();
  }
}

/** They sum to 1. */
export const planeCoefficients = (u: number, v: number): readonly [number, number, number] => [1 - u - v, u, v];
