// A run's compiled model: holds the only copy of the weights, scores and moments, and runs the graphs on them.

import type { Batch } from "../data/batches.ts";
import { WHOLE } from "../graph/graph.ts";
import type { Device, Values } from "../graph/session.ts";
import type { NamedTensor } from "../mask/stored.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { ModelConfig } from "../model/config.ts";
import { type Matrix, namesOf } from "../model/names.ts";
import type { BinarizerName } from "../recipe/binarizers.ts";
import type { ClassifierShape } from "../recipe/recipe.ts";
import { float32, type Shape, type Tensor } from "../tensor.ts";
import { adamFactors } from "./adam.ts";
import { type Compiled, CompiledGraphs } from "./compiled.ts";
import { batchFeeds, oneHot, rowMajor, stacked, weightOf } from "./feeds.ts";
import { leave } from "./garbage.ts";
import { layout } from "./layout.ts";
import { RandomTables } from "./random-tables.ts";
import {
  classifierGraph,
  classifierStepGraph,
  evaluationGraph,
  type Group,
  gradientGraph,
  learnt,
  type Plan,
  type StepGraph,
  stepGraph,
  updateGraph,
  updateName,
  vectorGraph,
} from "./step.ts";
import { stepLoopGraph } from "./step-loop.ts";
import { Store } from "./store.ts";
import type {
  Adapted,
  StepLoop,
  StepPoint,
  StepResult,
  Trainable,
  Trained,
  VectorBatch,
  VectorTrainable,
} from "./trainable.ts";

export interface ProgramOptions extends ClassifierShape {
  /** The masked matrices; the initial scores of a matrix, given its weights [rows, columns]. */
  readonly matrices: readonly Matrix[];
  readonly initialScores: (matrix: Matrix, weights: Float32Array) => Float32Array;
  /** The tensors that are trained directly, by name. */
  readonly trained: readonly string[];
  readonly binarizer: BinarizerName;
  readonly threshold: number;
  /** Values of a tensor that is not the base model's, such as the classifier's; undefined: it is read from the checkpoint. */
  readonly own: (name: string, shape: Shape) => Float32Array | undefined;
  /** Class weights in the loss, by label; undefined: all 1. */
  readonly classWeights?: readonly number[] | undefined;
  /** "config": the model's own rates; a number: that rate everywhere. */
  readonly dropout: "config" | number;
  readonly dropoutSeed: number;
  readonly steered: boolean;
  readonly device: Device;
  /** The most steps per run of the runtime, in a loop in the graph; 1: each step is a run. */
  readonly stepsPerRun: number;
}

/** Numbers per random table: twice the largest window of BERT-base at batch 32 and length 128. */
const TABLE = 2 ** 24;

export class Program implements Trainable {
  readonly vectors?: VectorTrainable;
  readonly loop?: StepLoop;
  readonly #options: ProgramOptions;
  readonly #plan: Plan;
  readonly #weights: Store;
  /** Scores, and what trained tensors were when a run began is not kept: the file holds what they became. */
  readonly #scores: Store;
  #moments: readonly [Store, Store];
  readonly #tables: RandomTables;
  readonly #compiled: CompiledGraphs<StepGraph>;
  readonly #own: ReadonlySet<string>;

