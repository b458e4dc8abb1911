// Takes out of a model what its weights leave dead: attention heads, neurons, and neurons of the pooler. What a dead part
// still adds is a constant, which goes into the next bias, so the outputs stay the same up to rounding.

import { InputError } from "../../errors.ts";
import type { CrossKind, LayerKind } from "../../kinds.ts";
import { twoSided } from "../../mask/significance.ts";
import type { LayerSizes, ModelConfig } from "../../model/config.ts";
import type { Activation } from "../../model/design.ts";
import { familyOf } from "../../model/families/families.ts";
import type { PoolerActivation } from "../../model/families/family.ts";
import { type Heading, namesOf } from "../../model/names.ts";
import type { TensorBytes } from "../../safetensors.ts";
import { CutTensors, ZEROS } from "./cut.ts";
import { aliveBy, deadLogits, type Lines, linesOf } from "./dead.ts";

/** How many heads or neurons there are, how many of them are dead, and how many are removed. */
export interface Removed {
  readonly of: number;
  readonly dead: number;
  readonly removed: number;
}

export interface LayerRemoved {
  readonly layer: number;
  readonly heads: Removed;
  readonly neurons: Removed;
}

/** A living head or neuron, the number of weights by which it is alive, and of how many. */
export interface Nearest {
  readonly layer: number;
  readonly index: number;
  readonly weights: number;
  readonly of: number;
}

/** Dead lines of weights that stay, because what they belong to has one size in the whole model. */
export interface Remaining {
  /** Dimensions of queries and keys, and of values, in heads that are alive by others. */
  readonly logits: number;
  readonly values: number;
  /** Rows and columns of zeros along the hidden states. */
  readonly rows: number;
  readonly columns: number;
}

export interface Removal {
  readonly layers: readonly LayerRemoved[];
  /** The pooler (or its like); null if the classifier has none that could be pruned. */
  readonly pooler: Removed | null;
  /** By layer. */
  readonly deadHeads: Readonly<Record<string, readonly number[]>>;
  /** If no head, or no neuron, is dead: the one that is alive by the fewest weights. */
  readonly nearest: { readonly head: Nearest | null; readonly neuron: Nearest | null };
  readonly remaining: Remaining;
}

/** A model with its masks applied; the tensors have their canonical names. */
export interface WholeModel {
  readonly config: ModelConfig;
  readonly tensors: readonly TensorBytes[];
}

/** Which sizes a model may have: those of each layer ("layer"), or the same in all layers and all heads ("model"), as in transformers. */
export type Sizes = "layer" | "model";

/** A model with the sizes that are left. */
export interface PrunedModel extends WholeModel {
  readonly removal: Removal;
}

