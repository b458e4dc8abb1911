// Compiles each graph once per batch size and length, and runs it with the inputs that it needs.

import type { Graph } from "../graph/graph.ts";
import type { Precision } from "../graph/precision.ts";
import type { Device } from "../runtime/device.ts";
import { Session } from "../runtime/session.ts";

/** A graph that is ready to run, with the other data that its builder returned; feeds that it does not need are ignored. */
export interface Compiled<B> {
  readonly facts: Omit<B, "graph">;
  readonly session: Session;
}

export class CompiledGraphs<B extends { readonly graph: Graph }> {
  readonly #device: Device;
  readonly #precision: Precision | undefined;
  readonly #made = new Map<string, Promise<Compiled<B>>>();

  constructor(device: Device, precision?: Precision) {
    this.#device = device;
    this.#precision = precision;
  }

  /** The graph under a key, built and compiled on first use. */
  get(key: string, build: () => B): Promise<Compiled<B>> {
    let made = this.#made.get(key);
    if (!made) {
      made = this.#make(build());
      made.catch(() => this.#made.delete(key));
      this.#made.set(key, made);
    }
    return made;
  }

  async release(): Promise<void> {
    const made = await Promise.allSettled(this.#made.values());
    this.#made.clear();
    for (const one of made) if (one.status === "fulfilled") await one.value.session.release();
  }

  async #make({ graph, ...facts }: B): Promise<Compiled<B>> {
    return {
      facts,
      session: await Session.create(graph, this.#device, this.#precision && { precision: this.#precision }),
    };
  }
}
