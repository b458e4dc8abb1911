// Trains only a classifier: the encoder is frozen, so each row's vector is computed once and then looked up.

import type { Batch } from "../data/batches.ts";
import { SPLITS, type SplitName } from "../data/description.ts";
import type { StepPoint, StepResult, Trainable, VectorBatch, VectorTrainable } from "../program/trainable.ts";
import { completed } from "./interrupted.ts";
import type { TrainingData } from "./training.ts";

/** How a run's batches reach the model: as tokens, or as precomputed vectors. */
export interface Feed {
  step(batches: readonly Batch[], at: StepPoint): Promise<StepResult>;
  /** The batch's logits, or the losses of a language model's targets. */
  outputs(split: SplitName, batch: Batch): Promise<Float32Array>;
}

/** Feeds batches as tokens. */
export function directFeed(program: Trainable, { isLabelled }: Pick<TrainingData, "isLabelled">): Feed {
  return {
    step: (batches, at) => program.step(batches, at),
    outputs: (_, batch) => (isLabelled ? program.logits(batch) : program.losses(batch)),
  };
}

/**
 * Encodes every row of the splits once, and then feeds the rows' vectors. The rows may be batched in any way, as long as each
 * row is in exactly one batch. undefined if the signal fires before all rows are encoded.
 */
export async function vectorFeed(
  program: VectorTrainable,
  batches: (split: SplitName) => readonly Batch[],
  signal: AbortSignal | undefined,
): Promise<Feed | undefined> {
  const tables = new Map<SplitName, Map<number, Float32Array>>();
  for (const split of SPLITS) {
    const table = new Map<number, Float32Array>();
    tables.set(split, table);
    for (const batch of batches(split)) {
      const vectors = await completed(() => program.encode(batch)); // [size, width]
      if (!vectors || signal?.aborted) return undefined;
      const width = vectors.length / batch.size;
      for (let i = 0; i < batch.rows; i++) table.set(batch.index[i]!, vectors.slice(i * width, (i + 1) * width));
    }
  }
  const lookUp = (split: SplitName, batch: Batch) => vectorBatch(batch, tables.get(split)!);
  return {
    step: (batches, at) =>
      program.step(
        batches.map((batch) => lookUp("train", batch)),
        at,
      ),
    outputs: (split, batch) => program.logits(lookUp(split, batch)),
  };
}

function vectorBatch({ size, rows, targets, index }: Batch, table: ReadonlyMap<number, Float32Array>): VectorBatch {
  const width = table.get(index[0]!)!.length;
  const vectors = new Float32Array(size * width);
  for (let i = 0; i < rows; i++) vectors.set(table.get(index[i]!)!, i * width);
  return { size, rows, vectors, targets, index };
}