/** The activations of single numbers. */
const VALUES: Record<Activation | PoolerActivation, (x: number) => number> = {
  gelu: (x) => x * (x < 0 ? twoSided(x) / 2 : 1 - twoSided(x) / 2),
  gelu_new: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  relu: (x) => Math.max(0, x),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

/** The kinds of a layer from which heads and neurons are removed. */
type PrunedKind = Exclude<LayerKind, "G" | CrossKind>;

/** What is alive in a layer: each head and each neuron by how many weights. */
interface Layer {
  readonly modules: Record<PrunedKind, string>;
  readonly lines: Record<PrunedKind, Lines>;
  readonly heads: readonly number[];
  readonly neurons: readonly number[];
  readonly deadLogits: readonly number[];
}

/**
 * Removes what is dead. With sizes by "layer", each layer keeps its own living heads and neurons (`config.perLayer`), and the pooler's
 * dead neurons are removed, too. With those of the "model", all heads stay, without the weights that read dead ones, and all
 * layers keep as many neurons as the largest one needs, the others with neurons of zeros.
 */
export function prune({ config, tensors }: WholeModel, heading: Heading, sizes: Sizes): PrunedModel {
  refuseUnpruned(config);
  const cut = new CutTensors(tensors);
  const layers = Array.from({ length: config.layers }, (_, layer) => layerOf(cut, config, layer));
  const isByLayer = sizes === "layer";
  const depth = config.headSize;
  const widest = Math.max(1, ...layers.map(({ neurons }) => neurons.filter(Boolean).length));
  const perLayer = layers.map(({ modules: { Q, K, V, AO, I, O }, heads, neurons }): LayerSizes => {
    const dimensions = (head: number) => Array.from({ length: depth }, (_, i) => head * depth + i);
    const biasOfV = cut.bias(V);
    cut.fold(AO, indicesOf(heads, false).flatMap(dimensions), (dimension) => biasOfV[dimension]!);
    const living = indicesOf(heads, true);
    if (isByLayer) for (const module of [Q, K, V]) cut.keepRows(module, living.flatMap(dimensions));
    const read = [...heads.keys()].flatMap((head) => (heads[head] ? dimensions(head) : zeros(isByLayer ? 0 : depth)));
    cut.keepColumns(AO, read);
    const kept = pruneNeurons(cut, [I, O], neurons, config.activation, isByLayer ? 0 : widest);
    return { heads: isByLayer ? living.length : config.heads, feedForward: kept };
  });
  const pooler = heading.tagging || heading.words ? null : prunePooler(cut, config, isByLayer);
  return {
    tensors: cut.all,
    config: isByLayer ? { ...config, perLayer } : { ...config, feedForward: widest },
    removal: {
      ...{ layers: removedOf(layers, config, perLayer), pooler },
      deadHeads: deadHeadsOf(layers),
      nearest: {
        head: nearestOf(layers, "heads", depth * config.hiddenSize),
        neuron: nearestOf(layers, "neurons", config.hiddenSize),
      },
      remaining: remainingOf(cut, layers, depth),
    },
  };
}

/** Throws an InputError for designs that have no place for what a dead part still adds, or no sizes of their own for a part. */
function refuseUnpruned(config: ModelConfig): void {
  const { isGated, keyHeads, heads, biased, relative } = config;
  const kinds = ["Q", "K", "V", "AO", "I", "O"] as const;
  const why = isGated
    ? "its feed-forward network is gated"
    : keyHeads !== heads
      ? "its heads share keys and values"
      : relative
        ? "its heads have biases of their own by distance"
        : kinds.every((kind) => biased.includes(kind))
          ? undefined
          : "its layers have no biases";
  if (why)
    throw new InputError(`heads and neurons cannot be removed from this model, because ${why}`, {}, "export it whole");
}

const zeros = (count: number) => new Array<number>(Math.max(0, count)).fill(ZEROS);

/** The indices of the parts that are alive, or of those that are dead. */
const indicesOf = (alive: readonly number[], isAlive: boolean) =>
  [...alive.keys()].filter((part) => alive[part]! > 0 === isAlive);

/** Removes the dead neurons between two modules, but keeps at least `least` neurons, some of zeros. Returns how many are left. */
function pruneNeurons(
  cut: CutTensors,
  [before, after]: readonly [string, string],
  alive: readonly number[],
  activation: Activation | PoolerActivation,
  least: number,
): number {
  const bias = cut.bias(before);
  cut.fold(after, indicesOf(alive, false), (neuron) => VALUES[activation](bias[neuron]!));
  const living = indicesOf(alive, true);
  const kept = [...living, ...zeros(least - living.length)];
  cut.keepRows(before, kept);
  cut.keepColumns(after, kept);
  return kept.length;
}

function prunePooler(cut: CutTensors, config: ModelConfig, isByLayer: boolean): Removed {
  const { names, poolerActivation } = familyOf(config);
  const { P, T } = names.sequence;
  if (!P) return { of: 0, dead: 0, removed: 0 };
  const alive = aliveBy(linesOf(cut.weight(P)).rows, linesOf(cut.weight(T)).columns, 1);
  const dead = indicesOf(alive, false).length;
  const left = isByLayer ? pruneNeurons(cut, [P, T], alive, poolerActivation, 1) : alive.length;
  return { of: alive.length, dead, removed: alive.length - left };
}

function layerOf(cut: CutTensors, config: ModelConfig, layer: number): Layer {
  const { matrices } = namesOf(config);
  const of = <T>(value: (kind: PrunedKind) => T): Record<PrunedKind, T> => ({
    ...{ Q: value("Q"), K: value("K"), V: value("V") },
    ...{ AO: value("AO"), I: value("I"), O: value("O") },
  });
  const modules = of((kind) => matrices[kind]!(layer));
  const lines = of((kind) => linesOf(cut.weight(modules[kind])));
  const { Q, K, V, AO, I, O } = lines;
  return {
    ...{ modules, lines },
    heads: aliveBy(V.rows, AO.columns, config.headSize),
    neurons: aliveBy(I.rows, O.columns, 1),
    // Where keys also meet distances, a key that is the same for all tokens still adds something else at each distance.
    deadLogits: config.disentangled ? [] : deadLogits(Q.rows, K.rows, cut.bias(modules.Q)),
  };
}

function removedOf(layers: readonly Layer[], config: ModelConfig, left: readonly LayerSizes[]): LayerRemoved[] {
  const removed = (alive: readonly number[], of: number, left: number): Removed => ({
    ...{ of, dead: indicesOf(alive, false).length, removed: of - left },
  });
  return layers.map(({ heads, neurons }, layer) => ({
    layer,
    heads: removed(heads, config.heads, left[layer]!.heads),
    neurons: removed(neurons, config.feedForward, left[layer]!.feedForward),
  }));
}

function deadHeadsOf(layers: readonly Layer[]): Removal["deadHeads"] {
  const dead = layers.map(({ heads }, layer) => [layer, indicesOf(heads, false)] as const);
  return Object.fromEntries(dead.filter(([, heads]) => heads.length));
}

/** The part that is alive by the fewest of its `of` weights; null if one is dead. */
function nearestOf(layers: readonly Layer[], parts: "heads" | "neurons", of: number): Nearest | null {
  const all = layers.flatMap((own, layer) => own[parts].map((weights, index) => ({ layer, index, weights, of })));
  const nearest = all.reduce((least, part) => (part.weights < least.weights ? part : least));
  return nearest.weights ? nearest : null;
}

/** What is left in the model after the cut. */
function remainingOf(cut: CutTensors, layers: readonly Layer[], depth: number): Remaining {
  const remaining = { logits: 0, values: 0, rows: 0, columns: 0 };
  const count = (values: Uint32Array, isDead: (value: number, i: number) => boolean) => values.filter(isDead).length;
  const isZero = (value: number) => value === 0;
  for (const { modules, lines, heads, neurons, deadLogits } of layers) {
    const { V, AO } = lines; // of living heads, which nothing was cut from
    const left = (kind: PrunedKind) => linesOf(cut.weight(modules[kind]));
    const isInLiving = (dimension: number) => heads[Math.floor(dimension / depth)]! > 0;
    remaining.logits += deadLogits.filter(isInLiving).length;
    remaining.values += count(V.rows, (weights, i) => isInLiving(i) && (!weights || !AO.columns[i]));
    if (heads.some(Boolean)) {
      remaining.rows += count(left("AO").rows, isZero);
      for (const kind of ["Q", "K", "V"] as const) remaining.columns += count(left(kind).columns, isZero);
    }
    if (neurons.some(Boolean)) {
      remaining.rows += count(left("O").rows, isZero);
      remaining.columns += count(left("I").columns, isZero);
    }
  }
  return remaining;
}
