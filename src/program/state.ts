// A run's weights, scores and moments, which every graph reads and a step replaces. In this process's memory they are fed as
// they are, and a step writes its results over them, or into spare arrays where the graph still reads the old values. On a
// device they stay there from step to step, and come back when they are asked for.

import { bitAt } from "../mask/bits.ts";
import type { NamedTensor } from "../mask/stored.ts";
import type { Matrix } from "../model/names.ts";
import type { PretrainedWeights } from "../model/pretrained.ts";
import type { DeviceMemory } from "../runtime/device-memory.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Places } from "../runtime/session.ts";
import { float32, type Shape, type Tensor } from "../tensor.ts";
import { DeviceStore } from "./device-store.ts";
import { averageOf, type Group, learnt, type Treatment, thresholdOf } from "./graphs/plan.ts";
import { type NamedShape, Store } from "./store.ts";
import { ThresholdSearch } from "./top-k.ts";
import type { Adapted, Trained } from "./trainable.ts";

export interface StateOptions {
  /** The masked matrices, and a function that computes a matrix's initial scores from its weights [rows, columns]. */
  readonly matrices: readonly Matrix[];
  readonly initialScores: (matrix: Matrix, weights: Float32Array) => Float32Array;
  /** The threshold that a kept weight's score exceeds (at first, with top-k). */
  readonly threshold: number;
  /** Whether a running mean of the scores is kept, by which the model is evaluated. */
  readonly averaged?: boolean | undefined;
  /** With top-k, the weights among which a matrix's weights compete, as a key; see `prune`. */
  readonly scopeOf?: ((matrix: Matrix) => string) | undefined;
  /** The tensors that are trained directly, by name. */
  readonly trained: readonly string[];
  /** Those of them whose values of 0 stay 0. */
  readonly pruned?: readonly string[] | undefined;
  /**
   * The values of a tensor that does not come from the base model, such as the classifier's; undefined if the tensor is
   * read from the pretrained weights.
   */
  readonly own: (name: string, shape: Shape) => Float32Array | undefined;
}

/** Where the values of a store are read and written by graphs. */
type Place = Pick<Store, "swap"> & Record<"stacked" | "spare", (names: readonly string[]) => Tensor | DeviceTensor>;

export class State {
  readonly #matrices: readonly Matrix[];
  readonly #trained: ReadonlySet<string>;
  readonly #pruned: ReadonlySet<string>;
  /** The tensors that do not come from the base model. */
  readonly #own = new Set<string>();
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #weights: Store;
  readonly #scores: Store;
  /** The running means of the scores; the scores themselves where none is kept. */
  readonly #averages: Store;
  readonly #moments: readonly [Store, Store];
  readonly #onDevice: ReadonlyMap<Store, DeviceStore>;
  readonly #threshold: number;
  /** With top-k, the matrices among whose weights the highest scores are chosen, together. */
  readonly #scopes: readonly (readonly Matrix[])[];
  /** With top-k, the threshold of each masked tensor, for the scores and for their running means. */
  readonly #moving = new Map<Store, ReadonlyMap<string, number>>();
  /** The scores, and their running means if there are any; with top-k, the search for the threshold of each scope. */
  readonly #searches: ReadonlyMap<Store, readonly ThresholdSearch[]>;
  /** The weights of each masked group, and how many of them are kept; empty until a step has counted them. */
  readonly #counts = new Map<string, { readonly weights: number; readonly kept: number }>();

