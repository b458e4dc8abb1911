// Synthetic annotators: each text has a score from 0 to 9, and each annotator says yes to texts from a threshold of their own on, but
// errs at a known rate. The best accuracies with the annotator known (the ceiling) and unknown (the plateau) are computed exactly.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Random } from "../../../../src/data/random.ts";
import { CACHE } from "../../tasks.ts";

const SCORES = 10;
/** One token of the tiny model for each score; a text is only that, so that steps are short. */
const LETTERS = [..."abcdefghij"];

export interface World {
  readonly name: string;
  readonly annotators: number;
  /** The lowest score to which an annotator says yes. */
  readonly threshold: (annotator: number) => number;
  /** How often an annotator errs. */
  readonly noise: number;
  /** Training examples per annotator, with drawn scores. */
  readonly examples: number;
}

export const WORLDS = {
  ten: { name: "ten", annotators: 10, threshold: (annotator) => annotator, noise: 0.1, examples: 400 },
  // Half of them are strict and half lenient, so that few examples of each annotator tell which.
  many: {
    ...{ name: "many", annotators: 10_000, noise: 0.05, examples: 8 },
    threshold: (annotator) => (annotator % 2 ? 9 : 1),
  },
} as const satisfies Record<string, World>;

/** The best accuracies over all annotators and scores, which are equally frequent. */
export function boundsOf({ annotators, threshold, noise }: World): { ceiling: number; plateau: number } {
  let right = 0;
  for (let score = 0; score < SCORES; score++) {
    let yes = 0;
    for (let annotator = 0; annotator < annotators; annotator++) yes += Number(score >= threshold(annotator));
    right += Math.max(yes, annotators - yes) / annotators / SCORES;
  }
  return { ceiling: 1 - noise, plateau: expectedOf(right, noise) };
}

/** The accuracy on what annotators say, of predictions of which this share is what they would say without errors. */
export const expectedOf = (share: number, noise: number): number => noise + (1 - 2 * noise) * share;

/** Writes the world's examples and a task, with or without the annotators as an attribute. Labels of the test split have no errors. */
export function taskOf(world: World, seed: number, hasAttribute: boolean): string {
  const { name, annotators, threshold, noise, examples } = world;
  const folder = path.resolve(CACHE, "attributes", "data");
  mkdirSync(folder, { recursive: true });
  const random = new Random(seed, `annotators ${name}`);
  const line = (annotator: number, score: number, errs: boolean) =>
    `${LETTERS[score]},${annotator},${score >= threshold(annotator) === errs ? "no" : "yes"}\n`;
  const drawn = (count: number, annotator: (i: number) => number) =>
    Array.from({ length: count }, (_, i) => line(annotator(i), random.below(SCORES), random.uniform() < noise));
  const write = (split: string, lines: readonly string[]) => {
    const file = path.join(folder, `${name}-${seed}-${split}.csv`);
    writeFileSync(file, `text,annotator,label\n${lines.join("")}`);
    return file;
  };
  const files = {
    train: write(
      "train",
      drawn(annotators * examples, (i) => i % annotators),
    ),
    validation: write(
      "validation",
      drawn(2000, () => random.below(annotators)),
    ),
    // Every annotator's opinion of every score; of ten thousand annotators, of one score each, which are equally frequent.
    test: write(
      "test",
      annotators > 1000
        ? Array.from({ length: annotators }, (_, i) => line(i, Math.floor(i / 2) % SCORES, false))
        : Array.from({ length: annotators * SCORES }, (_, i) =>
            line(i % annotators, Math.floor(i / annotators), false),
          ),
    ),
  };
  const file = path.join(folder, `${name}-${seed}-${hasAttribute ? "with" : "without"}.task.json`);
  const task = { kind: "sentence", files, labels: ["no", "yes"] };
  writeFileSync(file, JSON.stringify(hasAttribute ? { ...task, attributes: { annotator: "annotator" } } : task));
  return file;
}
