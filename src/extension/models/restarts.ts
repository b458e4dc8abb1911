// Limits automatic restarts of a process that dies: a broken driver would otherwise be retried forever.

/** This many deaths within this many milliseconds are too many. */
export const DEATHS = 5;
export const WITHIN = 180_000;

export class Restarts {
  readonly #now: () => number;
  #deaths: number[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Records that the process has died. */
  died(): void {
    this.#deaths = [...this.#deaths, this.#now()].slice(-DEATHS);
  }

  /** Whether the process has died too often to be restarted automatically. */
  get exhausted(): boolean {
    return this.#deaths.length === DEATHS && this.#now() - this.#deaths[0]! < WITHIN;
  }

  /** Forgets earlier deaths, because the user chose to try again. */
  reset(): void {
    this.#deaths = [];
  }
}
