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
  readonly #signal: AbortSignal | undefined;
  readonly #compiled: CompiledGraphs<StepGraph>;

  constructor(plan: Plan, state: State, device: Device, signal?: AbortSignal) {
    this.plan = plan;
    this.#state = state;
    this.#signal = signal;
    this.#compiled = new CompiledGraphs(device);
  }

  /** The graph under a key, built and compiled on first use. */
  compiled(key: string, build: () => StepGraph): Promise<Compiled<StepGraph>> {
    return this.#compiled.get(key, build);
  }

  /**
   * Runs a graph that leaves the state as it is, with the inputs that it needs, from `feeds` and the parameters; see
   * `Session.run` for `into`. Throws Interrupted if the program's signal fires, unless the run is not interruptible.
   */
  run(compiled: Compiled<StepGraph>, feeds: Values, into: Values = {}, isInterruptible = true): Promise<Results> {
    const interruption = isInterruptible ? { signal: this.#signal } : undefined;
    return compiled.session.run(this.#inputs(compiled, feeds), into, interruption);
  }

  /**
   * Runs a graph of one or more steps, which changes the state. Returns the losses, one per step. Throws Interrupted, with the
   * state unchanged unless it `isTorn`, if the program's signal fires before a single step has begun to write.
   */
  async step(compiled: Compiled<StepGraph>, feeds: Values, isInterruptible = true): Promise<Float32Array> {
    const { groups, witness } = compiled.facts;
    const next = this.#next(compiled, groups);
    const interruption = witness === undefined || !isInterruptible ? undefined : { signal: this.#signal, witness };
    const results = await compiled.session.run(this.#inputs(compiled, feeds), next.into, interruption);
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
    // Not interruptible: other groups of the same step have been updated, or will be.
    const results = await compiled.session.run({ ...feeds, ...this.#state.inputs(group, names) }, next.into);
    next.take();
    this.#count(group, results[keptOf({ names, treatment: group.treatment })], 1);
  }

  #inputs({ facts }: Compiled<StepGraph>, feeds: Values): Values {
    return Object.assign({}, feeds, ...facts.groups.map((group) => this.#state.inputs(group)));
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

  /** Frees all graphs; those that are used again are compiled again. */
  release(): Promise<void> {
    return this.#compiled.release();
  }
}
