// A run's options, base model and task as options of its program, and the program.

import type { ProgramOptions } from "../../program/planned.ts";
import { Program } from "../../program/program.ts";
import { initialScoresOf } from "../../recipe/recipe.ts";
import { scopeOf } from "../../recipe/top-k.ts";
import { reserve } from "../../runtime/arena.ts";
import type { Room } from "../events.ts";
import type { Prepared } from "../prepare.ts";

export function programOptions({ options, device, recipe, classifier, data }: Prepared): ProgramOptions {
  const { topK } = options;
  return {
    ...recipe,
    initialScores: (matrix, weights) => initialScoresOf(recipe.initial!, matrix, weights),
    pruned: recipe.fixed.map(({ name }) => `${name}.weight`),
    binarizer: options.binarizer,
    scopeOf: topK ? (matrix) => scopeOf(topK, matrix) : undefined,
    scoreAverage: options.scoreAverage,
    scorePenalty: options.scorePenalty,
    own: (name) => classifier.tensors.get(name),
    classWeights: data.classWeights,
    dropout: options.dropout,
    dropoutSeed: options.seed,
    steered: options.targetSparsity !== null,
    apart: options.auxiliary !== null,
    largest: data.largest,
    device,
    precision: device.startsWith("cuda:") ? options.precision : "float32",
  };
}

/** Reads the weights, and takes the memory of the largest step at once. */
export async function programFor(
  prepared: Prepared,
  room: Room,
  more: Pick<ProgramOptions, "distilled" | "signal">,
): Promise<Program> {
  const { base, device } = prepared;
  if (device === "cpu") await reserve(room.step);
  return Program.create(base.config, base.pretrained, { ...programOptions(prepared), ...more });
}
