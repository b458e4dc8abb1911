// One training step, and evaluation, as graphs: parameters in, loss and updated parameters out.

import { backward } from "../../graph/backward.ts";
import { abs, add, cast, concat, greater, logSoftmax, mul, reduceSum, reshape } from "../../graph/functions.ts";
import { Graph, type Value } from "../../graph/graph.ts";
import { readBy } from "../../graph/order.ts";
import { classifyRows } from "../../model/classifiers.ts";
import { encode } from "../../model/encoder.ts";
import type { Dropout, Parameters } from "../../model/layers.ts";
import { binarizers, sigmoidSlope } from "../../recipe/binarizers.ts";
import { readOf } from "../../recipe/recipe.ts";
import { sizeOf } from "../../tensor.ts";
import { adam, type Chain } from "./adam.ts";
import { languageLoss, logitsOf, tokenLosses, tokensOf } from "./logits.ts";
import { crossEntropy, distilledLoss } from "./loss.ts";
import { dropoutTable, GraphParameters, UNIFORM_TABLE, Windows } from "./parameters.ts";
import {
  averageOf,
  type BatchShape,
  type Group,
  gradientOf,
  isScored,
  keyOf,
  learnt,
  learntShape,
  type Plan,
  shapeName,
  type Treatment,
  varied,
} from "./plan.ts";

/** The evaluation graph, with output "logits", or "losses" of a language model's targets (see `tokenLosses`). */
export function evaluationGraph(plan: Plan, shape: BatchShape): StepGraph {
  const graph = new Graph(`evaluation ${shapeName(shape)}`);
  const parameters = new GraphParameters(graph, plan);
  const keep = (x: Value) => x;
  if (plan.classifier === "language") graph.output("losses", tokenLosses(graph, plan, parameters, shape, keep).losses);
  else graph.output("logits", logitsOf(graph, plan, parameters, shape, keep));
  return { graph, groups: [...parameters.groups.values()], windows: [] };
}

export interface StepGraph {
  readonly graph: Graph;
  readonly groups: readonly Group[];
  /** The output that is written before any state, by which a run is known to be interruptible; see `WITNESS`. */
  readonly witness?: string;
  /** The random windows that the graph reads; the input "start.i" is the index of window i's first element. */
  readonly windows: readonly { readonly table: string; readonly count: number }[];
}

/**
 * Builds the forward pass of a step's graph, from tokens or from precomputed vectors: the loss, and the value on whose gradient all
 * other gradients depend.
 */
type Forward = (
  graph: Graph,
  parameters: Parameters,
  dropout: Dropout,
) => { readonly loss: Value; readonly first: Value };

/**
 * The output of a step that this process reads: the loss (of a step over one batch), then for each masked group, in the order of
 * the groups, how many of its scores exceed the threshold after the step, in `blockShape(…)[0]` parts; not with a moving
 * threshold.
 */
export const REPORT = "report";

/**
 * The output of a step that is written before any state: the gradient of the logits, or of a language model's last hidden states
 * (see `languageLoss`), on which all other gradients depend.
 */
export const WITNESS = "gradient of the logits";

/** The loss of labels, from their logits. */
function labelLoss(graph: Graph, { distilled }: Plan, logits: Value): ReturnType<Forward> {
  const targets = graph.input("targets", { dtype: "float32", shape: logits.type.shape });
  const loss = distilled ? distilledLoss(graph, logits, targets, distilled) : crossEntropy(logSoftmax(logits), targets);
  return { loss, first: logits };
}

const forwardOver =
  (plan: Plan, shape: BatchShape): Forward =>
  (graph, parameters, dropout) => {
    if (plan.classifier === "language") return languageLoss(graph, plan, parameters, shape, dropout);
    return labelLoss(graph, plan, logitsOf(graph, plan, parameters, shape, dropout));
  };

/** The forward pass of a step, which reads its random numbers as windows of tables of this length. */
function forwardIn(graph: Graph, plan: Plan, tableLength: number, forward: Forward) {
  const windows = new Windows(graph, tableLength);
  const dropout: Dropout = (x, configured) => {
    const rate = plan.rate(configured);
    return rate > 0 ? mul(x, reshape(windows.take(dropoutTable(rate), sizeOf(x.type.shape)), x.type.shape)) : x;
  };
  const parameters = new GraphParameters(graph, plan, (count) => windows.take(UNIFORM_TABLE, count));
  return { ...forward(graph, parameters, dropout), parameters, windows: windows.sites };
}

/** The most random numbers that a step reads at one place. */
export function largestWindow(plan: Plan, shape: BatchShape): number {
  const { windows } = forwardIn(new Graph("step"), plan, 0, forwardOver(plan, shape));
  return windows.reduce((most, { count }) => Math.max(most, count), 0);
}

