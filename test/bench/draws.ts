// npm run bench draws [--keep]: times the random words, initial scores and initial masks of a whole BERT-base mask, on
// one core.

import { initialMask, initialScores } from "../../src/mask/initial.ts";
import type { InitialRecipe } from "../../src/mask/metadata.ts";
import { fillWords } from "../../src/philox.ts";
import { besideKept } from "./kept.ts";

/** The number of weights in a default mask of BERT-base with two labels: layers 2 to 11, pooler and classifier. */
const WEIGHTS = 71_370_240;
const [ROWS, COLUMNS] = [3072, 768];
const GOAL = 1000;

const recipe: InitialRecipe = {
  ...{ generator: "philox4x32-10", kind: "uniform", maskSeed: 1, threshold: 0.01, sparsity: 0.05 },
  ...{ low: -0.02, high: 0.58 },
};

/** Milliseconds that `make` takes for this many weights, matrix by matrix. */
function timed(make: (name: string) => void): number {
  make("warm");
  const matrices = Math.ceil(WEIGHTS / (ROWS * COLUMNS));
  const start = performance.now();
  for (let matrix = 0; matrix < matrices; matrix++) make(`matrix.${matrix}`);
  return ((performance.now() - start) * WEIGHTS) / (matrices * ROWS * COLUMNS);
}

export async function benchDraws(): Promise<void> {
  const words = new Uint32Array(ROWS * COLUMNS);
  const results = {
    draws: timed((name) => fillWords(words, 1, name.length)),
    "initial scores": timed((name) => void initialScores(recipe, name, ROWS, COLUMNS)),
    "initial masks": timed((name) => void initialMask(recipe, name, ROWS, COLUMNS)),
  };
  console.log(`of ${WEIGHTS.toLocaleString("en")} weights:\n${besideKept("draws", "ms", results).join("\n")}`);
  console.log(`goal: draws in at most ${GOAL} ms`);
}
