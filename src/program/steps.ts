// Optimizer steps, over one batch or over several batches with summed gradients.

import type { Batch } from "../data/batches.ts";
import type { Values } from "../runtime/session.ts";
import type { Compiled } from "./compiled.ts";
import type { GradientSums } from "./gradient-sums.ts";
import { type BatchShape, type Group, learntShape, type Plan, shapeName } from "./graphs/plan.ts";
import { ANY, gradientGraph, type StepGraph, stepGraph, updateGraph, updateName } from "./graphs/step.ts";
import { scoredRows } from "./next-tokens.ts";
import { Parts } from "./parts.ts";
import type { Runner } from "./runner.ts";
import type { StepFeeds } from "./step-feeds.ts";
import type { StepPoint, StepResult } from "./trainable.ts";

export class Steps {
  readonly #runner: Runner;
  readonly #feeds: StepFeeds;
  readonly #sums: GradientSums;
  readonly #parts = new Parts();

  constructor(runner: Runner, feeds: StepFeeds, sums: GradientSums) {
    this.#runner = runner;
    this.#feeds = feeds;
    this.#sums = sums;
  }

  /** One step over these batches, which are divided where the device has too little memory for them. */
  async step(batches: readonly Batch[], at: StepPoint): Promise<StepResult> {
    let note: string | undefined;
    for (;;)
      try {
        const [first, ...more] = this.#parts.of(batches);
        const result = await (more.length ? this.#accumulated([first!, ...more], at) : this.#single(first!, at));
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

  async #single(batch: Batch, at: StepPoint): Promise<StepResult> {
    const compiled = await this.#graph("step", batch);
    const { starts, tables } = await this.#feeds.random(compiled, at.step, 0);
    const feeds = { ...this.#feeds.batch(batch, [batch]), ...starts, ...tables, ...this.#feeds.point(at) };
    return { loss: await this.#runner.step(compiled, feeds) };
  }

  /** Sums the gradients over the batches, then updates the groups one by one. */
  async #accumulated(batches: readonly Batch[], at: StepPoint): Promise<StepResult> {
    const factors = this.#feeds.point(at);
    this.#sums.clear();
    let loss = 0;
    let groups: readonly Group[] = [];
    for (const [part, batch] of batches.entries()) {
      const compiled = await this.#graph("gradients", batch);
      groups = compiled.facts.groups.filter(({ treatment }) => treatment !== "frozen");
      const sums = await this.#sums.next(groups);
      const { starts, tables } = await this.#feeds.random(compiled, at.step, part);
      const feeds = { ...this.#feeds.batch(batch, batches), ...starts, ...tables, ...sums.feeds };
      const results = await this.#runner.run(compiled, feeds, sums.into);
      sums.take();
      loss += results.loss!.data[0] as number;
    }
    for (const group of groups) await this.#update(group, factors);
    return { loss };
  }

  async #update(group: Group, factors: Values): Promise<void> {
    const grad = this.#sums.of(group);
    const compiled = await this.#runner.compiled(
      `update ${group.treatment} ${group.input.type.dtype} ${learntShape(group)}`,
      () => ({
        ...{ graph: updateGraph(this.#runner.plan, group), groups: [], windows: [] },
      }),
    );
    await this.#runner.update(compiled, group, ANY, { ...factors, [`grad.${updateName(group.treatment)}`]: grad });
  }

  #graph(kind: "step" | "gradients", batch: Batch): Promise<Compiled<StepGraph>> {
    const shape = shapeOf(batch, this.#runner.plan);
    const build = kind === "step" ? stepGraph : gradientGraph;
    return this.#runner.compiled(`${kind} ${shapeName(shape)}`, () =>
      build(this.#runner.plan, shape, this.#feeds.tables.length),
    );
  }
}

/** The shape for which a batch's graph is built; each choice counts as a sequence. */
export function shapeOf(batch: Batch, { classifier }: Pick<Plan, "classifier">): BatchShape {
  const { size, choices, length, decoder, attributes } = batch;
  return {
    ...{ size: size * choices, length, ...(decoder && { decoderLength: decoder.length }) },
    ...(attributes && { slots: attributes.slots }),
    scored: classifier === "language" ? scoredRows(batch) : undefined,
  };
}
