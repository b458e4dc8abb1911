// The duration of a run, for reports and for scheduling checkpoints; results never depend on it.

/** The shortest time between checkpoints; a kill loses about this much work. */
const SECONDS_BETWEEN_CHECKPOINTS = 30;
/** The largest share of the time that may be spent on writing them. */
const SHARE_FOR_CHECKPOINTS = 0.05;

export class Clock {
  readonly #started = performance.now();
  readonly #firstStep: number;
  readonly #secondsBefore: number;
  #firstStepBegan = this.#started;
  #saved = this.#started;
  #pause = SECONDS_BETWEEN_CHECKPOINTS * 1000;
  /** The step of this process's last checkpoint. */
  savedAt: number;

  constructor(firstStep: number, secondsBefore: number) {
    this.#firstStep = firstStep;
    this.#secondsBefore = secondsBefore;
    this.savedAt = firstStep;
  }

  /** Since the start of the run, including resumed parts. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }

  /** The work up to now is done only once, so it is excluded from the time per step. */
  beginSteps(): void {
    this.#firstStepBegan = performance.now();
  }

  /** The mean over this process's steps, including evaluations. */
  secondsPerStep(step: number): number {
    return (performance.now() - this.#firstStepBegan) / 1000 / (step - this.#firstStep);
  }

  get checkpointDue(): boolean {
    return performance.now() - this.#saved >= this.#pause;
  }

  /** Runs `save`, which writes a checkpoint, and sets the time until the next one from how long it took. */
  async saving(step: number, save: () => Promise<void>): Promise<void> {
    const before = performance.now();
    await save();
    this.#saved = performance.now();
    this.savedAt = step;
    this.#pause = Math.max(SECONDS_BETWEEN_CHECKPOINTS * 1000, (this.#saved - before) / SHARE_FOR_CHECKPOINTS);
  }
}
