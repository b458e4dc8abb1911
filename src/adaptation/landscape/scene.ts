// Models at points in the space of all parameters, between adaptations of one task, and their scores.

import type { Batch, BatchOptions } from "../../data/batches.ts";
import type { EncodedPart } from "../../data/encode.ts";
import { Random } from "../../data/random.ts";
import { readTask, type Task, withTraining } from "../../data/task.ts";
import type { Adaptation } from "../../mask/file.ts";
import { type Gradients, type Loaded, ScoringModel } from "../../program/scoring-model.ts";
import { deviceOf, type Places } from "../base.ts";
import { lossesOf, meanLoss } from "../effect/difference.ts";
import { batchesOf, batchOptionsOf, taskFileOf } from "../evaluate.ts";
import { valueOfMetric } from "../metrics.ts";
import { checkTask, readAdaptation, requireLabels, shapeOf } from "../read.ts";
import { Scorers } from "../scorers.ts";
import { lossesOf as countsOf, outcomeOf } from "../scoring.ts";
import { scoredUnits, unitsOf } from "../units.ts";
import type { Point } from "./curve.ts";
import { checkEnds, endOf } from "./ends.ts";

export interface SceneOptions extends Places {
  /** For the examples. */
  readonly seed: number;
  /** The most training examples. */
  readonly rows: number;
  /** The task file, if it is not the first end's own. */
  readonly task?: string | undefined;
  readonly device: string;
  readonly signal?: AbortSignal | undefined;
}

/** At one point. */
export interface Scores {
  /** In nats, the mean over the predictions. */
  readonly loss: number;
  readonly metric: number;
}

export interface BothScores {
  readonly train: Scores;
  readonly test: Scores;
}

/** Numbers of examples, of those truncated, and of words without a prediction. */
export type SplitCounts = ReturnType<typeof countsOf>;

type Split = ReturnType<typeof batchesOf>;

interface Parts {
  readonly ends: readonly Point[];
  readonly task: Task;
  readonly splits: { readonly train: Split; readonly test: Split };
  readonly sizes: BatchOptions;
  readonly notes: readonly string[];
  readonly under: (point: Point) => Promise<Loaded>;
  readonly release: () => Promise<void>;
}

/** The task, the numbers of examples, and notes on the task's labels. */
export type Facts = Scene["facts"];

/** Release it after use. */
export class Scene {
  readonly #parts: Parts;
  readonly #signal: AbortSignal | undefined;

  private constructor(parts: Parts, signal: AbortSignal | undefined) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** Throws an InputError for ends between which no point means anything (see `checkEnds`) or without labels, and whatever `evaluate` refuses. */
  static async open(files: readonly string[], options: SceneOptions): Promise<Scene> {
    const { signal, rows, seed } = options;
    const adaptations = await Promise.all(files.map((file) => readAdaptation(file, options)));
    const [first, ...others] = adaptations as [Adaptation, ...Adaptation[]];
    requireLabels(first, "paths are");
    for (const other of others) checkEnds(first, other);
    const tasks = options.task === undefined ? {} : { [first.file]: options.task };
    const task = await readTask(await taskFileOf(first, tasks));
    const notes = checkTask(first, task);
    const device = deviceOf(options.device);
    const scorers = new Scorers(options, device);
    const base = await scorers.base(first);
    const model = new ScoringModel(base.config, base.pretrained, device);
    const release = async () => {
      await model.release();
      await scorers.release();
    };
    try {
      const ends: Point[] = [];
      for (const adaptation of adaptations) ends.push(await endOf(adaptation, await scorers.base(adaptation)));
      const some = withTraining(task, rows, new Random(seed, "landscape rows"));
      const splits = { train: batchesOf(first, base, some, "train"), test: batchesOf(first, base, some, "test") };
      const sizes = batchOptionsOf(first, base.config);
      const under = (point: Point) => {
        const tensors = [...point].map(([name, data]) => ({ name, shape: [data.length], data }));
        return model.under(shapeOf(first), { matrices: [], tensors }, first.file);
      };
      return new Scene({ ends, task, splits, sizes, notes, under, release }, signal);
    } catch (error) {
      await release();
      throw error;
    }
  }

  get ends(): readonly Point[] {
    return this.#parts.ends;
  }

  get facts() {
    const { task, splits, notes } = this.#parts;
    return {
      ...{ task: { file: task.file, name: task.name, metric: task.metric }, notes },
      counts: { train: countsOf(splits.train.encoded), test: countsOf(splits.test.encoded) },
    };
  }

  /** The training examples that were drawn, and how they are batched. */
  get training(): { readonly encoded: readonly EncodedPart[]; readonly batches: BatchOptions } {
    return { encoded: this.#parts.splits.train.encoded, batches: this.#parts.sizes };
  }

  /** If the signal fires, throws its reason. */
  async scoresAt(point: Point): Promise<BothScores> {
    const { task, splits, under } = this.#parts;
    const there = await under(point);
    try {
      const scoresOf = async ({ encoded, batches }: Split): Promise<Scores> => {
        const logits: Float32Array[] = [];
        for (const batch of batches) {
          this.#signal?.throwIfAborted();
          logits.push(await there.logits(batch));
        }
        const units = scoredUnits(unitsOf(task.labels.length, encoded, batches, logits), task.unscored);
        const outcome = outcomeOf(task, encoded, batches, logits);
        return { loss: meanLoss(lossesOf(units)), metric: valueOfMetric(outcome, outcome.metric) };
      };
      return { train: await scoresOf(splits.train), test: await scoresOf(splits.test) };
    } finally {
      there.release();
    }
  }

  async gradientsAt(point: Point, batch: Batch): Promise<Gradients> {
    const there = await this.#parts.under(point);
    const found = await there.gradients(batch);
    there.release();
    return found;
  }

  release(): Promise<void> {
    return this.#parts.release();
  }
}
