// How well trained adaptations do on a task's split.

import { encodeRows, evaluationBatches, lengthBuckets } from "../data/batches.ts";
import { readTask, type Task } from "../data/task.ts";
import { InputError } from "../errors.ts";
import { exists } from "../files.ts";
import type { Adaptation } from "../mask/file.ts";
import type { Scores } from "../mask/metadata.ts";
import { deviceOf, type Places } from "./base.ts";
import { classifierOf } from "./recipe.ts";
import { readAdaptation, Scorers, shapeOf } from "./scorers.ts";
import { splitScores } from "./scoring.ts";

export interface EvaluateOptions extends Places {
  /** Files of masks or of tuned tensors. */
  readonly adaptations: readonly string[];
  /** Task files by adaptation, where it is not the one that an adaptation was trained on. */
  readonly tasks?: Readonly<Record<string, string>> | undefined;
  readonly split: "validation" | "test";
  readonly device: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Evaluation {
  readonly adaptation: string;
  readonly scores: Scores;
}

/**
 * Scores one adaptation after the other; ends early where the signal fires. InputError for files that are no adaptations,
 * another base model than they were trained over, and a task whose labels they do not know.
 */
export async function* evaluate(options: EvaluateOptions): AsyncGenerator<Evaluation, void, void> {
  const { adaptations: files, split, signal } = options;
  const adaptations = await Promise.all(files.map(readAdaptation));
  const tasks = new Map<string, Task>();
  const scorers = new Scorers(options, deviceOf(options.device));
  try {
    for (const adaptation of adaptations) {
      const file = await taskFileOf(adaptation, options.tasks);
      const task = tasks.get(file) ?? (await readTask(file));
      tasks.set(file, task);
      checkTask(adaptation, task);
      const { config, tokenizer } = await scorers.base(adaptation);
      const { maxLength, batchSize } = sizesOf(adaptation, config.positions);
      const encoded = encodeRows(task, split, tokenizer, { maxLength });
      const batches = evaluationBatches(encoded, {
        ...{ size: batchSize, buckets: lengthBuckets(maxLength), padId: config.padId, segments: config.typeVocabSize },
      });
      const logits: Float32Array[] = [];
      const model = await scorers.under(adaptation);
      for (const batch of batches) {
        if (signal?.aborted) return;
        logits.push(await model.logits(batch));
      }
      yield { adaptation: adaptation.file, scores: splitScores(task, encoded, batches, logits) };
    }
  } finally {
    await scorers.release();
  }
}

/** Rows a batch and a row's greatest length, as in training. */
export function sizesOf({ metadata }: Adaptation, positions: number): { maxLength: number; batchSize: number } {
  const { maxLength, batchSize } = metadata.run;
  const count = (value: unknown, otherwise: number) =>
    Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : otherwise;
  return { maxLength: Math.min(count(maxLength, 128), positions), batchSize: count(batchSize, 32) };
}

async function taskFileOf({ metadata, file }: Adaptation, tasks: EvaluateOptions["tasks"] = {}): Promise<string> {
  const given = tasks[file];
  if (given !== undefined) return given;
  const stated = metadata.run.task;
  if (typeof stated === "string" && (await exists(stated))) return stated;
  throw new InputError(
    typeof stated === "string" ? `its task is not at ${stated} any more` : "it does not say where its task lies",
    { file },
    "put it back there, or name the task file with --task",
  );
}

/** A task may be another than the one trained on, but its rows must go into this classifier and its labels be the same. */
function checkTask(adaptation: Adaptation, task: Task): void {
  const { labels } = adaptation.metadata.task;
  const shape = shapeOf(adaptation);
  const place = { file: task.file };
  if (classifierOf(task.kind, task.labels.length).classifier !== shape.classifier)
    throw new InputError(
      `the adaptation was trained for a ${shape.kind} task and this is a ${task.kind} task`,
      place,
      `give a ${shape.kind} task`,
    );
  if (task.labels.length !== labels.length)
    throw new InputError(
      `the task has ${task.labels.length} labels and the adaptation ${labels.length} (${labels.join(", ")})`,
      place,
      "give a task with as many",
    );
  const sameNames = labels.every((label) => task.labels.includes(label));
  if (sameNames && labels.some((label, i) => task.labels[i] !== label))
    throw new InputError(
      "the task has the adaptation's labels in another order",
      place,
      `write "labels": ${JSON.stringify(labels)} into it`,
    );
}
