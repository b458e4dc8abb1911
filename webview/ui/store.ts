// Shared state: `change` updates it, and components that read it with `useStore` are redrawn.

import { useLayoutEffect, useState } from "preact/hooks";

export class Store<S extends object> {
  #state: S;
  readonly #watchers = new Set<(state: S) => void>();

  constructor(initial: S) {
    this.#state = initial;
  }

  /** Never mutated, so that components can compare it. */
  get state(): Readonly<S> {
    return this.#state;
  }

  change(next: Partial<S>): void {
    this.#state = { ...this.#state, ...next };
    for (const watch of this.#watchers) watch(this.#state);
  }

  /** Calls `watcher` after each change, until the returned function is called. */
  watch(watcher: (state: S) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** Reads a part of a store's state; the component is redrawn when that part changes. */
export function useStore<S extends object, P>(store: Store<S>, pick: (state: Readonly<S>) => P): P {
  const { state } = store;
  const picked = pick(state);
  const [, draw] = useState(picked);
  // `pick` may depend on the component's properties, so the watcher is replaced after each render.
  useLayoutEffect(() => {
    const update = (now: S) => draw(() => pick(now));
    if (store.state !== state) update(store.state); // changed by another component's effect
    return store.watch(update);
  });
  return picked;
}
