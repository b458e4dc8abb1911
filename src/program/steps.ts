// Optimizer steps: over one batch, over several batches with summed gradients, and several steps in one runtime call.

import type { Batch } from "../data/batches.ts";
import type { Values } from "../runtime/session.ts";
import { float32, sizeOf, type Tensor } from "../tensor.ts";
import type { Compiled } from "./compiled.ts";
import { stacked } from "./feeds.ts";
import { Parts } from "./parts.ts";
import type { Runner } from "./runner.ts";
import {
  ANY,
  type BatchShape,
  type Group,
  gradientGraph,
  gradientOf,
  type StepGraph,
  stepGraph,
  updateGraph,
  updateName,
} from "./step.ts";
import type { StepFeeds } from "./step-feeds.ts";
import { stepLoopGraph } from "./step-loop.ts";
import type { StepLoop, StepPoint, StepResult } from "./trainable.ts";

export class Steps implements StepLoop {
  readonly length: number;
  readonly #runner: Runner;
  readonly #feeds: StepFeeds;
  /** The summed gradients of each group that learns, by `gradientOf`. */
  readonly #sums = new Map<string, Tensor<"float32">>();

  readonly #parts = new Parts();

  /** `length`: the number of steps per runtime call. */
  constructor(runner: Runner, feeds: StepFeeds, length: number) {
    this.#runner = runner;
    this.#feeds = feeds;
    this.length = length;
  }

  /** One step over these batches, which are divided where the device has too little memory for them. */
  step(batches: readonly Batch[], at: StepPoint): Promise<StepResult> {
    return this.#fitting(batches, at, true);
  }

  async #fitting(batches: readonly Batch[], at: StepPoint, isInterruptible: boolean): Promise<StepResult> {
    let note: string | undefined;
    for (;;)
      try {
        const [first, ...more] = this.#parts.of(batches);
        const result = await (more.length
          ? this.#accumulated([first!, ...more], at, isInterruptible)
          : this.#single(first!, at, isInterruptible));
        return note === undefined ? result : { ...result, note };
      } catch (error) {
        note = await this.#divide(error, batches);
      }
  }

  /** Makes room on the device because of this error, and says so; throws the error if that cannot help. */
  async #divide(error: unknown, batches: readonly Batch[]): Promise<string> {
    const note = this.#parts.halve(error, batches);
    await this.#runner.release(); // the graphs of larger batches hold memory of the device
    return note;
  }

  async #single(batch: Batch, at: StepPoint, isInterruptible: boolean): Promise<StepResult> {
    const compiled = await this.#graph("step", batch);
    const { starts, tables } = await this.#feeds.random(compiled, at.step, 0);
    const feeds = { ...this.#feeds.batch(batch, [batch]), ...starts, ...tables, ...this.#feeds.point(at) };
    const [loss] = await this.#runner.step(compiled, feeds, isInterruptible);
    return { loss: loss! };
  }

  /**
   * One step per batch, all in one runtime call. Each number of steps needs its own graph, so leftover steps run one by
   * one.
   */
  async steps(batches: readonly Batch[], points: readonly StepPoint[]): Promise<StepResult[]> {
    const { tables } = this.#feeds;
    const fits = batches.length === this.length && tables.serves(points[0]!.step, points.at(-1)!.step);
    if (!fits || this.#parts.count > 1) return this.#oneByOne(batches, points);
    try {
      return await this.#looped(batches, points);
    } catch (error) {
      const note = await this.#divide(error, batches);
      const [first, ...others] = await this.#oneByOne(batches, points);
      return [{ note, ...first! }, ...others];
    }
  }

  async #oneByOne(batches: readonly Batch[], points: readonly StepPoint[]): Promise<StepResult[]> {
    const results: StepResult[] = [];
    // Once the first one is done, the others follow: the caller counts all or none of them.
    for (const [i, batch] of batches.entries()) results.push(await this.#fitting([batch], points[i]!, i === 0));
    return results;
  }

  async #looped(batches: readonly Batch[], points: readonly StepPoint[]): Promise<StepResult[]> {
    const { tables } = this.#feeds;
    const shape = shapeOf(batches[0]!);
    const compiled = await this.#runner.compiled(`${this.length} steps ${shape.size}×${shape.length}`, () =>
      stepLoopGraph(this.#runner.plan, shape, tables.length, this.length),
    );
    const random: Awaited<ReturnType<StepFeeds["random"]>>[] = [];
    for (const { step } of points) random.push(await this.#feeds.random(compiled, step, 0));
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
  async #accumulated(batches: readonly Batch[], at: StepPoint, isInterruptible: boolean): Promise<StepResult> {
    const factors = this.#feeds.point(at);
    for (const { data } of this.#sums.values()) data.fill(0);
    let loss = 0;
    let groups: readonly Group[] = [];
    for (const [part, batch] of batches.entries()) {
      const compiled = await this.#graph("gradients", batch);
      groups = compiled.facts.groups.filter(({ treatment }) => treatment !== "frozen");
      const sums = Object.fromEntries(groups.map((group) => [gradientOf(group), this.#sum(group)]));
      const { starts, tables } = await this.#feeds.random(compiled, at.step, part);
      const feeds = { ...this.#feeds.batch(batch, batches), ...starts, ...tables, ...sums };
      const into = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [`next.${name}`, sum]));
      const results = await this.#runner.run(compiled, feeds, into, isInterruptible);
      loss += results.loss!.data[0] as number;
    }
    for (const group of groups) await this.#update(group, this.#sum(group), factors);
    return { loss };
  }

  /** The array in which a group's gradients are summed. */
  #sum(group: Group): Tensor<"float32"> {
    const name = gradientOf(group);
    let sum = this.#sums.get(name);
    if (!sum) {
      const { shape } = group.effective.type;
      sum = float32(shape, new Float32Array(sizeOf(shape)));
      this.#sums.set(name, sum);
    }
    return sum;
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