  private constructor(
    options: ProgramOptions,
    plan: Plan,
    stores: { weights: Store; scores: Store; moments: readonly [Store, Store] },
    own: ReadonlySet<string>,
  ) {
    this.#options = options;
    this.#plan = plan;
    this.#weights = stores.weights;
    this.#scores = stores.scores;
    this.#moments = stores.moments;
    this.#own = own;
    this.#compiled = new CompiledGraphs(options.device);
    const { dropout } = plan.config;
    const rates = new Set(Object.values(dropout).map((rate) => plan.rate(rate)));
    this.#tables = new RandomTables(options.dropoutSeed, TABLE, [...rates]);
    if (this.#encoderRests())
      this.vectors = {
        encode: (batch) => this.#encode(batch),
        step: (batches, at) => this.#classifierStep(batches, at),
        logits: (batch) => this.#classifierLogits(batch),
      };
    // Control of the sparsity needs to see the masks before each step.
    else if (options.stepsPerRun > 1 && !options.steered)
      this.loop = { length: options.stepsPerRun, steps: (batches, points) => this.#steps(batches, points) };
  }

  /** Reads the weights once. InputError if the checkpoint lacks one. */
  static async create(config: ModelConfig, checkpoint: Checkpoint, options: ProgramOptions): Promise<Program> {
    const shapes = layout(config, options);
    const weights = new Store(shapes);
    const own = new Set<string>();
    for (const { name, shape } of shapes) {
      const values = options.own(name, shape);
      if (values) {
        weights.array(name).set(values);
        own.add(name);
      } else await checkpoint.readFloat32(name, weights.array(name));
    }
    const masked = new Map(options.matrices.map((matrix) => [`${matrix.name}.weight`, matrix]));
    const trained = new Set(options.trained);
    const scores = new Store(shapes.filter(({ name }) => masked.has(name)));
    for (const [name, matrix] of masked) scores.array(name).set(options.initialScores(matrix, weights.array(name)));
    const shapeOf = new Map(shapes.map(({ name, shape }) => [name, shape]));
    const learning = shapes.filter(({ name }) => masked.has(name) || trained.has(name));
    const plan: Plan = {
      config,
      classifier: options.classifier,
      labels: options.labels,
      binarizer: options.binarizer,
      threshold: options.threshold,
      treatment: (name) => (masked.has(name) ? "masked" : trained.has(name) ? "trained" : "frozen"),
      shape: (name) => shapeOf.get(name)!,
      adjoin: (names) => weights.adjoin(names),
      rate: (configured) => (options.dropout === "config" ? configured : options.dropout),
      steered: options.steered,
      ...(options.device.startsWith("cuda:") && { block: WHOLE }),
    };
    return new Program(options, plan, { weights, scores, moments: [new Store(learning), new Store(learning)] }, own);
  }

  async step(batches: readonly Batch[], at: StepPoint): Promise<StepResult> {
    const weight = this.#weightOf(batches);
    const factors = this.#factors(at);
    if (batches.length === 1) {
      const compiled = await this.#graph("step", batches[0]!);
      const results = await this.#run(compiled, {
        ...batchFeeds(batches[0]!, this.#options, weight),
        ...this.#randomFeeds(compiled, at.step, 0),
        ...factors,
      });
      this.#take(compiled.facts.groups, results);
      return { loss: results.loss!.data[0] as number };
    }
    // The gradients, summed over batches, then the updates one by one.
    let loss = 0;
    const sums: Record<string, Tensor<"float32">> = {};
    let groups: readonly Group[] = [];
    for (const [part, batch] of batches.entries()) {
      const compiled = await this.#graph("gradients", batch);
      groups = compiled.facts.groups;
      const results = await this.#run(compiled, {
        ...batchFeeds(batch, this.#options, weight),
        ...this.#randomFeeds(compiled, at.step, part),
      });
      loss += results.loss!.data[0] as number;
      for (const [name, { shape, data }] of Object.entries(results)) {
        if (name === "loss") continue;
        const sum = sums[name]?.data;
        if (!sum) sums[name] = float32(shape, data as Float32Array);
        else for (let i = 0; i < sum.length; i++) sum[i]! += (data as Float32Array)[i]!;
      }
    }
    for (const group of groups) {
      if (group.treatment === "frozen") continue;
      const name = `grad.${learnt(group)}`;
      await this.#update(group, sums[name]!, factors);
      delete sums[name];
    }
    return { loss };
  }

