// The initial values of the tensors that an adaptation adds to its base model.

import { addedTensors } from "../model/additions/additions.ts";
import type { AddedTensor, Additions } from "../model/additions/kinds.ts";
import type { ModelConfig } from "../model/config.ts";
import { sizeOf } from "../tensor.ts";
import { normalTensor } from "./stored-classifier.ts";

/** The added tensors at the start of a run, by name, from the run's seed. */
export function startOfAdditions(
  config: ModelConfig,
  additions: Additions | undefined,
  seed: number,
): Map<string, Float32Array> {
  return new Map(addedTensors(config, additions).map((tensor) => [tensor.name, startOf(tensor, seed)]));
}

/** The identity has ones where row and column are equal, in every matrix of the last two dimensions. */
function startOf({ name, shape, start }: AddedTensor, seed: number): Float32Array {
  if (start !== "identity" && "deviation" in start) return normalTensor(seed, name, shape, start.deviation);
  const values = new Float32Array(sizeOf(shape));
  if (start !== "identity") return values.fill(start.value);
  const [rows, columns] = shape.slice(-2) as [number, number];
  return values.map((_, i) => (Math.floor(i / columns) % rows === i % columns ? 1 : 0));
}
