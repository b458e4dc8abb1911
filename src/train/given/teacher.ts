// The teacher of a run that distils: read and checked before the run starts.

import { openWeightsOf } from "../../adaptation/base.ts";
import { vocabularyIn } from "../../adaptation/inputs/attributes.ts";
import { checkTask, readAdaptation } from "../../adaptation/read.ts";
import type { AttributeValues } from "../../data/attributes/values.ts";
import { isLabelled } from "../../data/examples.ts";
import type { Task } from "../../data/task.ts";
import { InputError } from "../../errors.ts";
import type { Adaptation } from "../../mask/file.ts";
import type { RunOptions } from "../../recipe/options.ts";

/**
 * Reads the teacher that the options name; undefined without one. Throws an InputError if the task has no labels, or if the
 * teacher's task or base model is not the run's, or if it reads attributes with other values than the run's `vocabulary`.
 */
export async function teacherOf(
  { distill, model, lengthAdaptor, context }: RunOptions,
  task: Task,
  vocabulary: readonly AttributeValues[],
): Promise<Adaptation | undefined> {
  if (!distill) return undefined;
  if (!isLabelled(task.kind))
    throw new InputError(
      `a ${task.kind} task has no labels, and only logits of labels are learned from another adaptation`,
      { at: "distill" },
      "omit the distillation",
    );
  const teacher = await readAdaptation(distill.teacher, { model });
  checkTask(teacher, task);
  const read = vocabularyIn(teacher);
  if (read.length && JSON.stringify(read) !== JSON.stringify(vocabulary))
    throw new InputError(
      "the teacher reads attributes whose values are not those of this run's adapters",
      { at: "distill" },
      "train with adapters on the training examples of the teacher, or use a teacher without attributes",
    );
  if ((teacher.metadata.run.context ?? "document") !== context)
    throw new InputError(
      `the teacher reads ${context === "sentence" ? "whole documents, but this run single sentences" : "single sentences, but this run whole documents"}`,
      { at: "distill" },
      "train with the context of the teacher",
    );
  if (JSON.stringify(teacher.metadata.run.lengthAdaptor ?? null) !== JSON.stringify(lengthAdaptor))
    throw new InputError(
      "the teacher does not read frame features as this run does",
      { at: "distill" },
      "train with the length adaptor of the teacher",
    );
  const weights = await openWeightsOf(teacher, { model });
  await weights.close();
  return teacher;
}

/** What the loss is made of. */
export function teacherNote({ file }: Adaptation, { distill }: RunOptions): string {
  const { weight, temperature } = distill!;
  return `The loss is ${Number((1 - weight).toPrecision(6))} times the cross entropy plus ${weight} times the divergence from ${file} at temperature ${temperature}, whose logits for the training examples are computed once before the first step.`;
}
