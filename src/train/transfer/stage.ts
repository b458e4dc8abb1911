// The stage before a run with linear attention: steps that train only the maps of features, on the texts of the training examples, so
// that they read as attention by softmax does. Afterwards the run begins as if the maps were its start: its steps count from 1.

import type { LinearAttention } from "../../anatomy/additions.ts";
import { Random } from "../../data/random.ts";
import { InputError } from "../../errors.ts";
import type { Position } from "../checkpoint.ts";
import { Clock } from "../clock.ts";
import { Epochs } from "../epochs.ts";
import type { TransferEvent } from "../events.ts";
import { Pace } from "../pace.ts";
import type { Training } from "../training.ts";

/** The random stream that orders this stage's examples, so that the run's own order does not depend on it. */
const ORDER = "transfer order";

export type TransferPosition = NonNullable<Position["transfer"]>;

export class TransferStage {
  readonly #training: Training;
  readonly #linear: LinearAttention;
  readonly #epochs: Epochs;
  /** Its steps take another time than the run's own. */
  readonly #clock = new Clock(0, 0);
  /** After the last whole step. */
  #position: TransferPosition;

  constructor(training: Training, linear: LinearAttention, from: TransferPosition | undefined) {
    this.#training = training;
    this.#linear = linear;
    const { options } = training;
    const alone = { ...training, options: { ...options, accumulate: 1 } };
    this.#position = from ?? { step: 0, order: new Random(options.seed, ORDER).state(), epochStep: 0 };
    this.#epochs = new Epochs(alone, new Pace(alone).stepsPerEpoch, this.#position);
  }

  get isDone(): boolean {
    return this.#position.step >= this.#linear.transferSteps;
  }

  /** What a checkpoint must store so that a resumed run continues from this point. */
  get position(): TransferPosition {
    return this.#position;
  }

  /** Takes one step. */
  async advance(): Promise<Omit<TransferEvent, "seconds">> {
    const { transferSteps: steps, transferLearningRate: learningRate } = this.#linear;
    const step = this.#position.step + 1;
    const [batch] = this.#epochs.take();
    const loss = await this.#clock.stepping(() =>
      this.#training.program.transfer!.step(batch!, { step, learningRate }),
    );
    if (!Number.isFinite(loss))
      throw new InputError(
        `the divergence became ${loss} at transfer step ${step}`,
        { at: "linearAttention" },
        `use a transferLearningRate lower than ${learningRate}`,
      );
    this.#position = { step, ...this.#epochs.position };
    const secondsLeft = this.#clock.secondsLeft({ steps: steps - step, evaluated: 0, perStep: 1 });
    return { type: "transfer", step, steps, loss, learningRate, secondsLeft };
  }

  /** Lets the run begin: Adam's moments of the maps are those of this stage. */
  async finish(): Promise<void> {
    const { program } = this.#training;
    const isMoment = (name: string) => /^(first|second)\./.test(name);
    const state = [...(await program.state())];
    program.restore(
      new Map(state.map(([name, data]) => [name, isMoment(name) ? new Float32Array(data.length) : data])),
    );
  }
}
