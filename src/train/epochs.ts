// The training batches of a run, epoch by epoch: the order of an epoch's examples is drawn from the generator when the
// previous epoch is used up.

import type { Batch } from "../data/batches.ts";
import { Random, type RandomState } from "../data/random.ts";
import { accumulationGroups } from "./accumulate.ts";
import type { Position } from "./checkpoint.ts";
import type { Training } from "./training.ts";

/** The name of the random stream that determines the order of rows. */
const ORDER = "order";

/** The state, before the first epoch, of the generator that orders the examples. */
export function firstOrder(seed: number): RandomState {
  return new Random(seed, ORDER).state();
}

export class Epochs {
  readonly #training: Training;
  readonly #stepsPerEpoch: number;
  readonly #random: Random;
  #order: Position["order"];
  #step: number;
  /** The batches of each step of the epoch. */
  #groups: Batch[][];

  constructor(training: Training, stepsPerEpoch: number, from: Pick<Position, "order" | "epochStep"> | undefined) {
    this.#training = training;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#order = from?.order ?? firstOrder(training.options.seed);
    this.#random = new Random(this.#order.seed, this.#order.stream, this.#order.position);
    this.#step = from?.epochStep ?? 0;
    this.#groups = this.#draw();
  }

  /** What a checkpoint must store so that a resumed run continues from this point. */
  get position(): Pick<Position, "order" | "epochStep"> {
    return { order: this.#order, epochStep: this.#step };
  }

  /** The batches of the next step, which all have one length. */
  take(): Batch[] {
    if (this.#step === this.#groups.length) {
      this.#order = this.#random.state();
      this.#groups = this.#draw();
      this.#step = 0;
    }
    return this.#groups[this.#step++]!;
  }

  /** Draws the groups of the epoch that starts at the generator's current state. */
  #draw(): Batch[][] {
    const { data, options } = this.#training;
    const groups = accumulationGroups(data.epoch(this.#random), options.accumulate, data.padId);
    if (groups.length !== this.#stepsPerEpoch)
      throw new RangeError(`an epoch of ${groups.length} steps instead of ${this.#stepsPerEpoch}`);
    return groups;
  }
}
