// The cells of a study: every combination of base model, task, method, grid and seed, in this order. The first varies
// slowest.

import { InputError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { type Method, parseRunOptions, type RunOptions } from "../recipe/options.ts";
import type { StudyPlan } from "./description.ts";

/** The maximum number of cells; 10,000 runs of a minute take a week. */
const MOST_CELLS = 10_000;

/** One combination: a run of the study, before it has a number and a folder. */
export interface Combination {
  /** As written in study.json. */
  readonly model: string;
  readonly task: string;
  readonly method: Method;
  readonly seed: number;
  /** The index of everything but the seed: combinations that differ only in their seeds have the same group. */
  readonly group: number;
  /** Complete, but for the folder: `out` is the study's folder. */
  readonly options: Omit<RunOptions, "out">;
}

/** A combination whose options contradict each other, by its position. */
export interface Contradiction {
  readonly position: number;
  readonly error: InputError;
}

/** Options of trained masks, and of the choice of what is masked. */
const OF_TRAINED = [
  ...([
    "classifier",
    "binarizer",
    "initialMask",
    "scaleFixed",
    "targetSparsity",
    "topK",
    "scoreAverage",
    "scorePenalty",
  ] as const),
];
const OF_CHOICE = ["units", "layers", "kinds", "maskSeed"] as const;

/**
 * Options that a method does not use, alone or under a fixed mask; varying them would train the same thing again under
 * another name.
 */
function unusedBy(method: Method, isMasked: boolean): readonly (keyof RunOptions)[] {
  const tuned = [...OF_TRAINED, "sparsity", "auxiliary", ...(isMasked ? [] : OF_CHOICE)] as const;
  return {
    mask: ["pattern", "fixedMask"] as const,
    "random-mask": ["pattern", "fixedMask", "units", ...OF_TRAINED] as const,
    finetune: ["pattern", ...tuned] as const,
    pattern: ["fixedMask", ...tuned] as const,
  }[method];
}

/**
 * All combinations of a plan, in order, and those whose options contradict each other. Relative paths are relative to
 * `file`. Throws an InputError if there are too many.
 */
export function expand(
  plan: StudyPlan,
  file: string,
): { readonly combinations: readonly (Combination | undefined)[]; readonly contradictions: readonly Contradiction[] } {
  const lists = [plan.models, plan.tasks, plan.methods, ...Object.values(plan.grid), plan.seeds];
  const count = lists.reduce((product, { length }) => product * length, 1);
  if (count > MOST_CELLS)
    throw new InputError(
      `the study has ${count} cells, more than the limit of ${MOST_CELLS}`,
      { file },
      "shorten its lists, or split it into several studies",
    );
  const grids = product(Object.entries(plan.grid));
  const combinations: (Combination | undefined)[] = [];
  const contradictions: Contradiction[] = [];
  let group = 0;
  for (const model of plan.models)
    for (const task of plan.tasks)
      for (const entry of plan.methods)
        for (const varied of grids) {
          for (const seed of plan.seeds) {
            const { method } = entry;
            try {
              const given = { ...plan.options, ...varied, ...checkedOnce(entry, varied, file) };
              checkUsed(method, varied, Boolean(given.fixedMask), file);
              const json = { maskSeed: seed, ...given, seed, model, task, out: "." };
              const { out: _, ...options } = parseRunOptions(json, {
                file,
                called: (key) => placeIn(plan, entry, key),
              });
              combinations.push({ model, task, method, seed, group, options });
            } catch (error) {
              if (!(error instanceof InputError)) throw error;
              contradictions.push({ position: combinations.length, error });
              combinations.push(undefined);
            }
          }
          group++;
        }
  return { combinations, contradictions };
}

/** All combinations of the values of several options; the last option varies fastest. */
function product(lists: readonly (readonly [string, readonly unknown[]])[]): JsonObject[] {
  return lists.reduce<JsonObject[]>(
    (combinations, [key, values]) =>
      combinations.flatMap((combination) => values.map((value) => ({ ...combination, [key]: value }))),
    [{}],
  );
}

function checkUsed(method: Method, varied: JsonObject, isMasked: boolean, file: string): void {
  const keys = unusedBy(method, isMasked);
  const unused = Object.keys(varied).find((key) => keys.includes(key as keyof RunOptions));
  if (unused !== undefined)
    throw new InputError(
      `method ${method} does not use ${unused}, so its cells would all be the same`,
      { file, at: `grid.${unused}` },
      `give ${unused} in the entries of "methods" that use it, or make a study of its own for ${method}`,
    );
}

/** A method's entry. Throws an InputError if an option of it is varied, too. */
function checkedOnce(entry: JsonObject, varied: JsonObject, file: string): JsonObject {
  const twice = Object.keys(entry).find((key) => Object.hasOwn(varied, key));
  if (twice === undefined) return entry;
  throw new InputError(
    `${twice} is in both "grid" and "methods"`,
    { file, at: `methods.${twice}` },
    "keep it in one of the two",
  );
}

/** The key of study.json that gives an option. */
function placeIn({ options, grid }: StudyPlan, entry: JsonObject, key: string): string {
  const [name] = key.split(".");
  if (Object.hasOwn(entry, name!)) return name === "method" ? "methods" : `methods.${key}`;
  if (Object.hasOwn(grid, name!)) return `grid.${key}`;
  return Object.hasOwn(options, name!) ? `options.${key}` : key;
}
