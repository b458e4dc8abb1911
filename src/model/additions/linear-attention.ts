// Linear attention: a token reads others by products of features, φ(q)·φ(k), divided by their sum, instead of by softmax(q·k). Sums
// over tokens then do not depend on the query, so that a decoder is a recurrence whose state does not grow with the text
// (Katharopoulos et al. 2020, arXiv 2006.16236). Each head's φ has a linear layer, which is trained.

import type { LinearAttention } from "../../anatomy/additions.ts";
import { InputError } from "../../errors.ts";
import {
  add,
  concat,
  div,
  less,
  matmul,
  mul,
  neg,
  reduceSum,
  relu,
  reshape,
  softmax,
  transpose,
  where,
} from "../../graph/functions.ts";
import type { Value } from "../../graph/graph.ts";
import type { ModelConfig } from "../config.ts";
import type { Parameters } from "../layers.ts";
import type { AddedTensor } from "./kinds.ts";

/** Whose features are computed. */
export type Side = "queries" | "keys";

interface FeatureMap {
  /** Features per row of the linear layer. */
  readonly signs: 1 | 2;
  /** Whether queries and keys have one linear layer. */
  readonly isShared: boolean;
  /** What queries are multiplied by before it. */
  scale(headSize: number): number;
  /** The standard deviation of new weights and biases; undefined: weights are the identity, biases 0. */
  deviation?(headSize: number): number;
  /** Features [heads, rows, features] of the linear layer's outputs [heads, rows, size]. */
  features(x: Value): Value;
  /** The least that products are divided by. */
  readonly least: number;
}

const MAPS: Record<LinearAttention["map"], FeatureMap> = {
  /**
   * [softmax(Wx + b), softmax(−Wx − b)], with a map of its own for queries and for keys (Zhang et al. 2024, arXiv 2402.04347, with the
   * softmax over features that its authors use against overflow).
   */
  softmax: {
    signs: 2,
    isShared: false,
    scale: () => 1,
    features: (x) => concat([softmax(x), softmax(neg(x))], 2),
    least: 1e-6,
  },
  /**
   * ReLU(Wx + b), shared by queries and keys, of q / √headSize and of k (Kasai et al. 2021, arXiv 2103.13076). The start, with the
   * variance of PyTorch's linear layers, and the least divisor are those of the authors' code.
   */
  relu: {
    signs: 1,
    isShared: true,
    scale: (headSize) => 1 / Math.sqrt(headSize),
    deviation: (headSize) => 1 / Math.sqrt(3 * headSize),
    features: relu,
    least: 1e-2,
  },
};

/** Throws an InputError if features cannot stand for the model's attention. */
export function checkLinear({ relative, disentangled, windows }: ModelConfig): void {
  const reason =
    (relative && "the model adds a bias to the logits of attention by the distance of two tokens") ||
    (disentangled && "the model's attention also depends on the distance of two tokens") ||
    (windows?.some((window) => window !== null) && "some layers of the model read only the tokens within a window");
  if (!reason) return;
  throw new InputError(
    `${reason}, which products of features of single tokens cannot`,
    { at: "linearAttention" },
    "use a model with absolute or rotary positions and no windows, or omit linear attention",
  );
}

const moduleOf = (layer: number, { isShared }: FeatureMap, side: Side) =>
  isShared ? `featureMap.${layer}` : `featureMap.${layer}.${side}`;

/** The number of features of each head. */
export function featuresOf(
  { headSize }: Pick<ModelConfig, "headSize">,
  { map, size = headSize }: LinearAttention,
): number {
  return MAPS[map].signs * size;
}

/** The maps' tensors: in each layer weights [heads, size, headSize] and biases [heads, 1, size], for each side that has its own. */
export function mapTensors(
  { layers, heads, perLayer, headSize }: ModelConfig,
  { map, size = headSize }: LinearAttention,
): AddedTensor[] {
  const one = MAPS[map];
  const deviation = one.deviation?.(headSize);
  const start = deviation === undefined ? undefined : { deviation };
  return Array.from({ length: layers }, (_, layer) => {
    const own = perLayer?.[layer]?.heads ?? heads;
    const sides: readonly Side[] = own ? (one.isShared ? ["queries"] : ["queries", "keys"]) : [];
    return sides.flatMap((side): AddedTensor[] => {
      const module = moduleOf(layer, one, side);
      return [
        { name: `${module}.weight`, shape: [own, size, headSize], start: start ?? "identity" },
        { name: `${module}.bias`, shape: [own, 1, size], start: start ?? { value: 0 } },
      ];
    });
  }).flat();
}

/** The features [B, heads, T, features] of queries or keys [T, B, heads, headSize]. */
export function featured(
  { map }: LinearAttention,
  parameters: Parameters,
  x: Value,
  { layer, side }: { readonly layer: number; readonly side: Side },
): Value {
  const one = MAPS[map];
  const [tokens, rows, heads, headSize] = x.type.shape as [number, number, number, number];
  const module = moduleOf(layer, one, side);
  const products = matmul(reshape(x, [tokens * rows, heads, headSize]), parameters.tensor(`${module}.weight`), {
    ...{ transBatchA: true, transB: true, alpha: side === "queries" ? one.scale(headSize) : 1 },
  }); // (heads, T·B, size)
  const features = one.features(add(products, parameters.tensor(`${module}.bias`)));
  return transpose(reshape(features, [heads, tokens, rows, features.type.shape[2]!]), [2, 0, 1, 3]);
}

const atLeast = (x: Value, least: number): Value => where(less(x, least), least, x);

/**
 * The weights [B, heads, asked, T] by which queries read keys, of both's features [B, heads, asked or T, features]; `visible`, broadcast
 * to the weights' shape, is 1 for a key that a query reads and 0 for others, whose weights are exactly 0.
 */
export function linearWeights({ map }: LinearAttention, queries: Value, keys: Value, visible: Value): Value {
  const products = mul(matmul(queries, keys, { transB: true }), visible);
  return div(products, atLeast(reduceSum(products, [3], true), MAPS[map].least));
}

/** What a decoder remembers of the tokens that it has read, however many they are. */
export interface Remembered {
  /** Σ φ(k), [B, heads, features]. */
  readonly keys: Value;
  /** Σ φ(k)·vᵀ, [B, heads, features, headSize]. */
  readonly values: Value;
}

/**
 * What is remembered of tokens with these features of keys [B, heads, T, features] and values [T, B, heads, headSize], and of those
 * before them. `attention` [B, T] is 1 for a token and 0 for padding; undefined: there is no padding.
 */
export function remembered(
  features: Value,
  values: Value,
  { attention, past }: { readonly attention?: Value | undefined; readonly past?: Remembered | undefined },
): Remembered {
  const [rows, , length] = features.type.shape as [number, number, number, number];
  const real = attention ? mul(features, reshape(attention, [rows, 1, length, 1])) : features;
  const keys = reduceSum(real, [2]);
  const own = matmul(real, values, { transA: true, transBatchB: true });
  return past ? { keys: add(past.keys, keys), values: add(past.values, own) } : { keys, values: own };
}

/** What queries with these features [B, heads, asked, features] read of what is remembered: [B, heads, asked, headSize]. */
export function recalled({ map }: LinearAttention, queries: Value, { keys, values }: Remembered): Value {
  const sums = matmul(queries, reshape(keys, [...keys.type.shape, 1]));
  return div(matmul(queries, values), atLeast(sums, MAPS[map].least));
}
