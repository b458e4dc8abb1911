// Optimizer steps: over one batch, over several batches with summed gradients, and several steps in one runtime call.

import type { Batch } from "../data/batches.ts";
import type { Values } from "../runtime/session.ts";
import { float32, type Tensor } from "../tensor.ts";
import type { Compiled } from "./compiled.ts";
import { stacked } from "./feeds.ts";
import type { Runner } from "./runner.ts";
import {
  ANY,
  type BatchShape,
  type Group,
  gradientGraph,
  learnt,
  type StepGraph,
  stepGraph,
  updateGraph,
  updateName,
} from "./step.ts";
import type { StepFeeds } from "./step-feeds.ts";
import { stepLoopGraph } from "./step-loop.ts";
import type { StepLoop, StepPoint, StepResult } from "./trainable.ts";

/** A step's summed gradients by "grad.NAME", for the groups that learn. */
interface Gradients {
  readonly groups: readonly Group[];
  readonly sums: Record<string, Tensor<"float32">>;
  readonly loss: number;
}

export class Steps implements StepLoop {
  readonly length: number;
  readonly #runner: Runner;
  readonly #feeds: StepFeeds;

  /** `length`: the number of steps per runtime call. */
  constructor(runner: Runner, feeds: StepFeeds, length: number) {
    this.#runner = runner;
    this.#feeds = feeds;
    this.length = length;
  }

  /** One step over these batches. */
  async step(batches: readonly Batch[], at: StepPoint): Promise<StepResult> {
    const [batch] = batches;
    if (batches.length > 1) return this.#accumulated(batches, at);
    const compiled = await this.#graph("step", batch!);
    const { starts, tables } = this.#feeds.random(compiled, at.step, 0);
    const feeds = { ...this.#feeds.batch(batch!, batches), ...starts, ...tables, ...this.#feeds.point(at) };
    const [loss] = await this.#runner.step(compiled, feeds);
    return { loss: loss! };
  }

  /**
   * One step per batch, all in one runtime call. Each number of steps needs its own graph, so leftover steps run one by
   * one.
   */
  async steps(batches: readonly Batch[], points: readonly StepPoint[]): Promise<StepResult[]> {
    const { tables } = this.#feeds;
    if (batches.length < this.length || !tables.serves(points[0]!.step, points.at(-1)!.step)) {
      const results: StepResult[] = [];
      for (const [i, batch] of batches.entries()) results.push(await this.step([batch], points[i]!));
      return results;
    }
    const shape = shapeOf(batches[0]!);
    const compiled = await this.#runner.compiled(`${this.length} steps ${shape.size}×${shape.length}`, () =>
      stepLoopGraph(this.#runner.plan, shape, tables.length, this.length),
    );
    const random = points.map(({ step }) => this.#feeds.random(compiled, step, 0));
    const each = stacked(
      batches.map((batch, i) => ({
        ...this.#feeds.batch(batch, [batch]),
        ...this.#feeds.point(points[i]!),
        ...random[i]!.starts,
      })),
    );
    const losses = await this.#runner.step(compiled, { ...each, ...random[0]!.tables });
    return [...losses].map((loss) => ({ loss }));
  }

  /** Sums the gradients over the batches, then updates the groups one by one. */
  async #accumulated(batches: readonly Batch[], at: StepPoint): Promise<StepResult> {
    const factors = this.#feeds.point(at);
    const { groups, sums, loss } = await this.#gradients(batches, at);
    for (const group of groups) {
      if (group.treatment === "frozen") continue;
      const name = `grad.${learnt(group)}`;
      await this.#update(group, sums[name]!, factors);
      delete sums[name]; // frees the gradient before the next update
    }
    return { loss };
  }

  async #gradients(batches: readonly Batch[], at: StepPoint): Promise<Gradients> {
    let loss = 0;
    const sums: Record<string, Tensor<"float32">> = {};
    let groups: readonly Group[] = [];
    for (const [part, batch] of batches.entries()) {
      const compiled = await this.#graph("gradients", batch);
      groups = compiled.facts.groups;
      const { starts, tables } = this.#feeds.random(compiled, at.step, part);
      const results = await this.#runner.run(compiled, { ...this.#feeds.batch(batch, batches), ...starts, ...tables });
      loss += results.loss!.data[0] as number;
      for (const [name, { shape, data }] of Object.entries(results)) {
        if (name === "loss") continue;
        const sum = sums[name]?.data;
        if (!sum) sums[name] = float32(shape, data as Float32Array);
        else for (let i = 0; i < sum.length; i++) sum[i]! += (data as Float32Array)[i]!;
      }
    }
    return { groups, sums, loss };
  }

  async #update(group: Group, grad: Tensor, factors: Values): Promise<void> {
    const { treatment, input } = group;
    const compiled = await this.#runner.compiled(`update ${treatment} ${input.type.shape}`, () => ({
      ...{ graph: updateGraph(this.#runner.plan, group), groups: [], windows: [] },
    }));
    await this.#runner.update(compiled, group, ANY, { ...factors, [`grad.${updateName(treatment)}`]: grad });
  }

  #graph(kind: "step" | "gradients", batch: Batch): Promise<Compiled<StepGraph>> {
    const shape = shapeOf(batch);
    const build = kind === "step" ? stepGraph : gradientGraph;
    return this.#runner.compiled(`${kind} ${shape.size}×${shape.length}`, () =>
      build(this.#runner.plan, shape, this.#feeds.tables.length),
    );
  }
}

/** The shape for which a batch's graph is built; each choice counts as a sequence. */
export function shapeOf({ size, choices, length }: Batch): BatchShape {
  return { size: size * choices, length };
}
