// A step graph's inputs besides the parameters: the batch, the optimizer's scalars, and random numbers.

import type { Batch } from "../data/batches.ts";
import type { ClassifierShape } from "../recipe/recipe.ts";
import type { Places, Values } from "../runtime/session.ts";
import { float32 } from "../tensor.ts";
import type { Compiled } from "./compiled.ts";
import { batchFeeds, oneHot, weightOf } from "./feeds.ts";
import { adamFactors } from "./graphs/adam.ts";
import type { StepGraph } from "./graphs/step.ts";
import type { RandomTables } from "./random-tables.ts";
import { type Distilled, softFeeds } from "./soft-targets.ts";
import type { State } from "./state.ts";
import type { StepPoint, VectorBatch } from "./trainable.ts";

export interface FeedOptions extends ClassifierShape {
  /** Class weights in the loss, by label; undefined: all 1. */
  readonly classWeights?: readonly number[] | undefined;
  readonly distilled?: Distilled | undefined;
}

export class StepFeeds {
  readonly tables: RandomTables;
  readonly #state: State;
  readonly #options: FeedOptions;

  constructor(state: State, tables: RandomTables, options: FeedOptions) {
    this.#state = state;
    this.tables = tables;
    this.#options = options;
  }

  /** The inputs for one of a step's batches; the loss is a mean over all of them (`among`). */
  batch(batch: Batch, among: readonly Batch[]): Values {
    const { classWeights, distilled } = this.#options;
    const weight = weightOf(among, classWeights);
    return {
      ...batchFeeds(batch, this.#options, weight),
      ...(distilled && softFeeds([batch], this.#options, distilled, weight)),
    };
  }

  /** Several batches of precomputed vectors, joined into one: all vectors have the same length. */
  vectors(batches: readonly VectorBatch[], width: number): Values {
    const size = batches.reduce((sum, batch) => sum + batch.size, 0);
    const vectors = new Float32Array(size * width);
    const targets = new BigInt64Array(size);
    let row = 0;
    for (const batch of batches) {
      vectors.set(batch.vectors, row * width);
      targets.set(batch.targets, row);
      row += batch.size;
    }
    const { labels, classWeights, distilled } = this.#options;
    const weight = weightOf(batches, classWeights);
    return {
      vectors: float32([size, width], vectors),
      targets: oneHot(targets, labels, weight),
      ...(distilled && softFeeds(batches, this.#options, distilled, weight)),
    };
  }

  /** Adam's scalars, and the push of sparsity control. */
  point(at: StepPoint): Values {
    const { rate, epsilon } = adamFactors(at.step, at.learningRate);
    const scalar = (x: number) => float32([], Float32Array.of(x));
    const { rate: directRate } = adamFactors(at.step, at.directRate ?? at.learningRate);
    return {
      ...{ rate: scalar(rate), directRate: scalar(directRate), epsilon: scalar(epsilon) },
      push: scalar(this.#push(at)),
    };
  }

  /**
   * The starts of a step's random windows, and the tables that they are cut from; `part` is the batch's index within
   * the step.
   */
  async random(
    { facts: { windows } }: Compiled<StepGraph>,
    step: number,
    part: number,
  ): Promise<{ starts: Values; tables: Places }> {
    const starts = this.tables.starts(
      step,
      part,
      windows.map(({ count }) => count),
    );
    const read = windows.map(({ table, count }, i) => ({ table, count, start: Number(starts[i]!.data[0]) }));
    const tables: Record<string, Places[string]> = {};
    for (const name of new Set(windows.map(({ table }) => table)))
      tables[name] = await this.tables.table(
        name,
        step,
        read.filter(({ table }) => table === name),
      );
    return { starts: Object.fromEntries(starts.map((start, i) => [`start.${i}`, start])), tables };
  }

  /** ∂(λ·(target − zeros)²)/∂mask = 2·λ·(target − zeros) / n, for zeros = 1 − mean(mask). */
  #push({ targetSparsity, lambda }: StepPoint): number {
    if (targetSparsity === undefined || !lambda) return 0;
    const { zeros, all } = this.#state.count();
    return (2 * lambda * (targetSparsity - zeros / all)) / all;
  }
}
