// Runs a program's graphs on its state: each graph is compiled once, and fed the parameters that it needs.

import { CACHED } from "../graph/graph.ts";
import type { Precision } from "../graph/precision.ts";
import type { Device } from "../runtime/device.ts";
import type { Places } from "../runtime/session.ts";
import type { Tensor } from "../tensor.ts";
import { type Compiled, CompiledGraphs } from "./compiled.ts";
import { blockShape } from "./graphs/adam.ts";
import { type Group, learntShape, type Plan } from "./graphs/plan.ts";
import { REPORT, type StepGraph } from "./graphs/step.ts";
import type { State } from "./state.ts";

type Results = Record<string, Tensor>;

export interface RunnerOptions {
  readonly device: Device;
  /** See `SessionSettings`. */
  readonly precision?: Precision | undefined;
  /** Ends what is computed, as soon as that leaves the state of a whole step. */
  readonly signal?: AbortSignal | undefined;
}

export class Runner {
  readonly plan: Plan;
  readonly #state: State;
  readonly #signal: AbortSignal | undefined;
  readonly #compiled: CompiledGraphs<StepGraph>;

  constructor(plan: Plan, state: State, { device, precision, signal }: RunnerOptions) {
    this.plan = plan;
    this.#state = state;
    this.#signal = signal;
    this.#compiled = new CompiledGraphs(device, precision);
  }

  /** The graph under a key, built and compiled on first use. */
  compiled(key: string, build: () => StepGraph): Promise<Compiled<StepGraph>> {
    return this.#compiled.get(key, build);
  }

  /**
   * Runs a graph that leaves the state as it is, with the inputs that it needs, from `feeds` and the parameters; see
   * `Session.run` for `into`. Throws Interrupted if the program's signal fires.
   */
  async run(compiled: Compiled<StepGraph>, feeds: Places, into: Places = {}): Promise<Results> {
    await this.#state.settle(compiled.facts.groups);
    return compiled.session.run(this.#inputs(compiled, feeds), into, { signal: this.#signal });
  }

  /**
   * Runs a graph of a step, which changes the state. Returns the loss. Throws Interrupted, with the state unchanged unless it
   * `isTorn`, if the program's signal fires before the step has begun to write.
   */
  async step(compiled: Compiled<StepGraph>, feeds: Places): Promise<number> {
    const { groups, witness } = compiled.facts;
    await this.#state.settle(groups);
    const next = this.#next(compiled, groups);
    const interruption = witness === undefined ? undefined : { signal: this.#signal, witness };
    const results = await compiled.session.run(this.#inputs(compiled, feeds), next.into, interruption);
    next.take();
    const [loss, ...counts] = results[REPORT]!.data as Float32Array;
    if (counts.length) for (const group of groups) if (group.scores) this.#count(group, counts);
    return loss!;
  }

  /**
   * Runs a graph that can update any group of a given shape, which changes the state; `names` are the graph's names for the
   * group's tensors.
   */
  async update(compiled: Compiled<StepGraph>, group: Group, names: readonly string[], feeds: Places): Promise<void> {
    const next = this.#next(compiled, [group], names);
    // Not interruptible: other groups of the same step have been updated, or will be.
    const results = await compiled.session.run({ ...feeds, ...this.#state.inputs(group, names) }, next.into);
    next.take();
    const counts = results[REPORT];
    if (counts) this.#count(group, [...(counts.data as Float32Array)]);
  }

  #inputs({ facts }: Compiled<StepGraph>, feeds: Places): Places {
    return Object.assign({}, feeds, ...facts.groups.map((group) => this.#state.inputs(group)));
  }

  #next({ session }: Compiled<StepGraph>, groups: readonly Group[], names?: readonly string[]) {
    return this.#state.next(groups, (output, input) => session.mayOverwrite(output, input), names);
  }

  /** Hands on what a step has counted for a masked group, whose counts come first in `counts`, and removes them. */
  #count(group: Group, counts: number[]): void {
    const [runs] = blockShape(learntShape(group), this.plan.block ?? CACHED);
    const parts = counts.splice(0, runs);
    this.#state.counted(
      group,
      parts.reduce((sum, part) => sum + part, 0),
    );
  }

  /** Frees all graphs; those that are used again are compiled again. */
  release(): Promise<void> {
    return this.#compiled.release();
  }
}
