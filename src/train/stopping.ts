// Which evaluation of a run is kept, and when more of them are not worth waiting for.

/** The best development score so far; plain JSON, for the checkpoint. */
export interface Best {
  readonly score: number;
  readonly step: number;
}

/** Follows one score per evaluation. The best one is kept, of equal ones the earliest. */
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

  /** Whether this evaluation, with a finite score, is the best so far. */
  observe(step: number, score: number): boolean {
    const better = !this.best || score > this.best.score;
    if (better) this.best = { score, step };
    this.waited = better ? 0 : this.waited + 1;
    return better;
  }

  get over(): boolean {
    return this.#patience > 0 && this.waited >= this.#patience;
  }
}