/** The loss, the gradients of all trained groups, in the order of the groups, and first that of the logits. */
function lossAndGradients(graph: Graph, plan: Plan, tableLength: number, forward: Forward) {
  const { loss, first: varying, parameters, windows } = forwardIn(graph, plan, tableLength, forward);
  const groups = [...parameters.groups.values()];
  const learning = groups.filter(({ treatment }) => treatment !== "frozen");
  const forwardNodes = graph.nodes.length;
  const [first, ...grads] = backward(graph, loss, [varying, ...learning.map(varied)]);
  return { graph, loss, groups, learning, grads, first: first!, windows, forwardNodes };
}

/**
 * The tensors of other types than float32 whose widened values the backward pass reads, so that they are in memory from the
 * forward pass on, beside the tensors themselves.
 */
export function heldWide(plan: Plan, shape: BatchShape, tableLength: number): Set<string> {
  const graph = new Graph("step");
  const { groups, forwardNodes } = lossAndGradients(graph, plan, tableLength, forwardOver(plan, shape));
  const read = new Set(graph.nodes.slice(forwardNodes).flatMap(readBy));
  const held = new Set([...read].map(({ node }) => (node?.op === "Cast" ? node.inputs[0] : undefined)));
  const isHeld = ({ input }: Group) => input.type.dtype !== "float32" && held.has(input);
  return new Set(groups.filter(isHeld).flatMap(({ names }) => names));
}

/** A gradient only where the parameter is not 0. */
const NONZERO: Chain = { inputs: [], grad: (raw, x) => mul(raw, cast(greater(abs(x), 0), "float32")) };

/** Adam for each trained group; see `stepGraph` for the outputs. Returns the counts of the report. */
export function update(graph: Graph, plan: Plan, learning: readonly Group[], grads: readonly Value[]): Value[] {
  const scalar = (name: string) => graph.input(name, { dtype: "float32", shape: [] });
  const point = { rate: scalar("rate"), epsilon: scalar("epsilon") };
  const { step } = binarizers[plan.binarizer];
  const isScaled = step !== 1 && learning.some(({ scores }) => scores);
  const scoresPoint = isScaled ? { ...point, rate: mul(point.rate, step) } : point;
  const directPoint =
    plan.apart && learning.some(({ scores }) => !scores) ? { ...point, rate: scalar("directRate") } : point;
  const push = plan.steered ? scalar("push") : undefined;
  const { slope } = binarizers[plan.binarizer];
  const scoreGradient = (mask: Value, scores: Value) => {
    const own = slope(scores, push ? add(mask, push) : mask);
    return plan.penalty ? add(own, mul(sigmoidSlope(scores), plan.penalty)) : own;
  };
  const { threshold, average } = plan;
  return learning.flatMap((group, i) => {
    const { scores, input, treatment } = group;
    const name = learnt(group);
    const weight = treatment === "masked" ? [input] : [];
    const updated = scores
      ? adam(graph, name, grads[i]!, scores, scoresPoint, {
          // ∂loss/∂mask = ∂loss/∂W_eff ⊙ W, then the binarizer's slope and the penalty's (method.md).
          inputs: [...weight, ...(average === undefined ? [] : [graph.input(averageOf(name), scores.type)])],
          grad: (raw, s, inputs) => scoreGradient(weight.length ? mul(raw, cast(inputs[0]!, "float32")) : raw, s),
          also: (next, inputs) => {
            const mean = inputs[weight.length];
            const means = mean ? [add(mul(mean, average!), mul(next, 1 - average!))] : [];
            const counted = means[0] ?? next; // what is evaluated
            const isFixed = threshold !== "moving";
            return [...means, ...(isFixed ? [reduceSum(cast(greater(counted, threshold), "float32"), [-1])] : [])];
          },
        })
      : adam(graph, name, grads[i]!, input, directPoint, treatment === "pruned" ? NONZERO : undefined);
    const results = [name, `first.${name}`, `second.${name}`];
    if (scores && average !== undefined) results.push(averageOf(name));
    results.forEach((result, j) => {
      graph.output(`next.${result}`, updated[j]!);
    });
    return updated.slice(results.length);
  });
}

/**
 * One step: cross entropy −Σ targets ⊙ log softmax(logits), its gradients, and Adam. Targets [rows, labels] are one-hot
 * and weighted (1 / number of labelled rows, 0 for padding). Outputs: for each
 * trained group its new values, named like its inputs with the prefix "next."; `WITNESS`; and `REPORT`.
 */
