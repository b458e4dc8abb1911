// A run's weights, scores and moments, which every graph reads and a step replaces. In this process's memory they are fed as
// they are, and a step writes its results over them, or into spare arrays where the graph still reads the old values. On a
// device they stay there from step to step, and come back when they are asked for.

import type { NamedTensor } from "../mask/stored.ts";
import type { Matrix } from "../model/names.ts";
import { readHalf } from "../model/weights/half.ts";
import type { PretrainedWeights } from "../model/weights/pretrained.ts";
import { magnitudesOf, type Scored, scoredBy, weightScores, writeScores } from "../recipe/units.ts";
import type { DeviceMemory } from "../runtime/device-memory.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Places } from "../runtime/session.ts";
import { bytesOf, float32, type Half, type Shape, sizeOf, type Tensor } from "../tensor.ts";
import { DeviceStore } from "./device-store.ts";
import { averageOf, type Group, learnt, type Treatment, thresholdOf } from "./graphs/plan.ts";
import { type Floats, type NamedShape, Store } from "./store.ts";
import { ThresholdSearch } from "./top-k.ts";
import type { Adapted, Trained } from "./trainable.ts";

export interface StateOptions {
  /**
   * The masked matrices, and a function that computes initial scores [rows, columns] from weights or, if units share scores, from the
   * units' norms.
   */
  readonly matrices: readonly Matrix[];
  readonly initialScores: (matrix: Matrix, weights: Float32Array) => Float32Array;
  /** The number of a layer's attention heads if each head and each neuron has one score (see `units.ts`); by default each weight has. */
  readonly heads?: number | undefined;
  /** The threshold that a kept weight's score exceeds (at first, with top-k). */
  readonly threshold: number;
  /** Whether a running mean of the scores is kept, by which the model is evaluated. */
  readonly averaged?: boolean | undefined;
  /** With top-k, the scores among which a matrix's weights compete, as a key; see `prune`. */
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
  /** The types of the pretrained tensors that stay as they are stored; all others are float32. */
  readonly halves?: ReadonlyMap<string, Half> | undefined;
}

/** Where the values of a store are read and written by graphs. */
type Place = Pick<Store, "swap"> & Record<"stacked" | "spare", (names: readonly string[]) => Tensor | DeviceTensor>;

export class State {
  /** By the name of the weight in whose product the mask is applied. */
  readonly #scored: ReadonlyMap<string, Scored>;
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
  /** With top-k, the scores among which the highest are chosen, by weight name. */
  readonly #scopes: readonly (readonly string[])[];
  /** With top-k, the threshold of each masked tensor, for the scores and for their running means. */
  readonly #moving = new Map<Store, ReadonlyMap<string, number>>();
  /** The scores, and their running means if there are any; with top-k, the search for the threshold of each scope. */
  readonly #searches: ReadonlyMap<Store, readonly ThresholdSearch[]>;
  /** The weights of each masked group, and how many of them are kept; empty until a step has counted them. */
  readonly #counts = new Map<string, { readonly weights: number; readonly kept: number }>();

