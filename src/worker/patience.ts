// Distinguishes a busy process from a hanging one by how long it may go without progress, given its steps so far. It
// has no clock; the caller reports the elapsed time, so that time in which a laptop was asleep or the editor was
// blocked does not count.

/** A compute process's status report, sent at most twice a second, when something has changed. */
export interface Beat {
  /** Counters of progress and of steps so far; they wrap around. */
  readonly ticks: number;
  readonly steps: number;
  /** The duration of the latest step, in milliseconds. */
  readonly stepMs: number;
  /** Whether the process is doing something that may take minutes without visible progress (see `slowly`). */
  readonly slow: boolean;
  /** The process's resident memory, in bytes. */
  readonly resident: number;
}

/** The maximum times, in milliseconds; `steps` is a number of steps. */
export interface Limits {
  /** Without progress before the first step, and while a graph is compiled or a large file is flushed. */
  readonly first: number;
  /** Without progress later: this, or `steps` median steps, whichever is longer. */
  readonly later: number;
  readonly steps: number;
  /**
   * Without progress after a request was cancelled: this, or `steps` median steps, whichever is longer. A step cannot be
   * interrupted, so it may finish. No step takes longer than this limit, so if it is exceeded, native code or a regular
   * expression is blocking the process.
   */
  readonly cancelled: number;
  /**
   * The same, but while a graph is compiled or a large file is flushed. Also the time allowed for saving a checkpoint
   * after a cancellation, even if there is progress.
   */
  readonly ending: number;
}

export const LIMITS: Limits = { first: 300_000, later: 30_000, steps: 10, cancelled: 5_000, ending: 60_000 };

/** The number of recent steps from which the median is computed. */
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

  /** Call this when a request begins and no other is open. */
  begin(): void {
    this.#quiet = 0;
    this.#stepped = false;
  }

  /** Records a beat. */
  hear(beat: Beat): void {
    const before = this.#last;
    this.#last = beat;
    if (beat.ticks !== before?.ticks) this.#quiet = 0;
    if (beat.steps === (before?.steps ?? 0)) return;
    this.#stepped = true;
    this.#recent = [...this.#recent, beat.stepMs].slice(-REMEMBERED);
  }

  /** Adds elapsed time, in milliseconds. */
  pass(time: number): void {
    this.#quiet += time;
  }

  /** Starts counting the time without progress from zero again. */
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

  /** How long the process may go without progress, in milliseconds. */
  get limit(): number {
    const { first, later } = this.#limits;
    return !this.#stepped || this.#last?.slow ? first : this.#orSteps(later);
  }

  /**
   * Whether a request that was cancelled `waited` milliseconds ago has had enough time. `lossless`: no step has been taken since
   * the request was sent and no other request is open, so killing the process loses nothing.
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
