// Selects the best evaluation of a run, and decides when to stop early.

import { isBetter } from "../metric.ts";

/** The best validation value so far; plain JSON, for the checkpoint. */
export interface Best {
  readonly value: number;
  readonly step: number;
}

/** Tracks one value of a metric per evaluation and keeps the best one; in a tie, the earliest. */
export class Stopping {
  readonly #metric: string;
  /** The run stops after this number of evaluations without improvement; 0: never. */
  readonly #patience: number;
  best: Best | null;
  /** Evaluations since the best one. */
  waited: number;

  constructor(
    metric: string,
    patience: number,
    from: { readonly best: Best | null; readonly waited: number } = { best: null, waited: 0 },
  ) {
    this.#metric = metric;
    this.#patience = patience;
    this.best = from.best;
    this.waited = from.waited;
  }

  /** Records an evaluation with a finite value, and returns whether it is the best so far. */
  observe(step: number, value: number): boolean {
    const better = !this.best || isBetter(this.#metric, value, this.best.value);
    if (better) this.best = { value, step };
    this.waited = better ? 0 : this.waited + 1;
    return better;
  }

  get over(): boolean {
    return this.#patience > 0 && this.waited >= this.#patience;
  }
}
