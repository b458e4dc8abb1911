// Monitors a compute process while requests are open: whether it makes progress, reacts to cancellation, and leaves
// enough memory free.

import { duration } from "../numbers.ts";
import { exhaustedText, exhausts, type Memory, residentOf } from "../runtime/machine-memory.ts";
import { type Beat, type Limits, Patience } from "./patience.ts";

export interface Monitored {
  readonly limits: Limits;
  /** Measures the available memory; undefined if unknown. */
  memory(): Memory | undefined;
  /** The process's id; undefined if it did not start. */
  pid(): number | undefined;
  /**
   * Called with the number of seconds without progress when the process stops responding, and with null when it
   * responds again.
   */
  onSilence(seconds: number | null): void;
  /** Called when the process should be killed because it has not reacted to a cancellation in time. */
  onHeedless(why: string): void;
  /** Called when the process should be killed before memory runs out. */
  onExhausted(why: string): void;
}

/** In milliseconds: how often the process is checked while requests are open. */
const LOOK = 100;
/** With more memory available than this, in bytes, memory is checked less often. */
const PLENTY = 4e9;
/** In that case, the number of process checks per memory check. */
const SELDOM = 5;

/** An open request. */
interface Watched {
  /** The process's step count when the request was sent. */
  readonly steps: number;
  /** Milliseconds since the request was cancelled. */
  waited?: number;
}

/**
 * Requests share the process's main thread, so progress is measured for the process, not for each request: if one request
 * blocks, all of them do.
 */
export class Monitor {
  readonly #monitored: Monitored;
  readonly #patience: Patience;
  readonly #open = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  #memory: Memory | undefined;
  #resident = 0;
  #silent = false;

  constructor(monitored: Monitored) {
    this.#monitored = monitored;
    this.#patience = new Patience(monitored.limits);
  }

  /** Whether no request is open. */
  get idle(): boolean {
    return !this.#open.size;
  }

  /** Whether the process has made no progress for longer than allowed. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Call this when a request is sent, and the returned function once it is answered. */
  begin(signal: AbortSignal | undefined): () => void {
    const watched: Watched = { steps: this.#patience.steps };
    const cancelled = () => {
      watched.waited = 0;
    };
    signal?.addEventListener("abort", cancelled, { once: true });
    if (this.idle) this.#attend();
    this.#open.add(watched);
    return () => {
      signal?.removeEventListener("abort", cancelled);
      this.#open.delete(watched);
      if (this.idle) this.#rest();
    };
  }

  /** Records a beat from the process, a line of JSON. */
  hear(line: string): void {
    let beat: Beat;
    try {
      beat = JSON.parse(line);
    } catch {
      return; // truncated because the process ended
    }
    this.#patience.hear(beat);
    this.#resident = beat.resident;
    if (this.#silent && this.#patience.quiet === 0) this.#setSilent(false);
  }

  /** Gives an unresponsive process the same amount of time again. */
  wait(): void {
    this.#patience.wait();
    this.#silent = false;
  }

  #attend(): void {
    this.#patience.begin();
    let before = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      // Time in which the client was blocked or the machine slept does not count as silence.
      const passed = Math.min(now - before, 2 * LOOK);
      before = now;
      this.#listen(passed);
      this.#guardMemory();
    }, LOOK);
  }

  #rest(): void {
    clearInterval(this.#timer);
    if (this.#silent) this.#setSilent(false);
  }

  #listen(passed: number): void {
    this.#patience.pass(passed);
    for (const watched of this.#open) {
      if (watched.waited === undefined) continue;
      watched.waited += passed;
      const lossless = this.#open.size === 1 && watched.steps === this.#patience.steps;
      if (!this.#patience.isOver(watched.waited, lossless)) continue;
      this.#monitored.onHeedless(
        `the compute process did not respond to a stop request for ${duration(watched.waited / 1000)} and was killed`,
      );
      return;
    }
    if (!this.#silent && this.#patience.quiet >= this.#patience.limit) this.#setSilent(true);
  }

  #setSilent(silent: boolean): void {
    this.#silent = silent;
    this.#monitored.onSilence(silent ? this.#patience.quiet / 1000 : null);
  }

  #guardMemory(): void {
    if (this.#turn++ % SELDOM && this.#memory && this.#memory.available > PLENTY) return;
    this.#memory = this.#monitored.memory();
    if (!this.#memory) return;
    const resident = residentOf(this.#monitored.pid(), this.#resident);
    if (exhausts(resident, this.#memory)) this.#monitored.onExhausted(exhaustedText(resident, this.#memory));
  }
}
