// Tells "computes" from "hangs": how long a process may make no progress, by what it has shown so far. It has no clock of
// its own; whoever watches says how much time has passed, so that a laptop that slept or an editor that stood still does not count.

/** What a compute process says of itself, twice a second where something has changed. */
export interface Beat {
  /** Progress and steps so far; they wrap around. */
  readonly ticks: number;
  readonly steps: number;
  /** Milliseconds of the latest step. */
  readonly stepMs: number;
  /** Whether it does what may take minutes without visible progress (see `slowly`). */
  readonly slow: boolean;
  /** Its memory, in bytes. */
  readonly resident: number;
}

/** In milliseconds, but `steps`. */
export interface Limits {
  /** Without progress before the first step, and while a graph is compiled or a large file is flushed. */
  readonly first: number;
  /** Without progress later: this, or so many median steps, whichever is longer. */
  readonly later: number;
  readonly steps: number;
  /**
   * Without progress after a request was cancelled: this, or so many median steps. Within a step of a large model nothing
   * can be stopped, so it may end; where no step is that long, native code or a regular expression holds the process.
   */
  readonly cancelled: number;
  /** The same, but while a graph is compiled or a large file is flushed; and, with progress, until a checkpoint is saved. */
  readonly ending: number;
}

export const LIMITS: Limits = { first: 300_000, later: 30_000, steps: 10, cancelled: 5_000, ending: 60_000 };

/** The median is that of so many recent steps. */
const REMEMBERED = 21;

export class Patience {
  readonly #limits: Limits;
  #last: Beat | undefined;
  #recent: number[] = [];
  #stepped = false;
  #quiet = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** A request begins and no other is open. */
  begin(): void {
    this.#quiet = 0;
    this.#stepped = false;
  }

  /** The process has said something. */
  hear(beat: Beat): void {
    const before = this.#last;
    this.#last = beat;
    if (beat.ticks !== before?.ticks) this.#quiet = 0;
    if (beat.steps === (before?.steps ?? 0)) return;
    this.#stepped = true;
    this.#recent = [...this.#recent, beat.stepMs].slice(-REMEMBERED);
  }

  /** So much time has passed, in milliseconds. */
  pass(time: number): void {
    this.#quiet += time;
  }

  /** Begins to count anew. */
  wait(): void {
    this.#quiet = 0;
  }

  /** Steps of the process so far. */
  get steps(): number {
    return this.#last?.steps ?? 0;
  }

  /** Milliseconds without progress. */
  get quiet(): number {
    return this.#quiet;
  }

  /** How long it may be quiet, in milliseconds. */
  get limit(): number {
    const { first, later } = this.#limits;
    return !this.#stepped || this.#last?.slow ? first : this.#orSteps(later);
  }

  /**
   * Whether a request that was cancelled `waited` milliseconds ago has had time enough. `lossless`: it has made no step and
   * no other request is open, so nothing is lost with the process.
   */
  isOver(waited: number, lossless: boolean): boolean {
    const { cancelled, ending } = this.#limits;
    const quiet = this.#last?.slow ? ending : this.#orSteps(cancelled);
    return Math.min(this.#quiet, waited) >= quiet || waited >= (lossless ? cancelled : Math.max(ending, quiet));
  }

  #orSteps(least: number): number {
    const median = this.#recent.toSorted((a, b) => a - b)[this.#recent.length >> 1] ?? 0;
    return Math.max(least, this.#limits.steps * median);
  }
}
