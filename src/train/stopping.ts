// Which evaluation of a run is kept, and when more of them are not worth waiting for.

/** The best development value so far; plain JSON, for the checkpoint. */
export interface Best {
  readonly value: number;
  readonly step: number;
}

/** Follows one value per evaluation. The best one is kept, of equal ones the earliest. */
export class Stopping {
  /** Evaluations without gain after which a run ends; 0: never. */
  readonly #patience: number;
  best: Best | null;
  /** Evaluations since the best one. */
  waited: number;

  constructor(
    patience: number,
    from: { readonly best: Best | null; readonly waited: number } = { best: null, waited: 0 },
  ) {
    this.#patience = patience;
    this.best = from.best;
    this.waited = from.waited;
  }

  /** Whether this evaluation, with a finite value, is the best so far. */
  observe(step: number, value: number): boolean {
    const better = !this.best || value > this.best.value;
    if (better) this.best = { value, step };
    this.waited = better ? 0 : this.waited + 1;
    return better;
  }

  get over(): boolean {
    return this.#patience > 0 && this.waited >= this.#patience;
  }
}
