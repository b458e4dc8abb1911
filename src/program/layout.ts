// The tensors of a model for a task, ordered so that tensors used together in a fused product are adjacent.

import { addedTensors } from "../model/additions/additions.ts";
import type { ModelConfig } from "../model/config.ts";
import { headTensors, modelTensors } from "../model/tensors.ts";
import { type ClassifierShape, headingOf } from "../recipe/recipe.ts";
import type { NamedShape } from "./store.ts";

export function layout(config: ModelConfig, shape: ClassifierShape): NamedShape[] {
  return [...modelTensors(config), ...addedTensors(config, shape.additions), ...headTensors(config, headingOf(shape))];
}
