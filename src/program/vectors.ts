// Trains only the classifier over a frozen model, so each example is encoded only once and steps see only its vector.

import type { Batch } from "../data/batches.ts";
import { headTensors } from "../model/tensors.ts";
import { float32 } from "../tensor.ts";
import { tokenFeeds } from "./feeds.ts";
import { type Plan, shapeName } from "./graphs/plan.ts";
import { classifierGraph, classifierStepGraph, vectorGraph } from "./graphs/step.ts";
import type { Runner } from "./runner.ts";
import type { StepFeeds } from "./step-feeds.ts";
import { shapeOf } from "./steps.ts";
import type { StepPoint, StepResult, VectorBatch, VectorTrainable } from "./trainable.ts";

/** Where dropout changes what the classifier reads. */
const BELOW = ["embeddings", "hidden", "attention", "neurons", "final"] as const;

/**
 * Whether each row is classified by one vector that no step changes: everything below P is frozen and has no dropout.
 */
export function encoderRests(
  { config, classifier, words, labels, treatment, rate }: Plan,
  tensors: readonly string[],
): boolean {
  if (classifier !== "sequence" || BELOW.some((part) => rate(config.dropout[part]))) return false;
  const own = new Set(headTensors(config, { words, labels }).map(({ name }) => name));
  return tensors.every((name) => own.has(name) || treatment(name) === "frozen");
}

export class Vectors implements VectorTrainable {
  readonly #runner: Runner;
  readonly #feeds: StepFeeds;
  readonly #plan: Plan;
  readonly #width: number;

  constructor(runner: Runner, feeds: StepFeeds) {
    this.#runner = runner;
    this.#feeds = feeds;
    this.#plan = runner.plan;
    this.#width = runner.plan.config.hiddenSize;
  }

  async encode(batch: Batch): Promise<Float32Array> {
    const shape = shapeOf(batch, this.#plan);
    const compiled = await this.#runner.compiled(`vectors ${shapeName(shape)}`, () => vectorGraph(this.#plan, shape));
    const { vectors } = await this.#runner.run(compiled, tokenFeeds(batch));
    return vectors!.data as Float32Array;
  }

  async step(batches: readonly VectorBatch[], at: StepPoint): Promise<StepResult> {
    const size = batches.reduce((sum, batch) => sum + batch.size, 0);
    const compiled = await this.#runner.compiled(`classifier step ${size}`, () =>
      classifierStepGraph(this.#plan, size, this.#feeds.tables.length),
    );
    const { starts, tables } = await this.#feeds.random(compiled, at.step, 0);
    const vectors = this.#feeds.vectors(batches, this.#width);
    const feeds = { ...vectors, ...starts, ...tables, ...this.#feeds.point(at) };
    return { loss: await this.#runner.step(compiled, feeds) };
  }

  async logits({ size, vectors }: VectorBatch): Promise<Float32Array> {
    const compiled = await this.#runner.compiled(`classifier ${size}`, () => classifierGraph(this.#plan, size));
    const { logits } = await this.#runner.run(compiled, { vectors: float32([size, this.#width], vectors) });
    return logits!.data as Float32Array;
  }
}
