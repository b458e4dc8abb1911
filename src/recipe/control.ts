// A control: a run on training labels that were permuted, so that its mask has the task's data and nothing of the task.

import type { Example, ExampleOf, TaskKind } from "../data/examples.ts";
import { Random } from "../data/random.ts";

/** Where a row's labels stand: as a list, and put back from one. */
interface Labelled<R extends Example> {
  of(row: R): readonly number[];
  with(row: R, labels: readonly number[]): R;
}

const one = { of: ({ label }: { readonly label: number }) => [label] };
const LABELLED: { readonly [K in TaskKind]: Labelled<ExampleOf[K]> } = {
  sentence: { ...one, with: (row, [label]) => ({ ...row, label: label! }) },
  pair: { ...one, with: (row, [label]) => ({ ...row, label: label! }) },
  choice: { ...one, with: (row, [label]) => ({ ...row, label: label! }) },
  tagging: { of: ({ tags }) => tags, with: (row, tags) => ({ ...row, tags }) },
  document: { of: ({ labels }) => labels, with: (row, labels) => ({ ...row, labels }) },
};

/**
 * The rows with their labels in another order, drawn from the seed: each label stays as frequent as it was. In tagging the
 * labels of all words are permuted, in documents those of all sentences: whole lists fit no other row.
 */
export function permuteLabels<K extends TaskKind>(
  kind: K,
  rows: readonly ExampleOf[K][],
  seed: number,
): ExampleOf[K][] {
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
