// The training loop: an async generator of events over a compiled model. The consumer of the events sets the pace; the work
// between two events is deterministic, so a killed run resumes bit-exactly from its checkpoint.

import { rm } from "node:fs/promises";
import { InputError } from "../errors.ts";
import type { Metrics } from "../mask/metadata.ts";
import { binarizers } from "../recipe/binarizers.ts";
import { type Checkpoint, type Position, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { checkFit } from "./checkpoint-fit.ts";
import { Clock } from "./clock.ts";
import { sparsityOf } from "./dynamics.ts";
import { Epochs, firstOrder } from "./epochs.ts";
import { Evaluations } from "./evaluations.ts";
import type { DoneEvent, EvaluationEvent, TrainEvent } from "./events.ts";
import { completed } from "./interrupted.ts";
import { type MaskedMatrix, masksOf } from "./kept.ts";
import { Pace } from "./pace.ts";
import type { Log } from "./run-folder.ts";
import { StepSettings } from "./step-settings.ts";
import type { Training } from "./training.ts";
import { TransferStage } from "./transfer/stage.ts";
import { directFeed, type Feed, vectorFeed } from "./vectors.ts";

/** Trains from the folder's checkpoint or, without one, from the start. */
export async function* trainSteps(training: Training): AsyncGenerator<TrainEvent, void, void> {
  const from = await readCheckpoint(training.run.checkpoint);
  const { program } = training;
  const trained = await program.adaptation();
  const initial = await masksOf(trained);
  const { steps, stepsPerEpoch } = new Pace(training);
  if (from) {
    const [{ tensors }, state, order] = [trained, await program.state(), firstOrder(training.options.seed)];
    checkFit(from, { ...training, initial, tensors, state, steps, stepsPerEpoch, order });
  }
  const loop = new Loop(training, initial, from);
  try {
    yield* loop.events();
  } finally {
    loop.close();
  }
}

class Loop {
  readonly #training: Training;
  readonly #pace: Pace;
  readonly #epochs: Epochs;
  readonly #settings: StepSettings;
  readonly #evaluations: Evaluations;
  /** Comes before the first step; undefined without linear attention. */
  readonly #transfer: TransferStage | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  /** After the last whole step: a step that is interrupted has taken its batches and settings already. */
  #position: Pick<Position, "order" | "epochStep" | "lambda" | "sparsity">;
  /** Whether masks are trained. */
  readonly #masks: boolean;
  #feed: Feed;
  #step: number;
  #pretrained: Metrics | undefined;
  /** Whether the best state has replaced the training state in the model. */
  #finishing = false;

  /** `initial`: the masks before the first step. */
  constructor(training: Training, initial: readonly MaskedMatrix[], from: Checkpoint | undefined) {
    const { program, run } = training;
    const position = from?.position;
    const pace = new Pace(training);
    this.#training = training;
    this.#pace = pace;
    this.#masks = initial.length > 0;
    this.#feed = directFeed(program, training.data);
    this.#step = position?.step ?? 0;
    this.#epochs = new Epochs(training, pace.stepsPerEpoch, position);
    this.#settings = new StepSettings(training, pace.steps, position);
    this.#position = this.#now();
    this.#evaluations = new Evaluations(training, initial, from);
    const { linearAttention } = training.options;
    this.#transfer = linearAttention ? new TransferStage(training, linearAttention, position?.transfer) : undefined;
    this.#clock = new Clock(this.#step, position?.seconds ?? 0);
    if (from?.state.size) program.restore(from.state);
    this.#log = run.log(position?.logBytes ?? 0);
  }

  async *events(): AsyncGenerator<TrainEvent, void, void> {
    const { signal } = this.#training;
    yield* this.#start();
    if (this.#transfer && !(yield* this.#transferring(this.#transfer))) return yield* this.#stop();
    for (;;) {
      if (!signal?.aborted && this.#pace.evaluationDue(this.#step, this.#evaluations.last)) {
        const event = await this.#clock.evaluating(this.#training.data.examples.validation, () =>
          this.#evaluations.validate(this.#step, this.#feed, this.#settings.isFinal(this.#step)),
        );
        if (event) yield this.#say(this.#timed(event));
      }
      if (signal?.aborted) return yield* this.#stop();
      if (this.#step === this.#pace.steps || this.#evaluations.over) break;
      if (this.#pace.checkpointDue(this.#step, this.#clock)) yield await this.#save();
      const events = await completed(() => this.#advance());
      if (!events) return yield* this.#stop();
      for (const event of events) yield this.#say(event);
    }
    const done = await this.#finish();
    if (!done) return yield* this.#stop();
    for (const event of done) yield event;
  }

  close(): void {
    this.#log.close();
  }

  /** Reports what the run trains on, and computes the vectors of a frozen encoder. */
  async *#start(): AsyncGenerator<TrainEvent, void, void> {
    const { program, data, notes, run, signal, options, inputs, encoderLayers, room, pretrained, parameters } =
      this.#training;
    const { examples, blocks, cut, labels } = data;
    const sampled = binarizers[options.binarizer].random && this.#masks;
    const at = { run: run.name, step: this.#step, steps: this.#pace.steps, time: Date.now() };
    yield this.#say({
      type: "start",
      ...at,
      seconds: this.#seconds,
      examples,
      ...(blocks && { blocks }),
      cut,
      ...(sampled && { sampled }),
      inputs,
      ...(encoderLayers !== undefined && { encoderLayers }),
      ...(parameters && { parameters }),
      ...(room && { room }),
      labels,
    });
    for (const text of notes) yield this.#say({ type: "note", text });
    await this.#settings.prune(this.#step);
    this.#pretrained = await pretrained?.();
    if (this.#pretrained) yield this.#say({ type: "pretrained", metric: data.metric, metrics: this.#pretrained });
    if (!program.vectors) return;
    yield this.#say({ type: "note", text: "The encoder is frozen, so each example is encoded only once." });
    const feed = await vectorFeed(program.vectors, (split) => data.batches(split), signal);
    if (feed) this.#feed = feed;
  }

  /** The steps that train only the maps of linear attention; false if the signal fires before the last. */
  async *#transferring(stage: TransferStage): AsyncGenerator<TrainEvent, boolean, void> {
    if (stage.isDone) return true;
    const { options, signal } = this.#training;
    const { checkpointEvery: every } = options;
    const first = stage.position.step;
    while (!stage.isDone) {
      const { step } = stage.position;
      const isDue = every ? step > first && step % every === 0 : this.#clock.checkpointDue;
      if (isDue) yield await this.#save();
      if (signal?.aborted) return false;
      const event = await completed(() => stage.advance());
      if (!event) return false;
      yield this.#say({ ...event, seconds: this.#seconds });
    }
    await stage.finish();
    return true;
  }

  /** Takes one optimizer step. */
  async #advance(): Promise<TrainEvent[]> {
    const batches = this.#epochs.take();
    const point = this.#settings.next(this.#step);
    const { result, sparsity } = await this.#clock.stepping(async () => {
      const result = await this.#feed.step(batches, point);
      await this.#settings.prune(point.step);
      return { result, sparsity: this.#settings.measure() };
    });
    this.#position = this.#now();
    const { loss, note } = result;
    const { learningRate, step } = point;
    if (!Number.isFinite(loss)) throw this.#diverged(loss, step);
    this.#step = step;
    const [epoch, secondsLeft] = [this.#pace.epochOf(step), this.#secondsLeft(step)];
    return [
      ...(note === undefined ? [] : [{ type: "note" as const, text: note }]),
      { type: "step", step, epoch, loss, learningRate, sparsity, secondsLeft, seconds: this.#seconds },
    ];
  }

  /** The estimated time left, assuming that the run does not stop early. */
  #secondsLeft(step: number): number {
    const { data, options } = this.#training;
    return this.#clock.secondsLeft({
      steps: this.#pace.steps - step,
      evaluated: this.#pace.evaluationsLeft(step) * data.examples.validation + data.examples.test,
      perStep: data.size * options.accumulate,
    });
  }

  #diverged(loss: number, step: number): InputError {
    const { learningRate } = this.#training.options;
    return new InputError(
      `the loss became ${loss} at step ${step}`,
      { at: "learningRate" },
      `use a learning rate lower than ${learningRate}`,
    );
  }

  /** Evaluates the test split with the best state, and writes the adaptation. undefined if the signal fires first. */
  async #finish(): Promise<[EvaluationEvent, DoneEvent] | undefined> {
    this.#finishing = true;
    const tested = await this.#evaluations.test(this.#feed);
    if (!tested) return undefined;
    const evaluation = this.#say(this.#timed(tested));
    const done = this.#say(await this.#write(tested.metrics));
    // The log now ends with "done", so the checkpoint is no longer needed; it is 20 times as large as a mask.
    await rm(this.#training.run.checkpoint, { force: true });
    return [evaluation, done];
  }

  async #write(test: Metrics): Promise<DoneEvent> {
    const { write, options, fixedSparsity } = this.#training;
    const pretrained = this.#pretrained;
    const { kept, step: bestStep, metrics: validation } = this.#evaluations.best;
    const { file, bytes } = await write(kept, { steps: this.#step, bestStep, pretrained, validation, test });
    return {
      type: "done",
      result: {
        adaptation: file,
        steps: this.#step,
        seconds: this.#clock.seconds,
        sparsity: sparsityOf(kept.matrices) ?? fixedSparsity,
        bytes,
        ...(pretrained && { pretrained }),
        validation,
        test,
        ...(options.permuteLabels !== null && { permuteLabels: options.permuteLabels }),
      },
    };
  }

  #timed(event: EvaluationEvent): EvaluationEvent {
    return { ...event, seconds: this.#seconds };
  }

  /** For the log, to the millisecond. */
  get #seconds(): number {
    return Math.round(1000 * this.#clock.seconds) / 1000;
  }

  #now() {
    return { ...this.#epochs.position, ...this.#settings.position };
  }

  async #save(): Promise<TrainEvent> {
    const { program, run, inputs } = this.#training;
    this.#log.flush();
    const state = this.#finishing ? new Map() : await program.state();
    await this.#clock.saving(this.#step, () =>
      writeCheckpoint(run.checkpoint, {
        position: {
          inputs,
          step: this.#step,
          ...this.#position,
          ...(this.#transfer && { transfer: this.#transfer.position }),
          ...this.#evaluations.position,
          logBytes: this.#log.bytes,
          seconds: this.#clock.seconds,
        },
        state,
        ...this.#evaluations.states,
      }),
    );
    return this.#say({ type: "checkpoint", step: this.#step });
  }

  async *#stop(): AsyncGenerator<TrainEvent, void, void> {
    yield await this.#save();
    yield this.#say({ type: "stopped", step: this.#step });
  }

  #say<E extends TrainEvent>(event: E): E {
    this.#log.append(event);
    return event;
  }
}