  async #update(group: Group, grad: Tensor, factors: Values): Promise<void> {
    const { names, treatment, input } = group;
    const compiled = await this.#compiled.get(`update ${treatment} ${input.type.shape}`, () => ({
      ...{ graph: updateGraph(this.#plan, group), groups: [], windows: [] },
    }));
    const name = updateName(treatment);
    const feeds: Values = {
      ...factors,
      x: this.#weights.stacked(names),
      ...(group.scores && { [name]: this.#scores.stacked(names) }),
      [`first.${name}`]: this.#moments[0].stacked(names),
      [`second.${name}`]: this.#moments[1].stacked(names),
      [`grad.${name}`]: grad,
    };
    this.#take([group], await compiled.run(feeds), name);
  }

  /** One step per batch, all in one run. Each number of steps needs its own graph, so a shorter last run makes single steps. */
  async #steps(batches: readonly Batch[], points: readonly StepPoint[]): Promise<StepResult[]> {
    const { stepsPerRun } = this.#options;
    if (batches.length < stepsPerRun || !this.#tables.serves(points[0]!.step, points.at(-1)!.step)) {
      const results: StepResult[] = [];
      for (const [i, batch] of batches.entries()) results.push(await this.step([batch], points[i]!));
      return results;
    }
    const shape = { size: batches[0]!.size * batches[0]!.choices, length: batches[0]!.length };
    const compiled = await this.#compiled.get(`${stepsPerRun} steps ${shape.size}×${shape.length}`, () =>
      stepLoopGraph(this.#plan, shape, this.#tables.length, stepsPerRun),
    );
    const feeds = batches.map((batch, i) => {
      const { starts, tables } = this.#random(compiled, points[i]!.step, 0);
      return {
        each: { ...batchFeeds(batch, this.#options, this.#weightOf([batch])), ...this.#factors(points[i]!), ...starts },
        tables,
      };
    });
    const each = stacked(feeds.map(({ each }) => each));
    const results = await this.#run(compiled, { ...each, ...feeds[0]!.tables });
    this.#take(compiled.facts.groups, results);
    return [...(results.loss!.data as Float32Array)].map((loss) => ({ loss }));
  }

  async logits(batch: Batch): Promise<Float32Array> {
    const compiled = await this.#graph("evaluation", batch);
    const { logits } = await this.#run(compiled, batchFeeds(batch, this.#options));
    const data = logits!.data as Float32Array;
    return this.#options.classifier === "token" ? rowMajor(data, batch, this.#options.labels) : data;
  }

  state(): Map<string, Float32Array> {
    const [first, second] = this.#moments;
    return new Map([
      ...this.#options.trained.map((name): [string, Float32Array] => [name, this.#weights.array(name)]),
      ...this.#scores.names().map((name): [string, Float32Array] => [`scores.${name}`, this.#scores.array(name)]),
      ...first.names().map((name): [string, Float32Array] => [`first.${name}`, first.array(name)]),
      ...second.names().map((name): [string, Float32Array] => [`second.${name}`, second.array(name)]),
    ]);
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    for (const [name, array] of this.state()) array.set(state.get(name)!);
  }

  adaptation(): Trained {
    const { matrices, trained } = this.#options;
    const carried = new Set([...trained, ...this.#own]);
    return {
      matrices: matrices.map((matrix) => ({ ...matrix, scores: this.#scores.array(`${matrix.name}.weight`) })),
      tensors: [...carried].map(
        (name): NamedTensor => ({ name, shape: this.#plan.shape(name), data: this.#weights.array(name) }),
      ),
    };
  }

  adapt({ matrices, tensors }: Adapted): void {
    for (const { name, bits } of matrices) {
      const scores = this.#scores.array(`${name}.weight`);
      for (let row = 0, i = 0; row < bits.rows; row++)
        for (let column = 0; column < bits.columns; column++, i++)
          scores[i] = (bits.bytes[row * bits.stride + (column >> 3)]! >> (column & 7)) & 1 ? 1 : -1;
    }
    for (const { name, data } of tensors) this.#weights.array(name).set(data);
  }

  release(): Promise<void> {
    return this.#compiled.release();
  }

  /** Whether rows are classified by vectors that no step changes: everything below P is frozen and has no dropout. */
  #encoderRests(): boolean {
    const { config, classifier, treatment, rate } = this.#plan;
    if (classifier !== "sequence" || rate(config.dropout.hidden) || rate(config.dropout.attention)) return false;
    const { P, T } = namesOf(config).sequence;
    const own = (name: string) => name.startsWith(`${P}.`) || name.startsWith(`${T}.`);
    return this.#weights.names().every((name) => own(name) || treatment(name) === "frozen");
  }

  async #encode(batch: Batch): Promise<Float32Array> {
    const shape = { size: batch.size, length: batch.length };
    const compiled = await this.#compiled.get(`vectors ${shape.size}×${shape.length}`, () =>
      vectorGraph(this.#plan, shape),
    );
    const { vectors } = await this.#run(compiled, batchFeeds(batch, this.#options));
    return vectors!.data as Float32Array;
  }

  /** Joins several batches into one, because vectors do not differ in length. */
  async #classifierStep(batches: readonly VectorBatch[], at: StepPoint): Promise<StepResult> {
    const size = batches.reduce((sum, batch) => sum + batch.size, 0);
    const vectors = new Float32Array(size * this.#plan.config.hiddenSize);
    const targets = new BigInt64Array(size);
    let row = 0;
    for (const batch of batches) {
      vectors.set(batch.vectors, row * this.#plan.config.hiddenSize);
      targets.set(batch.targets, row);
      row += batch.size;
    }
    const compiled = await this.#compiled.get(`classifier step ${size}`, () =>
      classifierStepGraph(this.#plan, size, this.#tables.length),
    );
    const results = await this.#run(compiled, {
      vectors: float32([size, this.#plan.config.hiddenSize], vectors),
      targets: oneHot(targets, this.#options.labels, this.#weightOf(batches)),
      ...this.#randomFeeds(compiled, at.step, 0),
      ...this.#factors(at),
    });
    this.#take(compiled.facts.groups, results);
    return { loss: results.loss!.data[0] as number };
  }

  async #classifierLogits({ size, vectors }: VectorBatch): Promise<Float32Array> {
    const compiled = await this.#compiled.get(`classifier ${size}`, () => classifierGraph(this.#plan, size));
    const { logits } = await this.#run(compiled, { vectors: float32([size, this.#plan.config.hiddenSize], vectors) });
    return logits!.data as Float32Array;
  }

  #weightOf(batches: readonly { readonly targets: BigInt64Array }[]): (label: number) => number {
    return weightOf(batches, this.#options.classWeights);
  }

  #factors(at: StepPoint): Values {
    const { rate, epsilon } = adamFactors(at.step, at.learningRate);
    const scalar = (x: number) => float32([], Float32Array.of(x));
    return { rate: scalar(rate), epsilon: scalar(epsilon), push: scalar(this.#push(at)) };
  }

  /** ∂(λ·(target − zeros)²)/∂mask = 2·λ·(target − zeros) / n, for zeros = 1 − mean(mask). */
  #push({ targetSparsity, lambda }: StepPoint): number {
    if (targetSparsity === undefined || !lambda) return 0;
    const threshold = Math.fround(this.#options.threshold);
    let [zeros, all] = [0, 0];
    for (const name of this.#scores.names()) {
      const scores = this.#scores.array(name);
      for (let i = 0; i < scores.length; i++) if (scores[i]! <= threshold) zeros++;
      all += scores.length;
    }
    return (2 * lambda * (targetSparsity - zeros / all)) / all;
  }

  #random({ facts: { windows } }: Compiled<StepGraph>, step: number, part: number): { starts: Values; tables: Values } {
    const starts = this.#tables.starts(
      step,
      part,
      windows.map(({ count }) => count),
    );
    const tables = new Set(windows.map(({ table }) => table));
    return {
      starts: Object.fromEntries(starts.map((start, i) => [`start.${i}`, start])),
      tables: Object.fromEntries([...tables].map((name) => [name, this.#tables.table(name, step)])),
    };
  }

  #randomFeeds(compiled: Compiled<StepGraph>, step: number, part: number): Values {
    const { starts, tables } = this.#random(compiled, step, part);
    return { ...starts, ...tables };
  }

  /** Runs with the inputs that the graph needs, from `feeds` and the parameters. */
  #run({ run, facts }: Compiled<StepGraph>, feeds: Values): Promise<Record<string, Tensor>> {
    const all: Record<string, Tensor> = { ...feeds };
    for (const group of facts.groups) {
      const own = learnt(group);
      all[group.names.join("+")] = this.#weights.stacked(group.names);
      if (group.scores) all[own] = this.#scores.stacked(group.names);
      if (group.treatment === "frozen") continue;
      this.#moments.forEach((store, i) => {
        const name = `${i ? "second" : "first"}.${own}`;
        all[name] = store.stacked(group.names);
      });
    }
    return run(all);
  }

  /** Stores the results of a step: the runtime returns each as a new array, so nothing is copied. */
  #take(groups: readonly Group[], results: Record<string, Tensor>, name?: string): void {
    let bytes = 0;
    for (const group of groups) {
      if (group.treatment === "frozen") continue;
      const own = name ?? learnt(group);
      const result = (name: string) => results[`next.${name}`]!.data as Float32Array;
      (group.scores ? this.#scores : this.#weights).adopt(group.names, result(own));
      this.#moments[0].adopt(group.names, result(`first.${own}`));
      this.#moments[1].adopt(group.names, result(`second.${own}`));
      bytes += 3 * result(own).byteLength;
    }
    leave(bytes);
  }

  #graph(kind: "step" | "gradients" | "evaluation", { size, choices, length }: Batch): Promise<Compiled<StepGraph>> {
    const shape = { size: size * choices, length };
    return this.#compiled.get(`${kind} ${shape.size}×${length}`, () => {
      if (kind === "evaluation") return evaluationGraph(this.#plan, shape);
      return (kind === "step" ? stepGraph : gradientGraph)(this.#plan, shape, this.#tables.length);
    });
  }
}
