// The settings of each step: the learning rate from its schedule, and sparsity control, which reacts to the masks.

import type { StepPoint } from "../program/trainable.ts";
import { auxiliaryRate } from "../recipe/auxiliary.ts";
import { learningRateFactor, raisedLambda, targetSparsity } from "../recipe/schedule.ts";
import { isFinal, keptShare } from "../recipe/top-k.ts";
import type { Position } from "./checkpoint.ts";
import type { Training } from "./training.ts";

export class StepSettings {
  readonly #training: Training;
  readonly #steps: number;
  #lambda: number;
  #sparsity: number | null;

  /** `steps`: the number of steps in the whole run. */
  constructor(training: Training, steps: number, from: Pick<Position, "lambda" | "sparsity"> | undefined) {
    this.#training = training;
    this.#steps = steps;
    this.#lambda = from?.lambda ?? 0;
    this.#sparsity = from?.sparsity ?? this.measure();
  }

  /** What a checkpoint needs to continue here. */
  get position(): Pick<Position, "lambda" | "sparsity"> {
    return { lambda: this.#lambda, sparsity: this.#sparsity };
  }

  /**
   * Measures the sparsity of the trained masks or, if no masks are trained, of the fixed masks; the next settings
   * depend on it.
   */
  measure(): number | null {
    const { program, fixedSparsity } = this.#training;
    this.#sparsity = program.sparsity() ?? fixedSparsity;
    return this.#sparsity;
  }

  /** With top-k, moves the masks' thresholds to the share that is kept after `step` steps. */
  async prune(step: number): Promise<void> {
    const { program, options } = this.#training;
    if (options.topK) await program.prune(keptShare(options.topK, { step, steps: this.#steps }));
  }

  /** Whether the masks are as sparse after `step` steps as they are to be at the end, so that they can be the best. */
  isFinal(step: number): boolean {
    const { topK } = this.#training.options;
    return !topK || isFinal(topK, { step, steps: this.#steps });
  }

  /**
   * The settings, apart from the batches, of the step that follows `step` completed steps. Call this once per step, in
   * order.
   */
  next(step: number): StepPoint {
    const { options } = this.#training;
    const progress = { step, steps: this.#steps, warmup: options.warmup };
    const at = {
      step: step + 1,
      learningRate: options.learningRate * learningRateFactor(options.schedule, progress),
      ...(options.auxiliary && { directRate: auxiliaryRate(options.auxiliary, progress) }),
    };
    if (!options.targetSparsity) return at;
    const target = targetSparsity(options.targetSparsity, progress);
    this.#lambda = raisedLambda(this.#lambda, options.targetSparsity.rate, target, this.#sparsity ?? target);
    return { ...at, targetSparsity: target, lambda: this.#lambda };
  }
}