  /**
   * Without values, which `read` reads; until then, it takes no memory. `memory`: that of a device on which the state is to be;
   * by default, it is in this process's.
   */
  constructor(
    shapes: readonly NamedShape[],
    { matrices, heads, trained, pruned, threshold, scopeOf, averaged, halves }: StateOptions,
    memory?: DeviceMemory,
  ) {
    this.#threshold = threshold;
    const scored = scoredBy(matrices, heads);
    this.#scored = new Map(scored.map((one) => [weightOf(one.scores), one]));
    this.#scopes = scopeOf ? scopesOf(scored, scopeOf) : [];
    this.#trained = new Set(trained);
    this.#pruned = new Set(pruned);
    this.#shapes = new Map(shapes.map(({ name, shape }) => [name, shape]));
    this.#weights = new Store(shapes, (name) => halves?.get(name) ?? "float32");
    const learntShape = ({ name, shape }: NamedShape) => ({
      name,
      shape: this.#scored.has(name) ? this.scoreShape(name) : shape,
    });
    const scores = shapes.filter(({ name }) => this.#scored.has(name)).map(learntShape);
    this.#scores = new Store(scores);
    this.#averages = averaged ? new Store(scores) : this.#scores;
    this.#searches = new Map(
      [this.#scores, this.#averages].map((store) => [store, this.#scopes.map(() => new ThresholdSearch())]),
    );
    const learning = shapes.filter(({ name }) => this.treatment(name) !== "frozen").map(learntShape);
    this.#moments = [new Store(learning), new Store(learning)];
    const stores = memory ? new Set([this.#weights, this.#scores, this.#averages, ...this.#moments]) : [];
    this.#onDevice = new Map([...stores].map((store) => [store, new DeviceStore(store, memory!)]));
  }

  /** Reads the weights once. Throws an InputError if a weight is missing. */
  async read(pretrained: PretrainedWeights, { own, initialScores }: StateOptions): Promise<void> {
    const weights = this.#weights;
    for (const [name, shape] of this.#shapes) {
      const type = weights.type(name);
      const values = type === "float32" ? own(name, shape) : undefined;
      if (values) {
        weights.array(name).set(values);
        this.#own.add(name);
      } else if (type === "float32") await pretrained.readFloat32(name, weights.array(name));
      else await readHalf(pretrained, name, type, weights.values(name) as Uint16Array);
    }
    for (const [name, scored] of this.#scored) {
      const magnitudes = magnitudesOf(scored, (matrix) => weights.float32(weightOf(matrix)));
      const scores = initialScores(scored.scores, magnitudes);
      for (const store of this.#searches.keys()) store.array(name).set(scores);
    }
  }

  /** The memory of each part in bytes, without spare arrays. */
  get bytes(): { readonly weights: number; readonly scores: number; readonly moments: number } {
    const averages = this.#averages === this.#scores ? 0 : this.#averages.bytes;
    const moments = this.#moments.reduce((sum, store) => sum + store.bytes, 0);
    return { weights: this.#weights.bytes, scores: this.#scores.bytes + averages, moments };
  }

  names(): string[] {
    return this.#weights.names();
  }

  shape(name: string): Shape {
    return this.#shapes.get(name)!;
  }

  /** The element type of a tensor's values. */
  type(name: string): Floats {
    return this.#weights.type(name);
  }

  scoreShape(name: string): Shape {
    const { rows, columns } = this.#scored.get(name)!.scores;
    return [rows, columns];
  }

  treatment(name: string): Treatment {
    const scored = this.#scored.get(name);
    if (scored) return scored.isShared ? "gated" : "masked";
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
    const rows = names.flatMap((name) => Array<number>(this.scoreShape(name)[0]!).fill(this.#thresholdOf(store, name)));
    return float32([rows.length, 1], Float32Array.from(rows));
  }

  #thresholdOf(store: Store, name: string): number {
    return this.#moving.get(store)?.get(name) ?? this.#threshold;
  }

  /** Moves the thresholds so that this share of each scope is kept, what has the highest scores. */
  async prune(share: number): Promise<void> {
    this.#counts.clear();
    for (const [store, searches] of this.#searches) {
      await this.#onDevice.get(store)?.fetch();
      const thresholds = new Map<string, number>();
      for (const [i, scope] of this.#scopes.entries()) {
        const arrays = scope.map((name) => store.array(name));
        const all = arrays.reduce((sum, { length }) => sum + length, 0);
        const { threshold, kept } = searches[i]!.find(arrays, Math.max(1, Math.round(share * all)));
        for (const name of scope) thresholds.set(name, threshold);
        // Units of several sizes are few, and are counted when they are asked for.
        if (store === this.#averages && scope.every((name) => !this.#scored.get(name)!.isShared))
          this.#counts.set(scope[0]!, { weights: all, kept });
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
    const each = this.#scored.get(names[0]!)!.weights;
    const scores = names.reduce((sum, name) => sum + this.#scores.array(name).length, 0);
    this.#counts.set(names.join("+"), { weights: each * scores, kept: each * kept });
  }

  get scoreCount(): number {
    return [...this.#scored.keys()].reduce((sum, name) => sum + sizeOf(this.scoreShape(name)), 0);
  }

  /** The number of weights that scores decide on, and how many of these are pruned in evaluation. */
  count(): { readonly zeros: number; readonly all: number } {
    const all = [...this.#scored].reduce(
      (sum, [name, { weights }]) => sum + weights * sizeOf(this.scoreShape(name)),
      0,
    );
    const counts = [...this.#counts.values()];
    const known = counts.reduce((sum, { weights }) => sum + weights, 0) === all;
    return { zeros: known ? all - counts.reduce((sum, { kept }) => sum + kept, 0) : this.#zeros(), all };
  }

  #zeros(): number {
    let zeros = 0;
    for (const name of this.#averages.names()) {
      const rounded = Math.fround(this.#thresholdOf(this.#averages, name));
      const { weights } = this.#scored.get(name)!;
      for (const score of this.#averages.array(name)) if (score <= rounded) zeros += weights;
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
      matrices: [...this.#scored].flatMap(([name, scored]) => {
        const scores = this.#averages.array(name);
        const threshold = this.#thresholdOf(this.#averages, name);
        return scored.matrices.map((matrix) => ({
          ...matrix,
          scores: weightScores(scored, matrix, scores),
          threshold,
        }));
      }),
      tensors: [...carried].map(
        (name): NamedTensor => ({ name, shape: this.shape(name), data: this.#weights.array(name) }),
      ),
    };
  }

  /** The memory that the copies of `effective` take, in bytes. */
  get maskedBytes(): number {
    return [...this.#scored.keys()].reduce(
      (sum, weight) => sum + bytesOf({ dtype: "float32", shape: this.shape(weight) }),
      0,
    );
  }

  /** The weights by which the model is evaluated, under their names: live arrays, but copies where a mask is applied; see `fetch`. */
  effective(): ReadonlyMap<string, Tensor<Floats>> {
    const effective = new Map(this.names().map((name) => [name, this.#weights.stacked([name])]));
    for (const { name, scores, threshold } of this.adaptation().matrices) {
      const rounded = Math.fround(threshold);
      const weight = weightOf({ name });
      const kept = this.#weights.float32(weight).map((value, i) => (scores[i]! > rounded ? value : 0));
      effective.set(weight, float32(this.shape(weight), kept));
    }
    return effective;
  }

  /** Replaces the scores with 1 (kept) and −1 (pruned), between which any first threshold lies, and replaces the tensors. */
  adapt({ matrices, tensors }: Adapted): void {
    for (const { name, bits } of matrices) {
      const scored = this.#scored.get(weightOf({ name }));
      if (scored) writeScores(scored, bits, this.#averages.array(weightOf({ name })));
    }
    for (const { name, data } of tensors) this.#weights.array(name).set(data);
    this.#changed();
  }
}

const weightOf = ({ name }: Pick<Matrix, "name">) => `${name}.weight`;

/** The names of the scores of each key. */
function scopesOf(scored: readonly Scored[], keyOf: (matrix: Matrix) => string): string[][] {
  const scopes = new Map<string, string[]>();
  for (const { scores } of scored) {
    const scope = scopes.get(keyOf(scores)) ?? [];
    scopes.set(keyOf(scores), [...scope, weightOf(scores)]);
  }
  return [...scopes.values()];
}
