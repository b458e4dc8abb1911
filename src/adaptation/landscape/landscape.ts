// The loss and the metric along a curve between two adaptations of one task: whether a barrier stands between them.
// Formulas: method.md, "The path between two adaptations".

import type { Batch } from "../../data/batches.ts";
import { encodeExamples, evaluationBatches, lengthBuckets } from "../../data/batches.ts";
import type { EncodedPart } from "../../data/encode.ts";
import { drawn, Random } from "../../data/random.ts";
import { readTask } from "../../data/task.ts";
import type { Adaptation } from "../../mask/file.ts";
import { ScoringModel } from "../../program/scoring-model.ts";
import { deviceOf, type Places } from "../base.ts";
import { lossesOf, meanLoss } from "../effect/difference.ts";
import { sizesOf, taskFileOf } from "../evaluate.ts";
import { valueOfMetric } from "../metrics.ts";
import { checkTask, readAdaptation, shapeOf } from "../read.ts";
import { Scorers } from "../scorers.ts";
import { lossesOf as countsOf, outcomeOf } from "../scoring.ts";
import { scoredUnits, unitsOf } from "../units.ts";
import { trainedBend } from "./bend.ts";
import { type Curve, coefficientsOf, combined, hasBend, type Point } from "./curve.ts";
import { checkEnds, endOf } from "./ends.ts";

export interface LandscapeOptions extends Places {
  /** The files of the ends. */
  readonly ends: readonly [string, string];
  readonly curve: Curve;
  /** The number of points at which the curve is evaluated, ends included; at least 2. */
  readonly points: number;
  /** How the bend is trained; a line has none. */
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
  /** The most training examples to train the bend and to evaluate on. */
  readonly rows: number;
  /** The task file, if it is not the first end's own. */
  readonly task?: string | undefined;
  readonly device: string;
  readonly signal?: AbortSignal | undefined;
}

/** At one place on the curve. */
export interface Scores {
  /** In nats, the mean over the predictions. */
  readonly loss: number;
  readonly metric: number;
}

export interface Place {
  /** From 0 (the first end) to 1. */
  readonly t: number;
  readonly train: Scores;
  readonly test: Scores;
}

/** The most by which a curve is worse than the straight line between the scores of its ends; 0 if it never is. */
export interface Barrier {
  readonly loss: number;
  readonly metric: number;
}

export interface Landscape {
  readonly ends: readonly [string, string];
  readonly curve: Curve;
  readonly task: { readonly file: string; readonly name: string; readonly metric: string };
  /** Numbers of examples, of those truncated, and of words without a prediction. */
  readonly counts: { readonly train: SplitCounts; readonly test: SplitCounts };
  /** The loss of each step that trained the bend, at the place drawn for it. */
  readonly training: readonly number[];
  readonly places: readonly Place[];
  readonly barrier: { readonly train: Barrier; readonly test: Barrier };
  readonly notes: readonly string[];
}

export type SplitCounts = ReturnType<typeof countsOf>;

export type LandscapeEvent =
  | { readonly type: "step"; readonly step: number; readonly steps: number; readonly loss: number }
  | { readonly type: "place"; readonly place: Place };

interface Split {
  readonly encoded: readonly EncodedPart[];
  readonly batches: readonly Batch[];
}

/**
 * Trains the bend, if the curve has one, and evaluates the curve. Throws an InputError for ends that no curve connects (see
 * `checkEnds`) and whatever `evaluate` refuses. If the signal fires, throws its reason.
 */
export async function landscape(
  options: LandscapeOptions,
  told: (event: LandscapeEvent) => void = () => undefined,
): Promise<Landscape> {
  const { curve, signal, rows, seed } = options;
  const [a, b] = (await Promise.all(options.ends.map(readAdaptation))) as [Adaptation, Adaptation];
  checkEnds(a, b);
  const task = await readTask(await taskFileOf(a, options.task === undefined ? {} : { [a.file]: options.task }));
  const notes = checkTask(a, task);
  const device = deviceOf(options.device);
  const scorers = new Scorers(options, device);
  const base = await scorers.base(a);
  const model = new ScoringModel(base.config, base.pretrained, device);
  try {
    const ends: readonly [Point, Point] = [await endOf(a, base), await endOf(b, await scorers.base(b))];
    const { maxLength, batchSize } = sizesOf(a, base.config.positions);
    const { padId, typeVocabSize: segments } = base.config;
    const sizes = { size: batchSize, buckets: lengthBuckets(maxLength), padId, segments };
    const some = {
      ...task,
      splits: { ...task.splits, train: drawn(task.splits.train, rows, new Random(seed, "landscape rows")) },
    };
    const splitOf = (split: "train" | "test"): Split => {
      const encoded = encodeExamples(some as typeof task, split, base.tokenizer, { maxLength });
      return { encoded, batches: evaluationBatches(encoded, sizes) };
    };
    const splits = { train: splitOf("train"), test: splitOf("test") };
    const under = (point: Point) => {
      const tensors = [...point].map(([name, data]) => ({ name, shape: [data.length], data }));
      return model.under(shapeOf(a), { matrices: [], tensors }, a.file);
    };

    // 1. The bend.
    const training: number[] = [];
    const bend = hasBend(curve)
      ? await trainedBend({
          ...{ curve, ends, encoded: splits.train.encoded, batches: sizes, seed, signal },
          ...{ steps: options.steps, learningRate: options.learningRate },
          async gradientsAt(point, batch) {
            const there = await under(point);
            const found = await there.gradients(batch);
            there.release();
            return found;
          },
          told(step, loss) {
            training.push(loss);
            told({ type: "step", step, steps: options.steps, loss });
          },
        })
      : ends[0];

    // 2. The scores along the curve.
    const places: Place[] = [];
    for (let i = 0; i < options.points; i++) {
      const t = i / (options.points - 1);
      const there = await under(combined([ends[0], bend, ends[1]], coefficientsOf(curve, t)));
      const scoresOf = async ({ encoded, batches }: Split): Promise<Scores> => {
        const logits: Float32Array[] = [];
        for (const batch of batches) {
          signal?.throwIfAborted();
          logits.push(await there.logits(batch));
        }
        const units = scoredUnits(unitsOf(task.labels.length, encoded, batches, logits), task.unscored);
        const metric = valueOfMetric(outcomeOf(task, encoded, batches, logits), task.metric);
        return { loss: meanLoss(lossesOf(units)), metric };
      };
      const place = { t, train: await scoresOf(splits.train), test: await scoresOf(splits.test) };
      there.release();
      places.push(place);
      told({ type: "place", place });
    }
    return {
      ...{ ends: [a.file, b.file], curve, training, places, notes },
      task: { file: task.file, name: task.name, metric: task.metric },
      counts: { train: countsOf(splits.train.encoded), test: countsOf(splits.test.encoded) },
      barrier: { train: barrierOf(places, "train"), test: barrierOf(places, "test") },
    };
  } finally {
    await model.release();
    await scorers.release();
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
