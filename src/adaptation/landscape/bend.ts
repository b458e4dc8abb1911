// Trains the bend of a curve between two models, so that the loss is low along the whole curve (Garipov et al. 2018,
// arXiv 1802.10026): each step draws a place t on the curve, and moves the bend by the gradient there.

import { type Batch, type BatchOptions, trainingBatches } from "../../data/batches.ts";
import type { EncodedPart } from "../../data/encode.ts";
import { Random } from "../../data/random.ts";
import { adamFactors, BETA1, BETA2 } from "../../program/graphs/adam.ts";
import type { Gradients } from "../../program/scoring-model.ts";
import { tick } from "../../pulse.ts";
import { type Curve, coefficientsOf, combined, type Point } from "./curve.ts";

export interface BendOptions {
  readonly curve: Curve;
  readonly ends: readonly [Point, Point];
  readonly encoded: readonly EncodedPart[];
  readonly batches: BatchOptions;
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** The loss and gradients of the model at a point. */
  readonly gradientsAt: (point: Point, batch: Batch) => Promise<Gradients>;
  readonly told?: ((step: number, loss: number) => void) | undefined;
}

/**
 * The trained bend. It starts in the middle of the line between the ends. t is uniform in [0, 1); the bend's gradient is that of
 * the loss at the curve's point, times the bend's coefficient there. Adam, with a learning rate that falls linearly to 0. If the
 * signal fires, throws its reason.
 */
export async function trainedBend(options: BendOptions): Promise<Point> {
  const { curve, ends, encoded, batches, steps, learningRate, seed, signal, gradientsAt, told } = options;
  const bend = combined(ends, [0.5, 0.5]);
  const [first, second] = [zerosLike(bend), zerosLike(bend)];
  const [places, order] = [new Random(seed, "landscape places"), new Random(seed, "landscape order")];
  let epoch: Batch[] = [];
  for (let step = 1; step <= steps; step++) {
    signal?.throwIfAborted();
    if (!epoch.length) epoch = trainingBatches(encoded, { ...batches, random: order });
    const coefficients = coefficientsOf(curve, places.uniform());
    const point = combined([ends[0], bend, ends[1]], coefficients);
    const { loss, gradients } = await gradientsAt(point, epoch.pop()!);
    const { rate, epsilon } = adamFactors(step, learningRate * (1 - (step - 1) / steps));
    for (const [name, gradient] of gradients) {
      move(bend.get(name)!, gradient, coefficients[1], [first.get(name)!, second.get(name)!], { rate, epsilon });
      tick();
    }
    told?.(step, loss);
  }
  return bend;
}

function zerosLike(point: Point): Map<string, Float32Array> {
  return new Map([...point].map(([name, { length }]) => [name, new Float32Array(length)]));
}

/** Adam in place, as in `adam`: the moments are kept as m / (1 − β₁) and v / (1 − β₂). */
function move(
  values: Float32Array,
  gradient: Float32Array,
  by: number,
  [first, second]: readonly [Float32Array, Float32Array],
  { rate, epsilon }: { readonly rate: number; readonly epsilon: number },
): void {
  for (let i = 0; i < values.length; i++) {
    const slope = by * gradient[i]!;
    first[i] = BETA1 * first[i]! + slope;
    second[i] = BETA2 * second[i]! + slope * slope;
    values[i]! -= (rate * first[i]!) / (Math.sqrt(second[i]!) + epsilon);
  }
}
