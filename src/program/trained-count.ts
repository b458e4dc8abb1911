// How many parameters a run trains, of how many the model has.

import type { ModelConfig } from "../model/config.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { scoredBy } from "../recipe/units.ts";
import { sizeOf } from "../tensor.ts";
import { layout } from "./layout.ts";

export interface TrainedCount {
  /** Weights that are trained, and the scores of masks. */
  readonly trained: number;
  /** All parameters of the model with its classifier and with what the run adds; scores are none of them. */
  readonly all: number;
}

export function trainedCount(recipe: Recipe, config: ModelConfig): TrainedCount {
  const sizes = new Map(layout(config, recipe).map(({ name, shape }) => [name, sizeOf(shape)]));
  const scores = scoredBy(recipe.matrices, recipe.heads).map((scored) => scored.scores.rows * scored.scores.columns);
  return {
    trained: sum(scores) + sum(recipe.trained.map((name) => sizes.get(name)!)),
    all: sum([...sizes.values()]),
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
