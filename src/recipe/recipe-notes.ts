// Notes on a run's recipe, shown before the first step: what is trained besides a mask, and how a mask is sampled.

import { grouped } from "../numbers.ts";
import { LOGIT_STEP, sampledShare } from "./initial-range.ts";
import type { RunOptions } from "./options.ts";
import type { Recipe } from "./recipe.ts";
import type { TopK } from "./top-k.ts";
import { scoredBy } from "./units.ts";

export function recipeNotes(options: RunOptions, recipe: Recipe): string[] {
  return [
    ...classifierNotes(options, recipe),
    ...auxiliaryNotes(options, recipe),
    ...unitNotes(options, recipe),
    ...fixedNotes(options, recipe),
    ...scoreNotes(options),
    ...linearNotes(options),
    ...bernoulliNotes(options, recipe),
  ];
}

/** With these options, T is always trained, and P only if the model has no pooler. */
function classifierNotes(
  { method, classifier }: RunOptions,
  { matrices, fixed, trained, auxiliary }: Recipe,
): string[] {
  if (method !== "random-mask" && !(method === "mask" && classifier === "trained")) return [];
  const own = trained.filter((name) => !auxiliary.includes(name));
  if (!own.length) return []; // a language model has no classifier
  const modules = [...new Set(own.map((name) => name.replace(/\.(weight|bias)$/, "")))];
  const what = modules.length > 1 ? "P and T" : "only T";
  const pooler = [...matrices, ...fixed].find(({ kind }) => kind === "P");
  const rest = pooler ? `; the model's own pooler (${pooler.name}, P) is masked` : "";
  return [`The classifier is trained, not masked: ${modules.join(" and ")} (${what})${rest}.`];
}

function auxiliaryNotes({ auxiliary }: RunOptions, { auxiliary: names }: Recipe): string[] {
  if (!auxiliary) return [];
  const count = names.length === 1 ? "1 tensor is" : `${names.length} tensors are`;
  return [
    `${count} trained beside the masks and stored in the mask file (auxiliary parameters: ${auxiliary.parameters}), with a learning rate of ${auxiliary.learningRate}.`,
  ];
}

function unitNotes({ units }: RunOptions, { matrices, heads }: Recipe): string[] {
  if (units === "weights" || !matrices.length) return [];
  const scored = scoredBy(matrices, heads).map(({ scores }) => scores);
  const counts = (
    [
      ["AO", "attention heads"],
      ["CAO", "heads of cross attention"],
      ["O", "neurons of the feed-forward networks"],
    ] as const
  ).flatMap(([kind, name]) => {
    const count = scored.reduce((sum, scores) => sum + (scores.kind === kind ? scores.rows : 0), 0);
    return count ? [`${grouped(count)} ${name}`] : [];
  });
  const listed = [counts.slice(0, -1).join(", "), ...counts.slice(-1)].filter(Boolean).join(" and ");
  const kinds = new Set(matrices.map(({ kind }) => kind));
  const isShared = kinds.has("Q") && !kinds.has("K"); // whole heads have all kinds that are their own
  const shared = isShared ? " K and V are left out, because several heads share them." : "";
  return [`Whole units are pruned: ${listed}, each with one score. Sparsity is reported in weights.${shared}`];
}

const wordsOf = (units: RunOptions["units"]) => (units === "weights" ? "weights" : "units");

const percentOf = (share: number) => (100 * share).toFixed(1);

function fixedNotes({ fixedMask, units }: RunOptions, { fixed }: Recipe): string[] {
  if (!fixedMask) return [];
  const { by, sparsity, file } = fixedMask;
  const matrices = fixed.length === 1 ? "1 matrix" : `${fixed.length} matrices`;
  if (by === "file")
    return [
      `What ${file} prunes in ${matrices} stays 0; its classifier and auxiliary parameters are where training starts.`,
    ];
  if (units !== "weights") {
    const which = by === "magnitude" ? "those with the smallest norms" : "drawn at random";
    return [`Of each layer's heads and neurons, ${percentOf(sparsity!)} % are pruned: ${which}. Their weights stay 0.`];
  }
  const which = by === "magnitude" ? "the smallest of each matrix" : "drawn at random in each matrix";
  return [`Of the weights of ${matrices}, ${percentOf(sparsity!)} % are pruned: ${which}. They stay 0.`];
}

const SCOPES: Record<RunOptions["units"], Record<TopK["scope"], string>> = {
  weights: { matrix: "in each matrix", kind: "among all matrices of a kind", model: "among all masked weights" },
  "heads-and-neurons": {
    matrix: "among each layer's heads, and among its neurons",
    kind: "among the heads of all layers, and among their neurons",
    model: "among all heads and neurons together",
  },
};

function scoreNotes({ topK, scoreAverage, scorePenalty, units }: RunOptions): string[] {
  const notes: string[] = [];
  if (topK) {
    const { share, schedule, hold, scope } = topK;
    const end = Number((100 * share).toPrecision(6));
    const falls = `The share of kept ${wordsOf(units)} falls from 100 to ${end} % over the first ${Number((100 * (1 - hold)).toPrecision(6))} % of the steps, and only evaluations after them can be the best`;
    const start = schedule === "cubic" ? falls : `From the first step on, ${end} % of the ${wordsOf(units)} are kept`;
    notes.push(`${start}; the highest scores are chosen ${SCOPES[units][scope]}.`);
  }
  if (scoreAverage)
    notes.push(
      `Evaluations, and the mask that is stored, use a running mean of the scores with decay ${scoreAverage}; sparsity is reported for its mask.`,
    );
  if (scorePenalty)
    notes.push(
      `The loss has ${scorePenalty} times the mean of σ(score) added to it; the loss that is shown is without it.`,
    );
  return notes;
}

function linearNotes({ linearAttention: linear }: RunOptions): string[] {
  if (!linear) return [];
  const { map, transferSteps: steps, transferLearningRate: rate } = linear;
  const first = steps
    ? `For ${grouped(steps)} ${steps === 1 ? "step" : "steps"} before the run (learning rate ${rate}), only its maps are trained, so that they read as softmax does.`
    : "Its maps are not trained against softmax first.";
  return [
    `Self-attention reads by features of queries and keys (linear attention, map ${map}) instead of by softmax. ${first}`,
  ];
}

function bernoulliNotes({ binarizer, units }: RunOptions, { matrices, initial }: Recipe): string[] {
  if (binarizer !== "bernoulli" || !matrices.length || !initial) return [];
  return [
    `At each training step, the Bernoulli binarizer samples a mask, in which a ${wordsOf(units).slice(0, -1)} is on with probability σ(score); in evaluation, a ${wordsOf(units).slice(0, -1)} is on if its score is above 0. Initially, ${percentOf(sampledShare(initial))} % of the ${wordsOf(units)} are off in the sampled mask and ${percentOf(initial.sparsity)} % in the evaluated mask; sparsity is reported for the evaluated mask.`,
    `The scores of the Bernoulli binarizer are logits, whose range is ${LOGIT_STEP} times as wide as the range of other binarizers' scores, so their learning rate is ${LOGIT_STEP} times the configured learning rate.`,
  ];
}
