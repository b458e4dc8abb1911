// The length adaptor before frame features: convolutions over time of width 3 and stride 2, each followed by a gated linear unit,
// whose output takes the place of word embeddings (Li et al. 2020, arXiv 2010.12829, and its code, Conv1dAdaptor of fairseq's
// xm_transformer).

import type { LengthAdaptor } from "../../anatomy/additions.ts";
import { concat, mul, reshape, sigmoid, slice, split, transpose } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { type Shape, sizeOf } from "../../tensor.ts";
import type { ModelConfig } from "../config.ts";
import type { Tokens } from "../embeddings.ts";
import { linear, type Parameters } from "../layers.ts";
import type { AddedTensor } from "./kinds.ts";

/** Frames that a convolution reads, and frames from one reading to the next. */
const KERNEL = 3;
const STRIDE = 2;

const moduleOf = (layer: number) => `lengthAdaptor.${layer}`;

/** What the convolutions write: as many values as a word embedding has. */
const widthOf = ({ embeddingSize, hiddenSize }: ModelConfig) => embeddingSize ?? hiddenSize;

/** What it reads, and how many frames become one position of the encoder; undefined without an adaptor. */
export function adaptorOf(option: LengthAdaptor | null | undefined) {
  return option ? { features: option.features, framesPerPosition: STRIDE ** option.layers } : undefined;
}

/** The number of positions that so many frames become. */
export function positionsOf({ layers }: LengthAdaptor, frames: number): number {
  let length = frames;
  for (let layer = 0; layer < layers; layer++) length = Math.ceil(length / STRIDE);
  return length;
}

/**
 * The convolutions' tensors, as linear layers over three frames: weights [2·width, 3·channels], whose columns are the channels of
 * the frame before, of the frame itself, and of the frame after, and biases [2·width]. They start as PyTorch's convolutions do, but
 * with normal values of the same variance, 1 / (3·3·channels).
 */
export function lengthAdaptorTensors(config: ModelConfig, { layers, features }: LengthAdaptor): AddedTensor[] {
  const width = widthOf(config);
  return Array.from({ length: layers }, (_, layer) => {
    const columns = KERNEL * (layer ? width : features);
    return [
      { name: `${moduleOf(layer)}.weight`, shape: [2 * width, columns], start: { deviation: (3 * columns) ** -0.5 } },
      { name: `${moduleOf(layer)}.bias`, shape: [2 * width], start: { value: 0 } },
    ];
  }).flat();
}

/**
 * What the encoder reads of frames [T, B, features], time-major, with attention [B, T], which is 1 for frames and 0 for padding.
 * A sequence has the same result whatever follows it in the batch: padding is 0 before each convolution.
 */
export function framesRead(config: ModelConfig, parameters: Parameters, frames: Value, attention: Value): Tokens {
  const { layers } = config.additions!.lengthAdaptor!;
  const [rows, length] = attention.type.shape as [number, number];
  let x = frames;
  let present = reshape(transpose(attention, [1, 0]), [length, rows, 1]);
  for (let layer = 0; layer < layers; layer++) {
    const [even, odd] = halves(mul(x, present));
    const before = concat([zeros(odd, 1), slice(odd, 0, 0, odd.type.shape[0]! - 1)], 0);
    const read = concat([before, even, odd], 2);
    const [half, , columns] = read.type.shape as [number, number, number];
    const [value, gate] = split(linear(parameters, reshape(read, [half * rows, columns]), moduleOf(layer)), 1, 2);
    x = reshape(mul(value!, sigmoid(gate!)), [half, rows, widthOf(config)]);
    present = halves(present)[0];
  }
  const [read] = x.type.shape as [number];
  // Any ID but that of padding: of RoBERTa, the positions count the others.
  const ids = constant(x.graph, [read, rows], config.padId ? 0n : 1n);
  return {
    ...{ ids, typeIds: config.typeVocabSize ? constant(x.graph, [read, rows], 0n) : undefined, words: x },
    attention: transpose(reshape(present, [read, rows]), [1, 0]),
  };
}

/** The rows of x [T, B, C] with even and with odd numbers, each [⌈T / 2⌉, B, C]; of an odd T, the last odd row is 0. */
function halves(x: Value): [even: Value, odd: Value] {
  const [length, rows, columns] = x.type.shape as [number, number, number];
  const half = Math.ceil(length / STRIDE);
  const whole = length % STRIDE ? concat([x, zeros(x, 1)], 0) : x;
  const pairs = reshape(whole, [half, STRIDE, rows * columns]);
  const [even, odd] = split(pairs, 1, STRIDE).map((part) => reshape(part, [half, rows, columns]));
  return [even!, odd!];
}

const constant = (graph: Graph, shape: Shape, value: bigint): Value =>
  graph.constant({ dtype: "int64", shape, data: new BigInt64Array(sizeOf(shape)).fill(value) });

/** So many rows of zeros, as wide as those of x. */
function zeros({ graph, type }: Value, count: number): Value {
  const shape = [count, ...type.shape.slice(1)];
  return graph.constant({ dtype: "float32", shape, data: new Float32Array(sizeOf(shape)) });
}
