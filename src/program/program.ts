// A run's compiled model: connects its state, its inputs, and the graphs that train and evaluate it.

import type { Batch } from "../data/batches.ts";
import type { Graph } from "../graph/graph.ts";
import type { ModelConfig } from "../model/config.ts";
import type { PretrainedWeights } from "../model/weights/pretrained.ts";
import type { Device } from "../runtime/device.ts";
import { DeviceMemory, residenceOn } from "../runtime/device-memory.ts";
import { requireMemory, SMALLER_MODEL } from "../runtime/machine-memory.ts";
import type { Values } from "../runtime/session.ts";
import type { Tensor } from "../tensor.ts";
import { CompiledGraphs } from "./compiled.ts";
import { rowMajor, tokenFeeds } from "./feeds.ts";
import { Decoding, MASKED_COPIES } from "./generation/decoding.ts";
import type { NextToken } from "./generation/next-token.ts";
import { GradientSums } from "./gradient-sums.ts";
import { unmaskedParameters } from "./graphs/masked-parameters.ts";
import { shapeName } from "./graphs/plan.ts";
import { evaluationGraph } from "./graphs/step.ts";
import { lossesIn, nextTokenFeeds } from "./next-tokens.ts";
import { type ProgramOptions, planOf, stateFor, tableFor } from "./planned.ts";
import { RandomTables } from "./random-tables.ts";
import { Runner } from "./runner.ts";
import type { State } from "./state.ts";
import { StepFeeds } from "./step-feeds.ts";
import { Steps, shapeOf } from "./steps.ts";
import type {
  Adapted,
  StepPoint,
  StepResult,
  Trainable,
  Trained,
  TransferTrainable,
  VectorTrainable,
} from "./trainable.ts";
import { Transfer } from "./transfer/transfer.ts";
import { encoderRests, Vectors } from "./vectors.ts";

export class Program implements Trainable {
  readonly vectors?: VectorTrainable;
  readonly transfer?: TransferTrainable;
  readonly #state: State;
  readonly #runner: Runner;
  readonly #steps: Steps;
  readonly #tables: RandomTables;
  readonly #memory: DeviceMemory | undefined;
  readonly #device: Device;
  /** The graphs that continue texts. */
  readonly #decoders: CompiledGraphs<{ readonly graph: Graph }>;

  private constructor(config: ModelConfig, state: State, options: ProgramOptions, memory: DeviceMemory | undefined) {
    this.#state = state;
    this.#memory = memory;
    this.#device = options.device;
    this.#decoders = new CompiledGraphs(options.device);
    const plan = planOf(config, state, options);
    this.#runner = new Runner(plan, state, options);
    const rates = new Set(Object.values(config.dropout).map((rate) => plan.rate(rate)));
    this.#tables = new RandomTables(options.dropoutSeed, tableFor(plan, options.largest), [...rates], memory);
    const feeds = new StepFeeds(state, this.#tables, options);
    this.#steps = new Steps(this.#runner, feeds, new GradientSums(memory));
    if (encoderRests(plan, state.names())) this.vectors = new Vectors(this.#runner, feeds);
    if (plan.config.additions?.linearAttention) this.transfer = new Transfer(this.#runner, feeds);
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
    const { classifier, labels } = this.#runner.plan;
    const { logits } = await this.#evaluated(batch, tokenFeeds(batch));
    const data = logits!.data as Float32Array;
    return classifier === "token" ? rowMajor(data, batch, labels) : data;
  }

  async losses(batch: Batch): Promise<Float32Array> {
    const { losses } = await this.#evaluated(batch, { ...tokenFeeds(batch), ...nextTokenFeeds(batch) });
    return lossesIn(losses!.data as Float32Array, batch);
  }

  async #evaluated(batch: Batch, feeds: Values): Promise<Record<string, Tensor>> {
    const { plan } = this.#runner;
    const shape = shapeOf(batch, plan);
    const compiled = await this.#runner.compiled(`evaluation ${shapeName(shape)}`, () => evaluationGraph(plan, shape));
    return this.#runner.run(compiled, feeds);
  }

  async decoding(): Promise<NextToken> {
    requireMemory(this.#state.maskedBytes, MASKED_COPIES, SMALLER_MODEL);
    await this.#state.fetch();
    const { config } = this.#runner.plan;
    const weights = this.#state.effective();
    return new Decoding({
      ...{ config, device: this.#device, compiled: this.#decoders, weights: Object.fromEntries(weights), key: "" },
      parameters: (graph) => unmaskedParameters(graph, weights),
    });
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
    await this.#decoders.release();
    await this.#runner.release();
    await this.#memory?.release();
  }
}
