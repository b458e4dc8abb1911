// A run's compiled model: connects its state, its inputs, and the graphs that train and evaluate it.

import type { Batch } from "../data/batches.ts";
import type { ModelConfig } from "../model/config.ts";
import type { PretrainedWeights } from "../model/pretrained.ts";
import { DeviceMemory, residenceOn } from "../runtime/device-memory.ts";
import { rowMajor, tokenFeeds } from "./feeds.ts";
import { GradientSums } from "./gradient-sums.ts";
import { evaluationGraph } from "./graphs/step.ts";
import { type ProgramOptions, planOf, stateFor } from "./planned.ts";
import { RandomTables, TABLE } from "./random-tables.ts";
import { Runner } from "./runner.ts";
import type { State } from "./state.ts";
import { StepFeeds } from "./step-feeds.ts";
import { Steps, shapeOf } from "./steps.ts";
import type { Adapted, StepPoint, StepResult, Trainable, Trained, VectorTrainable } from "./trainable.ts";
import { encoderRests, Vectors } from "./vectors.ts";

export class Program implements Trainable {
  readonly vectors?: VectorTrainable;
  readonly #state: State;
  readonly #runner: Runner;
  readonly #steps: Steps;
  readonly #tables: RandomTables;
  readonly #memory: DeviceMemory | undefined;

  private constructor(config: ModelConfig, state: State, options: ProgramOptions, memory: DeviceMemory | undefined) {
    this.#state = state;
    this.#memory = memory;
    const plan = planOf(config, state, options);
    this.#runner = new Runner(plan, state, options);
    const rates = new Set(Object.values(config.dropout).map((rate) => plan.rate(rate)));
    this.#tables = new RandomTables(options.dropoutSeed, TABLE, [...rates], memory);
    const feeds = new StepFeeds(state, this.#tables, options);
    this.#steps = new Steps(this.#runner, feeds, new GradientSums(memory));
    if (encoderRests(plan, state.names())) this.vectors = new Vectors(this.#runner, feeds);
  }

  /** Reads the weights once. Throws an InputError if one is missing. */
  static async create(config: ModelConfig, pretrained: PretrainedWeights, options: ProgramOptions): Promise<Program> {
    const { device, residence = residenceOn(device) } = options;
    const memory = residence === "device" ? await DeviceMemory.of(device) : undefined;
    try {
      const state = stateFor(config, pretrained, options, memory);
      await state.read(pretrained, options);
      return new Program(config, state, options, memory);
    } catch (error) {
      await memory?.release();
      throw error;
    }
  }

  step(batches: readonly Batch[], at: StepPoint): Promise<StepResult> {
    return this.#steps.step(batches, at);
  }

  async logits(batch: Batch): Promise<Float32Array> {
    const { plan } = this.#runner;
    const shape = shapeOf(batch);
    const compiled = await this.#runner.compiled(`evaluation ${shape.size}×${shape.length}`, () =>
      evaluationGraph(plan, shape),
    );
    const { logits } = await this.#runner.run(compiled, tokenFeeds(batch));
    const data = logits!.data as Float32Array;
    return plan.classifier === "token" ? rowMajor(data, batch, plan.labels) : data;
  }

  async state(): Promise<Map<string, Float32Array>> {
    await this.#state.fetch();
    return this.#state.live();
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    this.#state.restore(state);
  }

  sparsity(): number | null {
    const { zeros, all } = this.#state.count();
    return all ? zeros / all : null;
  }

  prune(share: number): Promise<void> {
    return this.#state.prune(share);
  }

  async adaptation(): Promise<Trained> {
    await this.#state.fetch();
    return this.#state.adaptation();
  }

  adapt(adapted: Adapted): void {
    this.#state.adapt(adapted);
  }

  async release(): Promise<void> {
    this.#tables.release();
    await this.#runner.release();
    await this.#memory?.release();
  }
}
