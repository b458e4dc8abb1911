// The attributes that a run's adapters read: their values in the training examples, and what the run's notes say about them.

import { injectionOf } from "../../anatomy/additions.ts";
import { type AttributeValues, vocabularyOf } from "../../data/attributes/values.ts";
import type { Example, SentenceExample } from "../../data/examples.ts";
import { count } from "../../data/table.ts";
import type { Task } from "../../data/task.ts";
import { InputError } from "../../errors.ts";
import type { RunOptions } from "../../recipe/options.ts";

/** The keys of the option `adapters` that are only for attributes. */
const KEYS = ["attributes", "weights", "rank", "dropAttributes"] as const;

/**
 * The values that the run's adapters read; empty if it has no adapters or its task no attributes. Throws an InputError for settings
 * of attributes that the task does not have.
 */
export function attributesFor({ adapters }: RunOptions, task: Task, rows: readonly Example[]): AttributeValues[] {
  if (!adapters) return [];
  if (task.attributes.length) return vocabularyOf(task.attributes, rows as readonly SentenceExample[], task.file);
  const key = KEYS.find((key) => adapters[key] !== undefined);
  if (key === undefined) return [];
  throw new InputError(
    `${key} is about attributes of the examples, but the task has none`,
    { at: `adapters.${key}` },
    'name their columns under "attributes" in the task file, or give only the size',
  );
}

/** What the run does with the task's attributes. */
export function attributeNotes({ adapters }: RunOptions, task: Task, vocabulary: readonly AttributeValues[]): string[] {
  if (!task.attributes.length) return [];
  const names = task.attributes.join(", ");
  if (!adapters)
    return [
      `The task's attributes (${names}) are not used, because only adapters read them (option adapters, such as size=64).`,
    ];
  const { attributes, weights, rank, dropAttributes } = injectionOf(adapters);
  const counts = vocabulary.map(({ name, values }) => `${name} (${count(values.length, "value")})`).join(", ");
  const stored = { full: "full", "low-rank": `of rank ${rank}`, phm: `sums of ${rank} Kronecker products` }[weights];
  const how = attributes === "joint" ? "jointly with the text" : "independently of the text";
  const dropped = dropAttributes
    ? `; in training, ${Number((100 * dropAttributes).toPrecision(6))} % of them count as missing`
    : "";
  return [`The adapters read attributes ${how}: ${counts}. Their weights are ${stored}${dropped}.`];
}
