// Reads adaptations, and checks whether a task fits one. Loads no model.

import { unevenIn } from "../anatomy/additions.ts";
import { valuesIn } from "../data/attributes/values.ts";
import { isLabelled, type TaskKind } from "../data/examples.ts";
import { folded } from "../data/labels/names.ts";
import type { Task } from "../data/task.ts";
import { InputError } from "../errors.ts";
import { readFileLimited } from "../files.ts";
import { type Adaptation, decodeAdaptation, type Mask } from "../mask/file.ts";
import { type ClassifierShape, classifierOf } from "../recipe/recipe.ts";
import { quoted } from "../visible.ts";
import { baseWeightsOf, type Places } from "./base.ts";

/** Node reads less than 2 GiB at once; a fully finetuned adaptation is as large as its model. */
export const LARGEST_FILE = 2 ** 31 - 1;

/** Reads an adaptation; `places` says where to look for the base model if the file is packed with its weights. */
export async function readAdaptation(file: string, places: Places = {}): Promise<Adaptation> {
  const bytes = await readFileLimited(file, LARGEST_FILE, "choose a file written by `masklens train`");
  return decodeAdaptation(bytes, file, { baseOf: (mask) => baseWeightsOf([mask], places) });
}

/** Reads an adaptation that has masks. Throws an InputError if the file has tuned tensors instead. */
export async function readMask(file: string, places: Places = {}): Promise<Mask> {
  const adaptation = await readAdaptation(file, places);
  if (adaptation.format === "mask") return adaptation;
  throw new InputError("it contains no mask", { file }, "choose a file with a trained mask");
}

/** The task kind and classifier of an adaptation. */
export interface TaskShape extends ClassifierShape {
  readonly kind: TaskKind;
  readonly labels: number;
}

/** The task kind of a mask that was imported without a task. */
export const UNKNOWN_TASK = "unknown";

/** Throws an InputError for a mask that was imported without a task. */
export function requireTask({ metadata, file }: Pick<Adaptation, "metadata" | "file">): void {
  if (!metadata.imported || metadata.task.kind !== UNKNOWN_TASK) return;
  throw new InputError(
    "its task is unknown, because the mask was imported without one",
    { file },
    "import it again with --task FILE.task.json",
  );
}

/** Throws an InputError for an adaptation of a task without labels. `what` can only be done with predicted labels ("effects are"). */
export function requireLabels(adaptation: Adaptation, what: string): void {
  const { kind } = shapeOf(adaptation);
  if (isLabelled(kind)) return;
  throw new InputError(
    `a ${kind} task has no labels, and ${what} measured on predicted labels`,
    { file: adaptation.file },
    "use an adaptation that was trained to classify",
  );
}

/** The classifier that an adaptation was trained with. */
export function shapeOf({ metadata, file }: Adaptation): TaskShape {
  const { kind, labels, attributes = [] } = metadata.task;
  requireTask({ metadata, file });
  const { adapters } = metadata.run;
  const uneven = adapters && unevenIn(adapters);
  if (uneven) throw new InputError(`its ${uneven}`, { file }, "use an adaptation written by this version of MaskLens");
  const shape = classifierOf(kind as TaskKind, labels.length, {
    ...metadata.run,
    attributeValues: valuesIn(attributes),
  });
  if (!shape.classifier)
    throw new InputError(
      `unknown task kind ${quoted(kind)}`,
      { file },
      "use an adaptation written by this version of MaskLens",
    );
  return { kind: kind as TaskKind, ...shape };
}

/**
 * Checks that a task fits an adaptation's classifier: it must need the same kind of classifier and have as many labels.
 * Returns a note if none of the label names match. Throws an InputError if some match in a different order.
 */
export function checkTask(adaptation: Adaptation, task: Task): string[] {
  const { labels } = adaptation.metadata.task;
  const shape = shapeOf(adaptation);
  const place = { file: task.file };
  if (classifierOf(task.kind, task.labels.length).classifier !== shape.classifier)
    throw new InputError(
      `the adaptation was trained for a ${shape.kind} task, but this is a ${task.kind} task`,
      place,
      `use a ${shape.kind} task`,
    );
  if (task.labels.length !== labels.length)
    throw new InputError(
      `the task has ${task.labels.length} labels, but the adaptation has ${labels.length} (${labels.join(", ")})`,
      place,
      "choose a task with the same number of labels",
    );
  const [own, others] = [labels.map(folded), task.labels.map(folded)];
  if (own.every((label, i) => others[i] === label)) return [];
  if (own.some((label, i) => others.includes(label) && others[i] !== label))
    throw new InputError(
      `the task's labels are ${task.labels.join(", ")}, but the adaptation's labels, in order, are ${labels.join(", ")}`,
      place,
      `set "labels": [${labels.map((label) => quoted(label)).join(",")}] in the task file`,
    );
  const pairs = task.labels.map((label, i) => `${label} = ${labels[i]}`).join(", ");
  return [`The task's labels were matched with the adaptation's by position: ${pairs}.`];
}
