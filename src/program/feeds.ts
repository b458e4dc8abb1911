// Converts batches to the graphs' time-major inputs, and outputs back to batch-major order.

import type { AttributeBatch, Batch } from "../data/batches.ts";
import type { FramesBatch } from "../data/frames/encode.ts";
import type { ClassifierKind, ClassifierShape } from "../recipe/recipe.ts";
import type { Values } from "../runtime/session.ts";
import { float32, type Tensor } from "../tensor.ts";
import { nextTokenFeeds } from "./next-tokens.ts";

/**
 * The tokens of a batch: "ids" and "typeIds" [length, sequences] or "frames" [length, sequences, features], "attention" [sequences, length],
 * and "decoderIds" [decoder's length, sequences] if there is a decoder's; each choice counts as a sequence. "attributeValues" and
 * "attributeWeights" [sequences, slots] if the model reads attributes.
 */
export function tokenFeeds(batch: Batch): Values {
  const { size, choices, length, ids, typeIds, attention, decoder, attributes, frames } = batch;
  const rows = size * choices;
  const swap = (from: BigInt64Array, length: number): Tensor => {
    const data = new BigInt64Array(from.length);
    for (let b = 0; b < rows; b++) for (let t = 0; t < length; t++) data[t * rows + b] = from[b * length + t]!;
    return { dtype: "int64", shape: [length, rows], data };
  };
  return {
    ...(frames
      ? { frames: framesFirst(frames, rows, length) }
      : { ids: swap(ids, length), typeIds: swap(typeIds, length) }),
    attention: float32([rows, length], attention),
    ...(decoder && { decoderIds: swap(decoder.ids, decoder.length) }),
    ...(attributes && attributeFeeds(attributes, size)),
  };
}

function attributeFeeds({ slots, values, weights }: AttributeBatch, size: number): Values {
  const shape = [size, slots];
  return { attributeValues: { dtype: "int64", shape, data: values }, attributeWeights: float32(shape, weights) };
}

/** Frames [rows, length, features] as [length, rows, features]. */
export function framesFirst({ features, data }: FramesBatch, rows: number, length: number): Tensor<"float32"> {
  const swapped = new Float32Array(data.length);
  for (let b = 0; b < rows; b++)
    for (let t = 0; t < length; t++) {
      const from = (b * length + t) * features;
      swapped.set(data.subarray(from, from + features), (t * rows + b) * features);
    }
  return float32([length, rows, features], swapped);
}

/** Reorders one value per token from batch-major [size · length] to time-major [length · size]. */
export function timeMajor(data: Float32Array, { size, length }: Pick<Batch, "size" | "length">): Float32Array {
  return Float32Array.from(data, (_, i) => data[(i % size) * length + Math.floor(i / size)]!);
}

/** Reorders values of tokens, such as logits, from time-major [length · size, labels] to batch-major [size · length, labels]. */
export function rowMajor(
  data: Float32Array,
  { size, length }: Pick<Batch, "size" | "length">,
  labels: number,
): Float32Array {
  const rows = new Float32Array(data.length);
  for (let b = 0; b < size; b++)
    for (let t = 0; t < length; t++)
      rows.set(data.subarray((t * size + b) * labels, (t * size + b + 1) * labels), (b * length + t) * labels);
  return rows;
}

/** The inputs for a training batch: its tokens, and its targets, one-hot and weighted, or IDs of tokens and their weights. */
export function batchFeeds(
  batch: Batch,
  { classifier, labels }: ClassifierShape,
  weight: (label: number) => number,
): Values {
  const { size, choices, length, targets } = batch;
  if (classifier === "language") return { ...tokenFeeds(batch), ...nextTokenFeeds(batch, weight) };
  const width = classifier === "choice" ? choices : labels;
  return { ...tokenFeeds(batch), targets: oneHot(targets, width, weight, placeOfTarget(classifier, { size, length })) };
}

/** The row of each target's logits: targets of tokens are in batch-major order, their logits in time-major order. */
export function placeOfTarget(
  classifier: ClassifierKind,
  { size, length }: { readonly size: number; readonly length: number },
): (i: number) => number {
  return (i) => (classifier === "token" ? (i % length) * size + Math.floor(i / length) : i);
}

/** Class indices [rows] as one-hot rows, with the class's weight in its column; zeros if there is no label. */
export function oneHot(
  targets: BigInt64Array,
  width: number,
  weight: (label: number) => number,
  placeOf = (i: number) => i,
): Tensor<"float32"> {
  const data = new Float32Array(targets.length * width);
  targets.forEach((target, i) => {
    if (target >= 0n) data[placeOf(i) * width + Number(target)] = weight(Number(target));
  });
  return float32([targets.length, width], data);
}

/**
 * The weight of each label in the loss, which is the mean over labelled rows, Σ wᵧ·loss / Σ wᵧ, as in PyTorch's
 * CrossEntropyLoss with these class weights. Without class weights, each is 1.
 */
export function weightOf(
  batches: readonly { readonly targets: BigInt64Array }[],
  classWeights?: readonly number[],
): (label: number) => number {
  const own = (label: number) => classWeights?.[label] ?? 1;
  let sum = 0;
  for (const { targets } of batches) for (const target of targets) if (target >= 0n) sum += own(Number(target));
  return (label) => own(label) / sum;
}

/**
 * "balanced" class weights, as in scikit-learn: examples / (classes · examples of the class); 1 for a class that never
 * occurs.
 */
export function balancedWeights(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (count ? all / (counts.length * count) : 1));
}