export function stepGraph(
  plan: Plan,
  shape: BatchShape,
  tableLength: number,
  graph = new Graph(`step ${shapeName(shape)}`, undefined, plan.block),
): StepGraph {
  return stepIn(graph, plan, tableLength, forwardOver(plan, shape));
}

function stepIn(graph: Graph, plan: Plan, tableLength: number, forward: Forward): StepGraph {
  const { loss, groups, learning, grads, first, windows } = lossAndGradients(graph, plan, tableLength, forward);
  graph.output(WITNESS, first);
  const counts = update(graph, plan, learning, grads);
  graph.output(REPORT, concat([reshape(loss, [1]), ...counts], 0));
  return { graph, groups, windows, witness: WITNESS };
}

/**
 * The first half of a step over several batches: "loss" and, for each trained group, "next.grad.NAME", which is the input
 * "grad.NAME" plus this batch's gradient, and may be written over it.
 */
export function gradientGraph(plan: Plan, shape: BatchShape, tableLength: number): StepGraph {
  const graph = new Graph(`gradients ${shapeName(shape)}`, undefined, plan.block);
  const { loss, groups, learning, grads, windows } = lossAndGradients(
    graph,
    plan,
    tableLength,
    forwardOver(plan, shape),
  );
  graph.output("loss", loss);
  learning.forEach((group, i) => {
    const name = gradientOf(group);
    graph.output(`next.${name}`, add(graph.input(name, varied(group).type), grads[i]!));
  });
  return { graph, groups, windows };
}

/** The classifier's input for each row: output "vectors" [size, width], in evaluation mode. */
export function vectorGraph(plan: Plan, shape: BatchShape): StepGraph {
  const graph = new Graph(`vectors ${shapeName(shape)}`);
  const parameters = new GraphParameters(graph, plan);
  const tokens = tokensOf(graph, plan, parameters, shape);
  graph.output(
    "vectors",
    encode(plan.config, parameters, tokens, { read: readOf(plan, plan.config), dropout: (x) => x }).at(-1)!,
  );
  return { graph, groups: [...parameters.groups.values()], windows: [] };
}

/** Logits of rows with precomputed vectors: input "vectors" [size, width]. */
function classifierLogits(
  graph: Graph,
  { config, words }: Plan,
  parameters: Parameters,
  size: number,
  dropout: Dropout,
): Value {
  const vectors = graph.input("vectors", { dtype: "float32", shape: [size, config.hiddenSize] });
  return classifyRows(config, parameters, vectors, { words, dropout });
}

/** Like `stepGraph`, but only for the classifier, over precomputed vectors. */
export function classifierStepGraph(plan: Plan, size: number, tableLength: number): StepGraph {
  const graph = new Graph(`classifier step ${size}`, undefined, plan.block);
  return stepIn(graph, plan, tableLength, (graph, parameters, dropout) =>
    labelLoss(graph, plan, classifierLogits(graph, plan, parameters, size, dropout)),
  );
}

/** Like `evaluationGraph`, but only for the classifier, over precomputed vectors. */
export function classifierGraph(plan: Plan, size: number): StepGraph {
  const graph = new Graph(`classifier ${size}`);
  const parameters = new GraphParameters(graph, plan);
  graph.output(
    "logits",
    classifierLogits(graph, plan, parameters, size, (x) => x),
  );
  return { graph, groups: [...parameters.groups.values()], windows: [] };
}

/** The names of a group's tensors in the graph that updates any group of its shape. */
export const ANY: readonly string[] = ["x"];

/**
 * The second half of a step, for one group: Adam from the group's summed gradient. Inputs and outputs are those of
 * `stepGraph` and "grad.NAME", with `updateName` in place of the group's own name, so that one graph serves all groups with
 * the same shape and treatment. The report has no loss.
 */
export function updateGraph(plan: Plan, given: Group): Graph {
  const { treatment } = given;
  const type = { dtype: "float32", shape: learntShape(given) } as const;
  const graph = new Graph(`update ${treatment} ${type.shape.join("×")}`, undefined, plan.block);
  const name = updateName(treatment);
  const own = graph.input(name, type);
  const input = treatment === "masked" ? graph.input(keyOf(ANY), { ...type, dtype: given.input.type.dtype }) : own;
  const group: Group = { names: ANY, treatment, input, effective: input, ...(isScored(treatment) && { scores: own }) };
  const [counts] = update(graph, plan, [group], [graph.input(`grad.${name}`, type)]);
  if (counts) graph.output(REPORT, counts);
  return graph;
}

export const updateName = (treatment: Treatment) => learnt({ names: ANY, treatment });
