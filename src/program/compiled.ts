// Compiles each graph once per batch size and length, and runs it with the inputs that it needs.

import type { Graph } from "../graph/graph.ts";
import type { Device } from "../runtime/device.ts";
import { Session, type Values } from "../runtime/session.ts";
import type { Tensor } from "../tensor.ts";

/** A graph that is ready to run, with the other data that its builder returned. */
export interface Compiled<B> {
  readonly facts: Omit<B, "graph">;
  /** Runs the graph, feeding only the values for which it has inputs. */
  run(values: Values): Promise<Record<string, Tensor>>;
}

export class CompiledGraphs<B extends { readonly graph: Graph }> {
  readonly #device: Device;
  readonly #made = new Map<string, Promise<{ session: Session; compiled: Compiled<B> }>>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** The graph under a key, built and compiled on first use. */
  async get(key: string, build: () => B): Promise<Compiled<B>> {
    let made = this.#made.get(key);
    if (!made) {
      made = this.#make(build());
      this.#made.set(key, made);
    }
    return (await made).compiled;
  }

  async release(): Promise<void> {
    for (const made of this.#made.values()) await (await made).session.release();
    this.#made.clear();
  }

  async #make({ graph, ...facts }: B): Promise<{ session: Session; compiled: Compiled<B> }> {
    const names = graph.inputs.map(({ name }) => name);
    const session = await Session.create(graph, this.#device);
    const run = (values: Values) => session.run(Object.fromEntries(names.map((name) => [name, values[name]!])));
    return { session, compiled: { facts, run } };
  }
}
