// The training loop: an async generator of events over a compiled model. The consumer of the events sets the pace; the work
// between two events is deterministic, so a killed run resumes bit-exactly from its checkpoint.

import { rm } from "node:fs/promises";
import type { Batch } from "../data/batches.ts";
import type { SplitName } from "../data/description.ts";
import { Random } from "../data/random.ts";
import { InputError } from "../errors.ts";
import type { Metrics } from "../mask/metadata.ts";
import type { StepPoint } from "../program/trainable.ts";
import { binarizers } from "../recipe/binarizers.ts";
import { learningRateFactor, raisedLambda, targetSparsity } from "../recipe/schedule.ts";
import { accumulationGroups } from "./accumulate.ts";
import { type Checkpoint, type Position, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { checkFit } from "./checkpoint-fit.ts";
import { Clock } from "./clock.ts";
import { dynamicsOf, sparsityNow, sparsityOf } from "./dynamics.ts";
import type { DoneEvent, EvaluationEvent, StepEvent, TrainEvent } from "./events.ts";
import { type Kept, keep, type MaskedMatrix, masksOf } from "./kept.ts";
import type { Log } from "./run-folder.ts";
import { Stopping } from "./stopping.ts";
import type { Training } from "./training.ts";
import { directFeed, type Feed, vectorFeed } from "./vectors.ts";

/** The stream of the random generator for the order of rows. */
const ORDER = "order";

/** Trains from the folder's checkpoint or, without one, from the start. */
export async function* trainSteps(training: Training): AsyncGenerator<TrainEvent, void, void> {
  const loop = new Loop(training, await readCheckpoint(training.run.checkpoint));
  try {
    yield* loop.events();
  } finally {
    loop.close();
  }
}

class Loop {
  readonly #training: Training;
  readonly #steps: number;
  readonly #stepsPerEpoch: number;
  readonly #stopping: Stopping;
  readonly #initial: readonly MaskedMatrix[];
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #random: Random;

  #feed: Feed;
  #groups: Batch[][];
  #order: Position["order"];
  #epochStep: number;
  #step: number;
  #evaluated: number;
  #lambda: number;
  #sparsity: number | null;
  #previous: readonly MaskedMatrix[];
  #best: Kept | null;
  #bestMetrics: Metrics | null;
  /** The model holds the best state, which has replaced the training state. */
  #finishing = false;

  constructor(training: Training, from: Checkpoint | undefined) {
    const { options, program, data, threshold, run } = training;
    this.#training = training;
    this.#feed = directFeed(program);
    this.#stepsPerEpoch = Math.ceil(Math.ceil(data.rows / data.size) / options.accumulate);
    this.#steps = Math.min(options.epochs * this.#stepsPerEpoch, options.maxSteps ?? Number.POSITIVE_INFINITY);
    this.#initial = masksOf(program.adaptation(), threshold);

    const position = from?.position;
    const order = new Random(options.seed, ORDER).state();
    if (from) {
      const [steps, stepsPerEpoch] = [this.#steps, this.#stepsPerEpoch];
      checkFit(from, { ...training, initial: this.#initial, steps, stepsPerEpoch, order });
    }
    this.#order = position?.order ?? order;
    this.#random = new Random(this.#order.seed, this.#order.stream, this.#order.position);
    this.#groups = this.#drawEpoch();
    this.#epochStep = position?.epochStep ?? 0;
    this.#step = position?.step ?? 0;
    this.#evaluated = position?.evaluated ?? 0;
    this.#lambda = position?.lambda ?? 0;
    this.#sparsity = position?.sparsity ?? this.#sparsityNow();
    this.#stopping = new Stopping(options.earlyStopping, position);
    this.#previous = from?.previous ?? this.#initial;
    this.#best = from?.best ?? null;
    this.#bestMetrics = position?.best?.metrics ?? null;
    this.#clock = new Clock(this.#step, position?.seconds ?? 0);
    if (from?.state.size) program.restore(from.state);
    this.#log = run.log(position?.logBytes ?? 0);
  }

  async *events(): AsyncGenerator<TrainEvent, void, void> {
    const { program, data, notes, run, signal, options } = this.#training;
    const { examples, cut, labels } = data;
    const sampled = binarizers[options.binarizer].random && this.#initial.length > 0;
    const at = { run: run.name, step: this.#step, steps: this.#steps };
    yield this.#say({ type: "start", ...at, examples, cut, ...(sampled && { sampled }), labels });
    for (const text of notes) yield this.#say({ type: "note", text });
    if (program.vectors) {
      yield this.#say({ type: "note", text: "The encoder is frozen, so each example is encoded only once." });
      const feed = await vectorFeed(program.vectors, (split) => data.batches(split), signal);
      if (feed) this.#feed = feed;
    }
    this.#clock.beginSteps();

    for (;;) {
      if (!signal?.aborted && this.#evaluationDue) {
        const event = await this.#evaluate();
        if (event) yield this.#say(event);
      }
      if (signal?.aborted) return yield* this.#stop();
      if (this.#step === this.#steps || this.#stopping.over) break;
      if (this.#checkpointDue) yield await this.#save();
      for (const event of await this.#advance()) yield this.#say(event);
    }

    const done = await this.#finish();
    if (!done) return yield* this.#stop();
    for (const event of done) yield event;
  }

  close(): void {
    this.#log.close();
  }

  /** Makes one optimizer step, or several if the program makes several per run. */
  async #advance(): Promise<StepEvent[]> {
    const { options, program } = this.#training;
    if (this.#epochStep === this.#groups.length) {
      this.#order = this.#random.state();
      this.#groups = this.#drawEpoch();
      this.#epochStep = 0;
    }
    const groups = this.#groups.slice(this.#epochStep, this.#epochStep + this.#stepsUntilSomethingIsDue());
    const { length } = groups[0]![0]!;
    const apart = groups.findIndex(([batch]) => batch!.length !== length);
    const run = apart < 0 ? groups : groups.slice(0, apart);
    const points = run.map((_, i) => this.#pointOf(this.#step + i));
    const results =
      run.length > 1 ? await program.loop!.steps(run.flat(), points) : [await this.#feed.step(run[0]!, points[0]!)];
    this.#sparsity = this.#sparsityNow();
    return results.map(({ loss }, i) => {
      const { learningRate, step } = points[i]!;
      if (!Number.isFinite(loss))
        throw new InputError(
          `the loss became ${loss} at step ${step}`,
          { at: "learningRate" },
          `use a learning rate lower than ${options.learningRate}`,
        );
      this.#epochStep++;
      this.#step++;
      const secondsLeft = this.#clock.secondsPerStep(this.#step) * (this.#steps - this.#step);
      const epoch = Math.ceil(this.#step / this.#stepsPerEpoch);
      // If several steps are made at once, only the state after the last one can be counted.
      const sparsity = i === run.length - 1 ? this.#sparsity : this.#training.fixedSparsity;
      return { type: "step", step, epoch, loss, learningRate, sparsity, secondsLeft };
    });
  }

  /** How many steps may be made at once: up to the next evaluation, checkpoint or end, and the program's limit. */
  #stepsUntilSomethingIsDue(): number {
    const { options, program } = this.#training;
    const most = options.accumulate > 1 ? 1 : (program.loop?.length ?? 1);
    const until = (every: number) => every - (this.#step % every);
    return Math.min(
      most,
      this.#steps - this.#step,
      until(options.evaluateEvery || this.#stepsPerEpoch),
      until(options.checkpointEvery || Infinity),
    );
  }

  /** The settings of the step after `step` steps, besides its batches. */
  #pointOf(step: number): StepPoint {
    const { options } = this.#training;
    const progress = { step, steps: this.#steps, warmup: options.warmup };
    const at = {
      step: step + 1,
      learningRate: options.learningRate * learningRateFactor(options.schedule, progress),
    };
    if (!options.targetSparsity) return at;
    const target = targetSparsity(options.targetSparsity, progress);
    this.#lambda = raisedLambda(this.#lambda, options.targetSparsity.rate, target, this.#sparsity ?? target);
    return { ...at, targetSparsity: target, lambda: this.#lambda };
  }

  get #evaluationDue(): boolean {
    if (this.#step === 0 || this.#step === this.#evaluated) return false;
    return (
      this.#step === this.#steps || this.#step % (this.#training.options.evaluateEvery || this.#stepsPerEpoch) === 0
    );
  }

  /** Evaluates the validation split, and keeps the state if it is the best. undefined if the signal fires meanwhile. */
  async #evaluate(): Promise<EvaluationEvent | undefined> {
    const { program, threshold, data } = this.#training;
    const metrics = await this.#score("validation");
    if (!metrics) return undefined;
    const trained = program.adaptation();
    const masks = masksOf(trained, threshold);
    const dynamics = dynamicsOf(masks, this.#initial, this.#previous);
    const value = metricValue(metrics, data.metric);
    const best = this.#stopping.observe(this.#step, value);
    if (best) {
      this.#best = keep(trained, masks);
      this.#bestMetrics = metrics;
    }
    this.#previous = masks;
    this.#evaluated = this.#step;
    return {
      type: "evaluation",
      step: this.#step,
      split: "validation",
      metrics,
      value,
      metric: data.metric,
      best,
      dynamics,
    };
  }

  /** Evaluates the test split with the best state, and writes the adaptation. undefined if the signal fires meanwhile. */
  async #finish(): Promise<[EvaluationEvent, DoneEvent] | undefined> {
    const { program, data, run, write, options } = this.#training;
    const best = this.#best!;
    const { step: bestStep } = this.#stopping.best!;
    this.#finishing = true;
    program.adapt(best);
    const test = await this.#score("test");
    if (!test) return undefined;
    const value = metricValue(test, data.metric);
    const dynamics = dynamicsOf(best.matrices, this.#initial, this.#previous);
    const evaluation = this.#say<EvaluationEvent>({
      ...{ type: "evaluation", step: bestStep, split: "test", metrics: test, value, metric: data.metric },
      ...{ best: true, dynamics },
    });
    const outcome = { steps: this.#step, bestStep, validation: this.#bestMetrics!, test };
    const { file, bytes } = await write(best, outcome);
    const done = this.#say<DoneEvent>({
      type: "done",
      result: {
        adaptation: file,
        steps: this.#step,
        seconds: this.#clock.seconds,
        sparsity: sparsityOf(best.matrices) ?? this.#training.fixedSparsity,
        bytes,
        validation: outcome.validation,
        test,
        ...(options.permuteLabels !== null && { permuteLabels: options.permuteLabels }),
      },
    });
    // The log now ends with "done", so the checkpoint is no longer needed; it is 20 times as large as a mask.
    await rm(run.checkpoint, { force: true });
    return [evaluation, done];
  }

  /** undefined if the signal fires before all batches are evaluated. */
  async #score(split: SplitName): Promise<Metrics | undefined> {
    const { data, signal } = this.#training;
    const logits: Float32Array[] = [];
    for (const batch of data.batches(split)) {
      logits.push(await this.#feed.logits(split, batch));
      if (signal?.aborted) return undefined;
    }
    return data.metrics(split, logits);
  }

  get #checkpointDue(): boolean {
    const { checkpointEvery } = this.#training.options;
    if (checkpointEvery)
      return this.#step > 0 && this.#step % checkpointEvery === 0 && this.#clock.savedAt !== this.#step;
    return this.#clock.checkpointDue;
  }

  async #save(): Promise<TrainEvent> {
    const { program, run, inputs } = this.#training;
    const best = this.#stopping.best;
    this.#log.flush();
    await this.#clock.saving(this.#step, () =>
      writeCheckpoint(run.checkpoint, {
        position: {
          inputs,
          step: this.#step,
          evaluated: this.#evaluated,
          order: this.#order,
          epochStep: this.#epochStep,
          best: best ? { ...best, metrics: this.#bestMetrics! } : null,
          waited: this.#stopping.waited,
          lambda: this.#lambda,
          sparsity: this.#sparsity,
          logBytes: this.#log.bytes,
          seconds: this.#clock.seconds,
        },
        state: this.#finishing ? new Map() : program.state(),
        best: this.#best,
        previous: this.#previous,
      }),
    );
    return this.#say({ type: "checkpoint", step: this.#step });
  }

  async *#stop(): AsyncGenerator<TrainEvent, void, void> {
    yield await this.#save();
    yield this.#say({ type: "stopped", step: this.#step });
  }

  /** The groups of the epoch that starts at the generator's current state. */
  #drawEpoch(): Batch[][] {
    const { data, options, program } = this.#training;
    const batches = data.epoch(this.#random);
    // If the program makes several steps per run, batches of one length must be consecutive.
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

  /** The sparsity of the trained masks or, without any, of the fixed ones. */
  #sparsityNow(): number | null {
    const { program, threshold, fixedSparsity } = this.#training;
    return sparsityNow(program.adaptation(), threshold) ?? fixedSparsity;
  }

  #say<E extends TrainEvent>(event: E): E {
    this.#log.append(event);
    return event;
  }
}

function metricValue(metrics: Metrics, metric: string): number {
  const value = metrics[metric];
  if (typeof value !== "object") throw new RangeError(`no value ${metric}`);
  return value.value;
}
