// What a run says of its recipe before the first step: what is trained beside a mask, and how a mask is sampled.

import { LOGIT_STEP, sampledShare } from "./initial-range.ts";
import type { RunOptions } from "./options.ts";
import type { Recipe } from "./recipe.ts";

export function recipeNotes(options: RunOptions, recipe: Recipe): string[] {
  return [...classifierNotes(options, recipe), ...bernoulliNotes(options, recipe)];
}

/** T is always trained here; P is where the model has none of its own. */
function classifierNotes({ method, classifier }: RunOptions, { matrices, fixed, trained }: Recipe): string[] {
  if (method !== "random-mask" && !(method === "mask" && classifier === "trained")) return [];
  const modules = [...new Set(trained.map((name) => name.replace(/\.(weight|bias)$/, "")))];
  const what = modules.length > 1 ? "P and T" : "T alone";
  const pooler = [...matrices, ...fixed].find(({ kind }) => kind === "P");
  const rest = pooler ? `; the model's own pooler (${pooler.name}, P) is masked` : "";
  return [`The classifier is trained, not masked: ${modules.join(" and ")} (${what})${rest}.`];
}

function bernoulliNotes({ binarizer }: RunOptions, { matrices, initial }: Recipe): string[] {
  if (binarizer !== "bernoulli" || !matrices.length || !initial) return [];
  const percent = (share: number) => (100 * share).toFixed(1);
  return [
    `The Bernoulli binarizer draws the mask anew at each step, with probability σ(score) that a weight is on, and evaluates score > 0. At the start ${percent(sampledShare(initial))} % of the weights are off when drawn and ${percent(initial.sparsity)} % when evaluated; later figures are those of the evaluated mask.`,
    `Scores of the Bernoulli binarizer are logits, spread ${LOGIT_STEP} times as wide as those of the other binarizers, so each step moves them ${LOGIT_STEP} times the learning rate.`,
  ];
}