  private constructor(
    shapes: readonly NamedShape[],
    { matrices, trained, pruned, threshold, scopeOf, averaged }: StateOptions,
    memory?: DeviceMemory,
  ) {
    this.#matrices = matrices;
    this.#threshold = threshold;
    this.#scopes = scopeOf ? scopesOf(matrices, scopeOf) : [];
    this.#trained = new Set(trained);
    this.#pruned = new Set(pruned);
    this.#shapes = new Map(shapes.map(({ name, shape }) => [name, shape]));
    this.#weights = new Store(shapes);
    const masked = new Set(matrices.map(weightOf));
    const scored = shapes.filter(({ name }) => masked.has(name));
    this.#scores = new Store(scored);
    this.#averages = averaged ? new Store(scored) : this.#scores;
    this.#searches = new Map(
      [this.#scores, this.#averages].map((store) => [store, this.#scopes.map(() => new ThresholdSearch())]),
    );
    const learning = shapes.filter(({ name }) => this.treatment(name) !== "frozen");
    this.#moments = [new Store(learning), new Store(learning)];
    const stores = memory ? new Set([this.#weights, this.#scores, this.#averages, ...this.#moments]) : [];
    this.#onDevice = new Map([...stores].map((store) => [store, new DeviceStore(store, memory!)]));
  }

  /**
   * Reads the weights once. `memory`: that of a device on which the state is to be; by default, it is in this process's.
   * Throws an InputError if a weight is missing.
   */
  static async read(
    shapes: readonly NamedShape[],
    pretrained: PretrainedWeights,
    options: StateOptions,
    memory?: DeviceMemory,
  ): Promise<State> {
    const state = new State(shapes, options, memory);
    const weights = state.#weights;
    for (const { name, shape } of shapes) {
      const values = options.own(name, shape);
      if (values) {
        weights.array(name).set(values);
        state.#own.add(name);
      } else await pretrained.readFloat32(name, weights.array(name));
    }
    for (const matrix of options.matrices) {
      const name = weightOf(matrix);
      const scores = options.initialScores(matrix, weights.array(name));
      for (const store of state.#searches.keys()) store.array(name).set(scores);
    }
    return state;
  }

  names(): string[] {
    return this.#weights.names();
  }

  shape(name: string): Shape {
    return this.#shapes.get(name)!;
  }

  treatment(name: string): Treatment {
    if (this.#scores.has(name)) return "masked";
    if (!this.#trained.has(name)) return "frozen";
    return this.#pruned.has(name) ? "pruned" : "trained";
  }

  /** Whether these tensors are adjacent in memory and can be fed as one. */
  adjoin(names: readonly string[]): boolean {
    return this.#weights.adjoin(names);
  }

  /** Brings the values that a graph reads to the device, if they are to be there. */
  async settle(groups: readonly Group[]): Promise<void> {
    if (this.#onDevice.size)
      for (const group of groups)
        for (const store of this.#storesOf(group).values()) await this.#onDevice.get(store)!.settle(group.names);
  }

  /** Brings back what has changed on the device. */
  async fetch(): Promise<void> {
    for (const store of this.#onDevice.values()) await store.fetch();
  }

  /** A graph's inputs for a group: its values, scores and moments. `names`: the graph's names for the group's tensors. */
  inputs(group: Group, names = group.names): Places {
    const stores = [...this.#storesOf(group, names)];
    return Object.fromEntries([
      ...stores.map(([input, store]) => [input, this.#placeOf(store).stacked(group.names)]),
      ...(group.scores && this.#scopes.length
        ? stores
            .filter(([, store]) => this.#searches.has(store))
            .map(([input, store]) => [thresholdOf(input), this.#thresholds(store, group.names)])
        : []),
    ]);
  }

  /** The thresholds of these tensors, one a row. */
  #thresholds(store: Store, names: readonly string[]): Tensor<"float32"> {
    const rows = names.flatMap((name) => Array<number>(this.shape(name)[0]!).fill(this.#thresholdOf(store, name)));
    return float32([rows.length, 1], Float32Array.from(rows));
  }

  #thresholdOf(store: Store, name: string): number {
    return this.#moving.get(store)?.get(name) ?? this.#threshold;
  }

  /** Moves the thresholds so that this share of the weights of each scope is kept, those with the highest scores. */
  async prune(share: number): Promise<void> {
    this.#counts.clear();
    for (const [store, searches] of this.#searches) {
      await this.#onDevice.get(store)?.fetch();
      const thresholds = new Map<string, number>();
      for (const [i, scope] of this.#scopes.entries()) {
        const arrays = scope.map((matrix) => store.array(weightOf(matrix)));
        const weights = arrays.reduce((sum, { length }) => sum + length, 0);
        const { threshold, kept } = searches[i]!.find(arrays, Math.max(1, Math.round(share * weights)));
        for (const matrix of scope) thresholds.set(weightOf(matrix), threshold);
        if (store === this.#averages) this.#counts.set(weightOf(scope[0]!), { weights, kept });
      }
      this.#moving.set(store, thresholds);
    }
  }

  /** The store of each of a group's inputs. */
  #storesOf(group: Group, names = group.names): Map<string, Store> {
    const own = learnt({ names, treatment: group.treatment });
    const [first, second] = this.#moments;
    const stores = new Map([[names.join("+"), this.#weights]]);
    if (group.scores) stores.set(own, this.#scores);
    if (group.scores && this.#averages !== this.#scores) stores.set(averageOf(own), this.#averages);
    if (group.treatment !== "frozen") stores.set(`first.${own}`, first).set(`second.${own}`, second);
    return stores;
  }

  #placeOf(store: Store): Place {
    return this.#onDevice.get(store) ?? store;
  }

  /**
   * Where a step writes its results for these groups: over the current values if `mayOverwrite(output, input)`, otherwise into
   * spare memory. After the step, `take` makes the spare memory current. On a device it is always spare memory: a step that
   * finds too little memory for the rest then leaves the state as it was, and some devices read and write no memory at once.
   */
  next(
    groups: readonly Group[],
    mayOverwrite: (output: string, input: string) => boolean,
    names?: readonly string[],
  ): { readonly into: Places; take(): void } {
    const into: Record<string, Tensor | DeviceTensor> = {};
    const spares: (() => void)[] = [];
    for (const group of groups) {
      if (group.treatment === "frozen") continue;
      for (const [input, store] of this.#storesOf(group, names)) {
        if (group.scores && store === this.#weights) continue; // masked, not trained
        const [output, place] = [`next.${input}`, this.#placeOf(store)];
        if (place === store && mayOverwrite(output, input)) into[output] = place.stacked(group.names);
        else {
          into[output] = place.spare(group.names);
          spares.push(() => place.swap(group.names));
        }
      }
    }
    return {
      into,
      take() {
        for (const swap of spares) swap();
      },
    };
  }

  /** Remembers how many of a masked group's weights are kept, as the last step counted them. */
  counted({ names }: Pick<Group, "names">, kept: number): void {
    const weights = names.reduce((sum, name) => sum + this.#scores.array(name).length, 0);
    this.#counts.set(names.join("+"), { weights, kept });
  }

  /** The number of masked weights, and how many of them are pruned in evaluation. */
  count(): { readonly zeros: number; readonly all: number } {
    const all = this.#scores.names().reduce((sum, name) => sum + this.#scores.array(name).length, 0);
    const counts = [...this.#counts.values()];
    const known = counts.reduce((sum, { weights }) => sum + weights, 0) === all;
    return { zeros: known ? all - counts.reduce((sum, { kept }) => sum + kept, 0) : this.#zeros(), all };
  }

  #zeros(): number {
    let zeros = 0;
    for (const name of this.#averages.names()) {
      const rounded = Math.fround(this.#thresholdOf(this.#averages, name));
      for (const score of this.#averages.array(name)) if (score <= rounded) zeros++;
    }
    return zeros;
  }

  /** Everything that training changes, for a checkpoint, as live arrays; see `fetch`. */
  live(): Map<string, Float32Array> {
    const [first, second] = this.#moments;
    const under = (prefix: string, store: Store, names: Iterable<string> = store.names()) =>
      [...names].map((name): [string, Float32Array] => [`${prefix}${name}`, store.array(name)]);
    return new Map([
      ...under("", this.#weights, this.#trained),
      ...under("scores.", this.#scores),
      ...(this.#averages === this.#scores ? [] : under("average.", this.#averages)),
      ...under("first.", first),
      ...under("second.", second),
    ]);
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    for (const [name, array] of this.live()) array.set(state.get(name)!);
    this.#changed();
  }

  /** Call this when values have changed otherwise than by a step. */
  #changed(): void {
    this.#counts.clear();
    this.#moving.clear();
    for (const store of this.#onDevice.values()) store.outdate();
  }

  /** The scores by which the model is evaluated, and the tensors that an adaptation's file must contain; see `fetch`. */
  adaptation(): Trained {
    const carried = new Set([...this.#trained, ...this.#own]);
    return {
      matrices: this.#matrices.map((matrix) => {
        const name = weightOf(matrix);
        const threshold = this.#thresholdOf(this.#averages, name);
        return { ...matrix, scores: this.#averages.array(name), threshold };
      }),
      tensors: [...carried].map(
        (name): NamedTensor => ({ name, shape: this.shape(name), data: this.#weights.array(name) }),
      ),
    };
  }

  /** Replaces the scores with 1 (kept) and −1 (pruned), between which any first threshold lies, and replaces the tensors. */
  adapt({ matrices, tensors }: Adapted): void {
    for (const { name, bits } of matrices) {
      const scores = this.#averages.array(weightOf({ name }));
      for (let row = 0, i = 0; row < bits.rows; row++)
        for (let column = 0; column < bits.columns; column++, i++) scores[i] = bitAt(bits, row, column) ? 1 : -1;
    }
    for (const { name, data } of tensors) this.#weights.array(name).set(data);
    this.#changed();
  }
}

const weightOf = ({ name }: Pick<Matrix, "name">) => `${name}.weight`;

/** The matrices of each key. */
function scopesOf(matrices: readonly Matrix[], keyOf: (matrix: Matrix) => string): Matrix[][] {
  const scopes = new Map<string, Matrix[]>();
  for (const matrix of matrices) {
    const scope = scopes.get(keyOf(matrix)) ?? [];
    scopes.set(keyOf(matrix), [...scope, matrix]);
  }
  return [...scopes.values()];
}
