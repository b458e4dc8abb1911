// How close each weight's initial score is to the threshold. A weight's chance of flipping depends on this distance, so
// every expectation is conditional on the initial score: the range of scores is divided into strata of equal width
// (method.md, "What training changed").

import { fillParts, streamOf } from "../philox.ts";
import { initialScores, isByScore, leastKept, needsWeights, type Role, scoreRange } from "./initial.ts";
import type { InitialRecipe } from "./metadata.ts";

export const STRATA = 400;
/** The cell of a weight that starts on is its stratum; the cell of a weight that starts off is its stratum + OFF. */
export const OFF = STRATA;
/** The number of cells; a weight's cell encodes its stratum and whether it starts on. */
export const CELLS = 2 * STRATA;

/** The minimum average number of weights per stratum for meaningful rates. */
export const FEWEST = 50;

/**
 * The number of adjacent strata to merge if rates are fitted on `weights` weights: the smallest divisor of 400 with
 * which each merged stratum has at least FEWEST weights on average. It is 1 for 20,000 weights or more.
 */
export function strataWidth(weights: number): number {
  const most = Math.max(1, weights / FEWEST);
  for (let width = 1; width < STRATA; width++) if (STRATA % width === 0 && STRATA / width <= most) return width;
  return STRATA;
}

/**
 * The cell of each weight; length rows · columns. undefined if the initial scores depend on weights that are not given.
 * For uniform scores the stratum is ⌊400u⌋.
 */
export function initialCells(
  recipe: InitialRecipe,
  { name, rows, columns }: { readonly name: string; readonly rows: number; readonly columns: number },
  role: Role,
  weights?: Float32Array,
): Uint16Array | undefined {
  if (needsWeights(recipe, role) && !weights) return undefined;
  const cells = new Uint16Array(rows * columns);
  if (isByScore(recipe, role)) {
    fillParts(cells, recipe.maskSeed, streamOf(name), STRATA, leastKept(recipe));
    return cells;
  }
  const scores = initialScores(recipe, name, rows, columns, weights, role);
  const [low, high] = scoreRange(recipe);
  const limit = Math.fround(recipe.threshold);
  for (let i = 0; i < cells.length; i++) {
    const stratum = Math.min(STRATA - 1, Math.max(0, Math.floor(((scores[i]! - low) / (high - low)) * STRATA)));
    cells[i] = stratum + (scores[i]! > limit ? 0 : OFF);
  }
  return cells;
}
