// The time that a run takes: for reports and for the pace of checkpoints; it never enters what is computed.

/** Checkpoints by time come at most this often: the work that a kill can cost. */
const SECONDS_BETWEEN_CHECKPOINTS = 30;
/** And at most this share of the time is spent on writing them. */
const SHARE_FOR_CHECKPOINTS = 0.05;

export class Clock {
  readonly #started = performance.now();
  readonly #firstStep: number;
  readonly #secondsBefore: number;
  #firstStepBegan = this.#started;
  #saved = this.#started;
  #pause = SECONDS_BETWEEN_CHECKPOINTS * 1000;
  /** The step of the last checkpoint of this process. */
  savedAt = -1;

  constructor(firstStep: number, secondsBefore: number) {
    this.#firstStep = firstStep;
    this.#secondsBefore = secondsBefore;
    this.savedAt = firstStep;
  }

  /** Since the run's start, over all resumed parts. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }

  /** What was done until now is done once and says nothing about the steps to come. */
  beginSteps(): void {
    this.#firstStepBegan = performance.now();
  }

  /** Mean of this process, evaluations included. */
  secondsPerStep(step: number): number {
    return (performance.now() - this.#firstStepBegan) / 1000 / (step - this.#firstStep);
  }

  get checkpointDue(): boolean {
    return performance.now() - this.#saved >= this.#pause;
  }

  /** Runs `save`, the writing of a checkpoint, and sets the pause to the next by what it took. */
  async saving(step: number, save: () => Promise<void>): Promise<void> {
    const before = performance.now();
    await save();
    this.#saved = performance.now();
    this.savedAt = step;
    this.#pause = Math.max(SECONDS_BETWEEN_CHECKPOINTS * 1000, (this.#saved - before) / SHARE_FOR_CHECKPOINTS);
  }
}
