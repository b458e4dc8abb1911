// The settings of each step: the learning rate from its schedule, and sparsity control, which reacts to the masks.

import type { StepPoint } from "../program/trainable.ts";
import { auxiliaryRate } from "../recipe/auxiliary.ts";
import { learningRateFactor, raisedLambda, targetSparsity } from "../recipe/schedule.ts";
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
