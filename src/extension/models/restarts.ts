// How often a process that dies is started again by itself: a broken driver would otherwise be tried without end.

/** So many deaths within so many milliseconds are too many. */
export const DEATHS = 5;
export const WITHIN = 180_000;

export class Restarts {
  readonly #now: () => number;
  #deaths: number[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The process has died. */
  died(): void {
    this.#deaths = [...this.#deaths, this.#now()].slice(-DEATHS);
  }

  /** Whether it must not be started again by itself. */
  get exhausted(): boolean {
    return this.#deaths.length === DEATHS && this.#now() - this.#deaths[0]! < WITHIN;
  }

  /** Someone wants it to be tried again. */
  reset(): void {
    this.#deaths = [];
  }
}
