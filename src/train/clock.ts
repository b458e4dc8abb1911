// The duration of a run, for reports, estimates and scheduling checkpoints; results never depend on it.

import { median } from "../mask/significance.ts";

/** The shortest time between checkpoints; if the process is killed, about this much work is lost. */
const SECONDS_BETWEEN_CHECKPOINTS = 30;
/** The largest fraction of the time that may be spent on writing checkpoints. */
const SHARE_FOR_CHECKPOINTS = 0.05;
/**
 * The number of latest steps and evaluations on which estimates are based: the pace changes when other programs need
 * the machine.
 */
const LATEST = 50;
/** The fraction of a step's time that the forward pass usually takes; used until an evaluation has been measured. */
export const FORWARD = 1 / 3;

/** The remaining work. */
interface Left {
  readonly steps: number;
  /** Examples to evaluate; an example counts each time that it is evaluated. */
  readonly evaluated: number;
  /** Examples per step. */
  readonly perStep: number;
}

export class Clock {
  readonly #started = performance.now();
  readonly #secondsBefore: number;
  /** Measured seconds per step, and per evaluated example. */
  readonly #steps: number[] = [];
  readonly #evaluations: number[] = [];
  #saved = this.#started;
  #pause = SECONDS_BETWEEN_CHECKPOINTS * 1000;
  /** The step of this process's last checkpoint. */
  savedAt: number;

  constructor(firstStep: number, secondsBefore: number) {
    this.#secondsBefore = secondsBefore;
    this.savedAt = firstStep;
  }

  /** Seconds that the run has taken so far, including the time before it was resumed. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }

  /** Measures `work`, which takes a step. */
  stepping<T>(work: () => Promise<T>): Promise<T> {
    return measured(this.#steps, 1, work);
  }

  /** Measures `work`, which evaluates `count` examples. */
  evaluating<T>(count: number, work: () => Promise<T>): Promise<T> {
    return measured(this.#evaluations, count, work);
  }

  /** The median measured pace times the remaining work; call this only after a step has been measured. */
  secondsLeft({ steps, evaluated, perStep }: Left): number {
    const step = median(this.#steps);
    const example = this.#evaluations.length ? median(this.#evaluations) : (FORWARD * step) / perStep;
    return step * steps + example * evaluated;
  }

  get checkpointDue(): boolean {
    return performance.now() - this.#saved >= this.#pause;
  }

  /** Runs `save`, which writes a checkpoint; its duration determines the time until the next checkpoint. */
  async saving(step: number, save: () => Promise<void>): Promise<void> {
    const before = performance.now();
    await save();
    this.#saved = performance.now();
    this.savedAt = step;
    this.#pause = Math.max(SECONDS_BETWEEN_CHECKPOINTS * 1000, (this.#saved - before) / SHARE_FOR_CHECKPOINTS);
  }
}

async function measured<T>(times: number[], count: number, work: () => Promise<T>): Promise<T> {
  const before = performance.now();
  const result = await work();
  times.push((performance.now() - before) / 1000 / Math.max(1, count));
  if (times.length > LATEST) times.shift();
  return result;
}
