// Batches as the graphs take them, time-major, and what they give back row by row.

import type { Batch } from "../data/batches.ts";
import type { Values } from "../graph/session.ts";
import { float32, type Tensor } from "../tensor.ts";
import type { ClassifierShape } from "./recipe.ts";

/** The tokens of a batch: "ids" and "typeIds" [length, rows], "attention" [rows, length]; choices are rows of their own. */
export function tokenFeeds({ size, choices, length, ids, typeIds, attention }: Batch): Values {
  const rows = size * choices;
  const swap = (from: BigInt64Array): Tensor => {
    const data = new BigInt64Array(from.length);
    for (let b = 0; b < rows; b++) for (let t = 0; t < length; t++) data[t * rows + b] = from[b * length + t]!;
    return { dtype: "int64", shape: [length, rows], data };
  };
  return { ids: swap(ids), typeIds: swap(typeIds), attention: float32([rows, length], attention) };
}

/** Logits of tokens [length · size, labels], time-major, as [size · length, labels]. */
export function rowMajor(data: Float32Array, { size, length }: Batch, labels: number): Float32Array {
  const rows = new Float32Array(data.length);
  for (let b = 0; b < size; b++)
    for (let t = 0; t < length; t++)
      rows.set(data.subarray((t * size + b) * labels, (t * size + b + 1) * labels), (b * length + t) * labels);
  return rows;
}

/** A batch to train on: its tokens, and its targets one-hot and weighted. */
export function batchFeeds(batch: Batch, { classifier, labels }: ClassifierShape, weight: number): Values {
  const { size, choices, length, targets } = batch;
  const width = classifier === "choice" ? choices : labels;
  // Words come row by row; the logits lie time-major.
  const placeOf = (i: number) => (classifier === "token" ? (i % length) * size + Math.floor(i / length) : i);
  return { ...tokenFeeds(batch), targets: oneHot(targets, width, weight, placeOf) };
}

/** Class numbers [rows] as `weight` in the class's column; zeros where there is no label. */
export function oneHot(
  targets: BigInt64Array,
  width: number,
  weight: number,
  placeOf = (i: number) => i,
): Tensor<"float32"> {
  const data = new Float32Array(targets.length * width);
  targets.forEach((target, i) => {
    if (target >= 0n) data[placeOf(i) * width + Number(target)] = weight;
  });
  return float32([targets.length, width], data);
}

/** What each row with a label counts, so that the loss is their mean. */
export function weightOf(batches: readonly { readonly targets: BigInt64Array }[]): number {
  return 1 / batches.reduce((sum, { targets }) => sum + targets.filter((target) => target >= 0n).length, 0);
}

/** The same inputs of several steps, each stacked along a new first axis. */
export function stacked(steps: readonly Values[]): Values {
  return Object.fromEntries(
    Object.entries(steps[0]!).map(([name, { dtype, shape, data }]): [string, Tensor] => {
      const Data = data.constructor as new (length: number) => typeof data;
      const all = new Data(data.length * steps.length);
      steps.forEach((step, i) => {
        all.set(step[name]!.data as never, i * data.length);
      });
      return [name, { dtype, shape: [steps.length, ...shape], data: all } as Tensor];
    }),
  );
}
