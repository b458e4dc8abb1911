// The loss and the metric along a curve between two adaptations of one task: whether a barrier stands between them.
// Formulas: method.md, "The path between two adaptations".

import { trainedBend } from "./bend.ts";
import { type Curve, coefficientsOf, combined, hasBend, type Point } from "./curve.ts";
import { type BothScores, type Facts, Scene, type SceneOptions, type Scores } from "./scene.ts";

export interface LandscapeOptions extends SceneOptions {
  /** The files of the ends. */
  readonly ends: readonly [string, string];
  readonly curve: Curve;
  /** The number of points at which the curve is evaluated, ends included; at least 2. */
  readonly points: number;
  /** How the bend is trained, on the training examples that are drawn; a line has none. */
  readonly steps: number;
  readonly learningRate: number;
}

export interface Place extends BothScores {
  /** From 0 (the first end) to 1. */
  readonly t: number;
}

/** The most by which a curve is worse than the straight line between the scores of its ends; 0 if it never is. */
export interface Barrier {
  readonly loss: number;
  readonly metric: number;
}

export interface Landscape extends Facts {
  readonly ends: readonly [string, string];
  readonly curve: Curve;
  /** The loss of each step that trained the bend, at the place drawn for it. */
  readonly training: readonly number[];
  readonly places: readonly Place[];
  readonly barrier: { readonly train: Barrier; readonly test: Barrier };
}

export type LandscapeEvent =
  | { readonly type: "step"; readonly step: number; readonly steps: number; readonly loss: number }
  | { readonly type: "place"; readonly place: Place };

/** Trains the bend, if the curve has one, and evaluates the curve. Throws as `Scene.open`; if the signal fires, its reason. */
export async function landscape(
  options: LandscapeOptions,
  told: (event: LandscapeEvent) => void = () => undefined,
): Promise<Landscape> {
  const { curve, points, steps, learningRate, seed, signal } = options;
  const scene = await Scene.open(options.ends, options);
  try {
    const ends = scene.ends as readonly [Point, Point];
    const training: number[] = [];
    const bend = hasBend(curve)
      ? await trainedBend({
          ...{ curve, ends, ...scene.training, seed, signal, steps, learningRate },
          gradientsAt: (point, batch) => scene.gradientsAt(point, batch),
          told(step, loss) {
            training.push(loss);
            told({ type: "step", step, steps, loss });
          },
        })
      : ends[0];
    const places: Place[] = [];
    for (let i = 0; i < points; i++) {
      const t = i / (points - 1);
      const place = { t, ...(await scene.scoresAt(combined([ends[0], bend, ends[1]], coefficientsOf(curve, t)))) };
      places.push(place);
      told({ type: "place", place });
    }
    const barrier = { train: barrierOf(places, "train"), test: barrierOf(places, "test") };
    return { ends: options.ends, curve, ...scene.facts, training, places, barrier };
  } finally {
    await scene.release();
  }
}

export function barrierOf(places: readonly Place[], split: "train" | "test"): Barrier {
  const [first, last] = [places[0]![split], places.at(-1)![split]];
  const most = (of: (place: Place) => number) => Math.max(0, ...places.map(of));
  const line = (key: keyof Scores, t: number) => (1 - t) * first[key] + t * last[key];
  return {
    loss: most(({ t, ...own }) => own[split].loss - line("loss", t)),
    metric: most(({ t, ...own }) => line("metric", t) - own[split].metric),
  };
}
