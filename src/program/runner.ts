// Runs a program's graphs on its state: each graph is compiled once, and fed the parameters that it needs.

import type { Device } from "../runtime/device.ts";
import type { Values } from "../runtime/session.ts";
import type { Tensor } from "../tensor.ts";
import { type Compiled, CompiledGraphs } from "./compiled.ts";
import type { State } from "./state.ts";
import { type Group, keptOf, type Plan, type StepGraph } from "./step.ts";

type Results = Record<string, Tensor>;

export class Runner {
  readonly plan: Plan;
  readonly #state: State;
  readonly #compiled: CompiledGraphs<StepGraph>;

  constructor(plan: Plan, state: State, device: Device) {
    this.plan = plan;
    this.#state = state;
    this.#compiled = new CompiledGraphs(device);
  }

  /** The graph under a key, built and compiled on first use. */
  compiled(key: string, build: () => StepGraph): Promise<Compiled<StepGraph>> {
    return this.#compiled.get(key, build);
  }

  /** Runs a graph with the inputs that it needs, from `feeds` and the parameters; see `Session.run` for `into`. */
  run({ session, facts }: Compiled<StepGraph>, feeds: Values, into: Values = {}): Promise<Results> {
    return session.run(Object.assign({}, feeds, ...facts.groups.map((group) => this.#state.inputs(group))), into);
  }

  /** Runs a graph of one or more steps, which changes the state. Returns the losses, one per step. */
  async step(compiled: Compiled<StepGraph>, feeds: Values): Promise<Float32Array> {
    const { groups } = compiled.facts;
    const next = this.#next(compiled, groups);
    const results = await this.run(compiled, feeds, next.into);
    next.take();
    const losses = results.loss!.data as Float32Array;
    for (const group of groups) this.#count(group, results[keptOf(group)], losses.length);
    return losses;
  }

  /**
   * Runs a graph that can update any group of a given shape, which changes the state; `names` are the graph's names for the
   * group's tensors.
   */
  async update(compiled: Compiled<StepGraph>, group: Group, names: readonly string[], feeds: Values): Promise<void> {
    const next = this.#next(compiled, [group], names);
    const results = await compiled.session.run({ ...feeds, ...this.#state.inputs(group, names) }, next.into);
    next.take();
    this.#count(group, results[keptOf({ names, treatment: group.treatment })], 1);
  }

  #next({ session }: Compiled<StepGraph>, groups: readonly Group[], names?: readonly string[]) {
    return this.#state.next(groups, (output, input) => session.mayOverwrite(output, input), names);
  }

  /** Hands on what the last of `steps` steps has counted, [steps, runs], if the group is masked. */
  #count(group: Group, counted: Tensor | undefined, steps: number): void {
    const parts = counted?.data as Float32Array | undefined;
    if (parts)
      this.#state.counted(
        group,
        parts.subarray(-parts.length / steps).reduce((sum, part) => sum + part, 0),
      );
  }

  release(): Promise<void> {
    return this.#compiled.release();
  }
}
