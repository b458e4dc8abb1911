// The tensors of a model before any training.

import { newTensor } from "../../program/stored-classifier.ts";
import { type Shape, sizeOf } from "../../tensor.ts";

/** A tensor from the random stream `stream`, which ends with the tensor's name: normal weights, biases 0, weights of normalizations 1. */
export function drawnTensor(seed: number, stream: string, shape: Shape, deviation?: number): Float32Array {
  const isNorm = shape.length === 1 && stream.endsWith(".weight");
  return isNorm ? new Float32Array(sizeOf(shape)).fill(1) : newTensor(seed, stream, shape, deviation);
}
