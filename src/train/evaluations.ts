// The evaluations of a run: keeps the best state, and compares the masks with the initial and the previous masks.

import type { SplitName } from "../data/description.ts";
import type { Metrics } from "../mask/metadata.ts";
import type { Checkpoint, Position } from "./checkpoint.ts";
import { dynamicsOf } from "./dynamics.ts";
import type { EvaluationEvent } from "./events.ts";
import { completed } from "./interrupted.ts";
import { type Kept, keep, type MaskedMatrix, masksOf } from "./kept.ts";
import { Stopping } from "./stopping.ts";
import type { Training } from "./training.ts";
import type { Feed } from "./vectors.ts";

/** The best state of a run, with its evaluation on the validation split. */
interface BestState {
  readonly kept: Kept;
  readonly step: number;
  readonly metrics: Metrics;
}

export class Evaluations {
  readonly #training: Training;
  readonly #initial: readonly MaskedMatrix[];
  readonly #stopping: Stopping;
  #last: number;
  #previous: readonly MaskedMatrix[];
  #best: BestState | null;

  /** `initial`: the masks before the first step. */
  constructor(training: Training, initial: readonly MaskedMatrix[], from: Checkpoint | undefined) {
    this.#training = training;
    this.#initial = initial;
    this.#stopping = new Stopping(training.data.metric, training.options.earlyStopping, from?.position);
    this.#last = from?.position.evaluated ?? 0;
    this.#previous = from?.previous ?? initial;
    const best = from?.position.best;
    this.#best = best ? { kept: from.best!, ...best } : null;
  }

  /** The step of the last evaluation; 0 before the first one. */
  get last(): number {
    return this.#last;
  }

  /** Whether to stop early. */
  get over(): boolean {
    return this.#stopping.over;
  }

  /** Available only after the first evaluation. */
  get best(): BestState {
    return this.#best!;
  }

  /** What a checkpoint must store so that a resumed run continues from this point. */
  get position(): Pick<Position, "evaluated" | "best" | "waited"> {
    const { best, waited } = this.#stopping;
    return { evaluated: this.#last, best: best && { ...best, metrics: this.best.metrics }, waited };
  }

  get states(): Pick<Checkpoint, "best" | "previous"> {
    return { best: this.#best?.kept ?? null, previous: this.#previous };
  }

  /**
   * Evaluates the validation split, and keeps the state if it is the best of those that can be. undefined if the signal
   * fires first.
   */
  async validate(step: number, feed: Feed, canBeBest: boolean): Promise<EvaluationEvent | undefined> {
    const metrics = await this.#score("validation", feed);
    if (!metrics) return undefined;
    const trained = await this.#training.program.adaptation();
    const masks = await masksOf(trained);
    const best = canBeBest && this.#stopping.observe(step, this.#valueOf(metrics));
    if (best) this.#best = { kept: keep(trained, masks), step, metrics };
    const event = this.#event(step, "validation", metrics, best, masks);
    this.#previous = masks;
    this.#last = step;
    return event;
  }

  /**
   * Evaluates the test split with the best state, which replaces the program's. undefined if the signal fires first.
   */
  async test(feed: Feed): Promise<EvaluationEvent | undefined> {
    const { kept, step } = this.best;
    this.#training.program.adapt(kept);
    const metrics = await this.#score("test", feed);
    return metrics && this.#event(step, "test", metrics, true, kept.matrices);
  }

  #event(
    step: number,
    split: "validation" | "test",
    metrics: Metrics,
    best: boolean,
    masks: readonly MaskedMatrix[],
  ): EvaluationEvent {
    const { metric } = this.#training.data;
    const dynamics = dynamicsOf(masks, this.#initial, this.#previous);
    return { type: "evaluation", step, split, metrics, value: this.#valueOf(metrics), metric, best, dynamics };
  }

  /** undefined if the signal fires before all batches are evaluated. */
  async #score(split: SplitName, feed: Feed): Promise<Metrics | undefined> {
    const { data, program, signal } = this.#training;
    const outputs: Float32Array[] = [];
    for (const batch of data.batches(split)) {
      const rows = await completed(() => feed.outputs(split, batch));
      if (!rows || signal?.aborted) return undefined;
      outputs.push(rows);
    }
    return data.metrics(split, outputs, () => program.decoding(), signal);
  }

  /** The value of the metric that selects the best evaluation. */
  #valueOf(metrics: Metrics): number {
    const { metric } = this.#training.data;
    const value = metrics[metric];
    if (typeof value !== "object") throw new RangeError(`the metrics contain no value for ${metric}`);
    return value.value;
  }
}
