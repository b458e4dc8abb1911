// A run's length, and the steps at which evaluations and checkpoints are due.

import type { Clock } from "./clock.ts";
import { stepsOf, stepsPerEpoch } from "./duration.ts";
import type { Training } from "./training.ts";

export class Pace {
  /** Optimizer steps, in total and per epoch. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly #evaluateEvery: number;
  readonly #checkpointEvery: number;

  constructor({ options, data }: Pick<Training, "options" | "data">) {
    const length = { ...options, batchSize: data.size };
    this.stepsPerEpoch = stepsPerEpoch(data.rows, length);
    this.steps = stepsOf(data.rows, length);
    this.#evaluateEvery = options.evaluateEvery || this.stepsPerEpoch;
    this.#checkpointEvery = options.checkpointEvery;
  }

  /** The epoch of a completed step, counted from 1. */
  epochOf(step: number): number {
    return Math.ceil(step / this.stepsPerEpoch);
  }

  /** Whether to evaluate after `step` steps; `evaluated`: the step of the last evaluation. */
  evaluationDue(step: number, evaluated: number): boolean {
    if (step === 0 || step === evaluated) return false;
    return step === this.steps || step % this.#evaluateEvery === 0;
  }

  /** How many evaluations of the validation split remain when `step` (at least 1) has just been completed. */
  evaluationsLeft(step: number): number {
    const every = this.#evaluateEvery;
    const last = this.steps % every ? 1 : 0;
    return Math.floor(this.steps / every) - Math.floor((step - 1) / every) + last;
  }

  /**
   * Whether to write a checkpoint after `step` steps: after a fixed number of steps or, by default, after a certain
   * time.
   */
  checkpointDue(step: number, clock: Clock): boolean {
    if (!this.#checkpointEvery) return clock.checkpointDue;
    return step > 0 && step % this.#checkpointEvery === 0 && clock.savedAt !== step;
  }
}
