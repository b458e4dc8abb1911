// How far linear attention is from attention by softmax, as graphs: per layer and head, and as the loss of the steps that train only
// the maps of features.

import { backward } from "../../graph/backward.ts";
import { add, concat, exp, log, mul, reduceSum, reshape, sub } from "../../graph/functions.ts";
import { Graph, type Value } from "../../graph/graph.ts";
import { mapTensors } from "../../model/additions/linear-attention.ts";
import type { Compared } from "../../model/attention.ts";
import { decode, sourceOf } from "../../model/decoder.ts";
import { encode } from "../../model/encoder.ts";
import type { Parameters } from "../../model/layers.ts";
import type { Values } from "../../runtime/session.ts";
import { tokensOf } from "../graphs/logits.ts";
import { GraphParameters } from "../graphs/parameters.ts";
import { type BatchShape, type Head, type Plan, shapeName, varied } from "../graphs/plan.ts";
import { REPORT, type StepGraph, update } from "../graphs/step.ts";

/**
 * What is added to weights before their logarithm: a weight that is far smaller changes nothing in float32, and a token that softmax reads
 * but linear attention does not costs at most −log of this, 13.8 nats.
 */
const SMALLEST = 1e-6;

/** The inputs of the weight of each token in a mean over tokens, 0 for padding: [B, T], of a decoder [B, S]. */
export const WEIGHTS = { own: "tokenWeights", decoder: "decoderTokenWeights" } as const;

/** The output of a layer's divergences. */
const PREFIX = "divergence.";

const keep = (x: Value) => x;

/**
 * Σ weights ⊙ KL(softmax ‖ linear) over tokens for each head [heads], by layer; of a layer that is computed several times, the mean
 * over these. Each layer reads the hidden states that softmax computes, without dropout. Layers without heads are left out.
 */
function divergences(
  graph: Graph,
  { config }: Pick<Head, "config">,
  parameters: Parameters,
  shape: BatchShape,
): ReadonlyMap<number, Value> {
  const found = new Map<number, Value[]>();
  const adding =
    (weights: Value) =>
    ({ layer, logs, linear }: Compared): void => {
      const [rows, , tokens] = logs.type.shape as [number, number, number, number];
      const each = reduceSum(mul(exp(logs), sub(logs, log(add(linear, SMALLEST)))), [3]); // (B, heads, T)
      const own = reduceSum(mul(each, reshape(weights, [rows, 1, tokens])), [0, 2]);
      found.set(layer, [...(found.get(layer) ?? []), own]);
    };
  const means = () => new Map([...found].map(([layer, each]) => [layer, meanOf(each)]));
  const input = (name: string, length: number) => graph.input(name, { dtype: "float32", shape: [shape.size, length] });
  const tokens = tokensOf(graph, { config }, parameters, shape);
  const own = adding(input(WEIGHTS.own, shape.length));
  const hidden = encode(config, parameters, tokens, { read: "all", dropout: keep, onWeights: own }).at(-1)!;
  if (!tokens.decoder) return means();
  const source = sourceOf(config, parameters, hidden, tokens.attention);
  const onWeights = adding(input(WEIGHTS.decoder, shape.decoderLength!));
  decode(config, parameters, tokens.decoder, { source, dropout: keep, onWeights });
  return means();
}

const meanOf = (values: readonly Value[]): Value =>
  values.length === 1 ? values[0]! : mul(values.reduce(add), 1 / values.length);

/** Outputs for each layer the divergences of its heads [heads], summed over tokens with their weights; see `divergencesIn`. */
export function addDivergences(graph: Graph, plan: Head, parameters: Parameters, shape: BatchShape): void {
  for (const [layer, each] of divergences(graph, plan, parameters, shape)) graph.output(`${PREFIX}${layer}`, each);
}

/** The divergences of heads, by layer, in the outputs of a graph. */
export function divergencesIn(outputs: Values): ReadonlyMap<number, Float32Array> {
  const layers = Object.entries(outputs).filter(([name]) => name.startsWith(PREFIX));
  return new Map(layers.map(([name, { data }]) => [Number(name.slice(PREFIX.length)), data as Float32Array]));
}

/**
 * A step of Adam on the maps of features alone, over pretrained weights without masks. The loss is the mean of KL(softmax ‖ linear) over
 * heads and tokens; it differs from the cross entropy of Zhang et al. 2024 by the entropy of softmax's weights, so that gradients
 * are the same.
 */
export function transferGraph(plan: Plan, shape: BatchShape): StepGraph {
  const { config, block } = plan;
  const maps = new Set(mapTensors(config, config.additions!.linearAttention!).map(({ name }) => name));
  const alone: Plan = {
    ...{ ...plan, steered: false, apart: false, penalty: undefined, average: undefined },
    treatment: (name) => (maps.has(name) ? "trained" : "frozen"),
  };
  const graph = new Graph(`transfer ${shapeName(shape)}`, undefined, block);
  const parameters = new GraphParameters(graph, alone);
  const all = concat([...divergences(graph, alone, parameters, shape).values()], 0);
  const loss = mul(reduceSum(all, [0]), 1 / all.type.shape[0]!);
  const groups = [...parameters.groups.values()];
  const learning = groups.filter(({ treatment }) => treatment === "trained");
  update(graph, alone, learning, backward(graph, loss, learning.map(varied)));
  graph.output(REPORT, reshape(loss, [1]));
  return { graph, groups, windows: [] };
}
