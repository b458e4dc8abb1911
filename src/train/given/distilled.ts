// A teacher's logits for every training example, computed once before training.

import { Scorers } from "../../adaptation/scorers.ts";
import type { Adaptation } from "../../mask/file.ts";
import type { Distilled } from "../../program/soft-targets.ts";
import type { RunOptions } from "../../recipe/options.ts";
import type { Device } from "../../runtime/device.ts";
import type { TrainingData } from "../training.ts";

/**
 * The logits of the teacher, in evaluation mode, for the training examples; incomplete if the signal fires.
 */
export async function distilledBy(
  teacher: Adaptation,
  { model, distill }: RunOptions,
  data: Pick<TrainingData, "batches">,
  device: Device,
  signal: AbortSignal | undefined,
): Promise<Distilled> {
  const scorers = new Scorers({ model }, device);
  const table = new Map<number, Float32Array>();
  try {
    const scorer = await scorers.under(teacher);
    for (const batch of data.batches("train")) {
      if (signal?.aborted) break; // the run stops before its first step
      const logits = await scorer.logits(batch); // [size, …]
      const width = logits.length / batch.size;
      for (const [i, example] of batch.index.entries()) table.set(example, logits.slice(i * width, (i + 1) * width));
    }
  } finally {
    await scorers.release();
  }
  const { weight, temperature } = distill!;
  return { weight, temperature, logitsOf: (example) => table.get(example)! };
}
