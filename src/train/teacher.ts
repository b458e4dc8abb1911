// The teacher of a run that distils: its logits for every training example, computed once before training.

import { openWeightsOf } from "../adaptation/base.ts";
import { checkTask } from "../adaptation/evaluate.ts";
import { readAdaptation, Scorers } from "../adaptation/scorers.ts";
import type { Task } from "../data/task.ts";
import type { Adaptation } from "../mask/file.ts";
import type { Distilled } from "../program/soft-targets.ts";
import type { RunOptions } from "../recipe/options.ts";
import type { Device } from "../runtime/device.ts";
import type { TrainingData } from "./training.ts";

/**
 * Reads the teacher that the options name; undefined without one. Throws an InputError if its task or its base model is
 * not the run's.
 */
export async function teacherOf({ distill, model }: RunOptions, task: Task): Promise<Adaptation | undefined> {
  if (!distill) return undefined;
  const teacher = await readAdaptation(distill.teacher);
  checkTask(teacher, task);
  const weights = await openWeightsOf(teacher, { model });
  await weights.close();
  return teacher;
}

/** What the loss is made of. */
export function teacherNote({ file }: Adaptation, { distill }: RunOptions): string {
  const { weight, temperature } = distill!;
  return `The loss is ${Number((1 - weight).toPrecision(6))} times the cross entropy plus ${weight} times the divergence from ${file} at temperature ${temperature}, whose logits for the training examples are computed once before the first step.`;
}

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
