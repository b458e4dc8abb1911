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

  /** The batches of each of the next steps: at most `most` steps of one epoch, whose batches all have one length. */
  take(most: number): Batch[][] {
    if (this.#step === this.#groups.length) {
      this.#order = this.#random.state();
      this.#groups = this.#draw();
      this.#step = 0;
    }
    const groups = this.#groups.slice(this.#step, this.#step + most);
    const { length } = groups[0]![0]!;
    const apart = groups.findIndex(([batch]) => batch!.length !== length);
    const taken = apart < 0 ? groups : groups.slice(0, apart);
    this.#step += taken.length;
    return taken;
  }

  /** Draws the groups of the epoch that starts at the generator's current state. */
  #draw(): Batch[][] {
    const { data, options, program } = this.#training;
    const batches = data.epoch(this.#random);
    // If the program takes several steps per runtime call, batches of one length must be consecutive.
    const inRuns = (length: number) =>
      accumulationGroups(batches, length, data.padId).flatMap((run) => run.map((b) => [b]));
    const groups =
      program.loop && options.accumulate === 1
        ? inRuns(program.loop.length)
        : accumulationGroups(batches, options.accumulate, data.padId);
    if (groups.length !== this.#stepsPerEpoch)
      throw new RangeError(`an epoch of ${groups.length} steps instead of ${this.#stepsPerEpoch}`);
    return groups;
  }
}
