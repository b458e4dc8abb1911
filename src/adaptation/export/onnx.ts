// An adaptation as one ONNX file: the masks are applied to the stored weights, so any ONNX runtime gives the adaptation's
// predictions. Inputs and outputs are named as in the Hub's ONNX models.

import { CHOICES } from "../../data/examples.ts";
import { cast, reshape, transpose } from "../../graph/functions.ts";
import { Graph, type Value } from "../../graph/graph.ts";
import { classifyRows, classifyTokens } from "../../model/classifiers.ts";
import type { ModelConfig } from "../../model/config.ts";
import { encode } from "../../model/encoder.ts";
import type { Parameters } from "../../model/layers.ts";
import { type ClassifierShape, readOf } from "../../recipe/recipe.ts";
import { float32, type Tensor } from "../../tensor.ts";

/** A protobuf message is limited to 2 GiB, of which this leaves 1 MiB for everything besides the weights. */
const LARGEST = 2 ** 31 - 2 ** 20;

export interface OnnxModel extends Omit<ClassifierShape, "labels"> {
  readonly config: ModelConfig;
  /** Tokens per sequence; shorter sequences are padded to this length. */
  readonly length: number;
  /** The weights to compute with, by tensor name. */
  readonly weights: ReadonlyMap<string, Tensor<"float32">>;
}

/** Whether a model with weights of `bytes` as float32 fits in one ONNX file. */
export const fitsOnnx = (bytes: number) => bytes < LARGEST;

/**
 * A graph for one example: inputs input_ids, attention_mask and, if the model has segments,
 * token_type_ids, each int64 [1, length] ([4, length] for a choice task); output logits [1, labels], [1, 4] or, for
 * tagging, [1, length, labels].
 */
export function onnxGraph({ config, classifier, pooling, words, length, weights }: OnnxModel): Graph {
  const graph = new Graph("masked model");
  const rows = classifier === "choice" ? CHOICES : 1;
  const input = (name: string) => graph.input(name, { dtype: "int64", shape: [rows, length] });
  const ids = transpose(input("input_ids"), [1, 0]);
  const attention = cast(input("attention_mask"), "float32");
  const typeIds = config.typeVocabSize ? transpose(input("token_type_ids"), [1, 0]) : undefined;
  const parameters = constants(graph, weights);
  const keep = (x: Value) => x;
  const hidden = encode(
    config,
    parameters,
    { ids, typeIds, attention },
    { read: readOf({ classifier, pooling, words }, config), dropout: keep },
  ).at(-1)!;
  if (classifier === "token") {
    const logits = classifyTokens(config, parameters, hidden, keep);
    // With a single example, time-major and batch-major order are the same.
    graph.output("logits", reshape(logits, [1, ...logits.type.shape]));
  } else {
    const logits = classifyRows(config, parameters, hidden, { words, dropout: keep });
    graph.output("logits", classifier === "choice" ? reshape(logits, [1, CHOICES]) : logits);
  }
  return graph;
}

/** Parameters as constants of the graph; those that are requested together become a single constant. */
function constants(graph: Graph, weights: ReadonlyMap<string, Tensor<"float32">>): Parameters {
  const made = new Map<string, Value>();
  const stacked = (names: readonly string[]): Value => {
    const key = names.join("+");
    const known = made.get(key);
    if (known) return known;
    const tensors = names.map((name) => weights.get(name)!);
    const value = graph.constant(tensors.length === 1 ? tensors[0]! : stack(tensors), key);
    made.set(key, value);
    return value;
  };
  return {
    weight: (modules) => stacked(modules.map((module) => `${module}.weight`)),
    bias: (modules) => stacked(modules.map((module) => `${module}.bias`)),
    tensor: (name) => stacked([name]),
  };
}

/** Tensors concatenated along the first axis: [Σ rows, …]. */
function stack(tensors: readonly Tensor<"float32">[]): Tensor<"float32"> {
  const data = new Float32Array(tensors.reduce((sum, tensor) => sum + tensor.data.length, 0));
  let at = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, at);
    at += tensor.data.length;
  }
  const rows = tensors.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return float32([rows, ...tensors[0]!.shape.slice(1)], data);
}
