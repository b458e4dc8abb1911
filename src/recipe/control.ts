// A control: a run on permuted training labels, so that its mask depends on the task's data but not on the task.

import type { Example, ExampleOf, LabelledExample, LabelledKind, TaskKind } from "../data/examples.ts";
import { Random } from "../data/random.ts";
import { InputError } from "../errors.ts";

/** Reads an example's labels as a list, and replaces them with another list. */
interface Labelled<R extends LabelledExample> {
  of(row: R): readonly number[];
  with(row: R, labels: readonly number[]): R;
}

const one = { of: ({ label }: { readonly label: number }) => [label] };
const LABELLED: { readonly [K in LabelledKind]: Labelled<ExampleOf[K]> } = {
  sentence: { ...one, with: (row, [label]) => ({ ...row, label: label! }) },
  pair: { ...one, with: (row, [label]) => ({ ...row, label: label! }) },
  choice: { ...one, with: (row, [label]) => ({ ...row, label: label! }) },
  tagging: { of: ({ tags }) => tags, with: (row, tags) => ({ ...row, tags }) },
  document: { of: ({ labels }) => labels, with: (row, labels) => ({ ...row, labels }) },
};

/**
 * The examples with their labels permuted by the seed; the frequency of each label does not change. Tagging tasks
 * permute labels across all words, document tasks across all sentences, because lists of labels differ in length.
 * Generation tasks permute the targets. Throws an InputError for a language task, which has nothing to permute.
 */
export function permuteLabels(kind: TaskKind, rows: readonly Example[], seed: number): readonly Example[] {
  if (kind === "language")
    throw new InputError(
      "a language task has no labels or targets to permute",
      { at: "permuteLabels" },
      "omit this option",
    );
  if (kind !== "generation") return withPermuted(kind, rows as LabelledExample[], seed);
  const sources = rows as readonly ExampleOf["generation"][];
  const targets = sources.map(({ target }) => target);
  new Random(seed, "permuted labels").shuffle(targets);
  return sources.map((row, i) => ({ ...row, target: targets[i]! }));
}

function withPermuted<K extends LabelledKind>(
  kind: K,
  rows: readonly ExampleOf[K][],
  seed: number,
): readonly ExampleOf[K][] {
  const labelled = LABELLED[kind] as Labelled<ExampleOf[K]>;
  const labels = rows.flatMap((row) => labelled.of(row));
  new Random(seed, "permuted labels").shuffle(labels);
  let next = 0;
  return rows.map((row) => {
    const { length } = labelled.of(row);
    next += length;
    return labelled.with(row, labels.slice(next - length, next));
  });
}
