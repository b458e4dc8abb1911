// The attributes that an adaptation reads beside a text: those of a task's examples, and those that a person gives.

import { type AttributeValues, inOrder, type NumberedValue, ValueNumbers } from "../../data/attributes/values.ts";
import type { EncodedPart } from "../../data/encode.ts";
import type { SplitName, Task } from "../../data/task.ts";
import { InputError } from "../../errors.ts";
import type { Adaptation } from "../../mask/file.ts";
import { grouped } from "../../numbers.ts";
import { didYouMean } from "../../suggest.ts";
import { quoted } from "../../visible.ts";
import type { Asked, AskedText } from "../prediction.ts";

/** The values of the attributes that an adaptation reads. */
export const vocabularyIn = ({ metadata }: Pick<Adaptation, "metadata">): readonly AttributeValues[] =>
  metadata.task.attributes ?? [];

/** How many examples of a split have values that do not occur in training. */
export function unseenNote(encoded: readonly EncodedPart[], split: SplitName): string[] {
  const odd = encoded.filter(({ unseen }) => unseen);
  if (!odd.length) return [];
  const values = odd.reduce((sum, { unseen = 0 }) => sum + unseen, 0);
  const have = odd.length === 1 ? "has" : "have";
  return [
    `${grouped(odd.length)} of ${grouped(encoded.length)} ${split} examples ${have} values of attributes that do not occur in the training examples (${grouped(values)} in all), which count as missing.`,
  ];
}

/** What a reader of an evaluation should know: values that training has not seen, and attributes that the task does not have. */
export function attributeNotes(
  adaptation: Adaptation,
  task: Pick<Task, "attributes">,
  encoded: readonly EncodedPart[],
  split: SplitName,
): string[] {
  const without = vocabularyIn(adaptation).flatMap(({ name }) => (task.attributes.includes(name) ? [] : [name]));
  const missing = without.length
    ? [`The adaptation reads attributes that the task does not have, so they count as missing: ${without.join(", ")}.`]
    : [];
  return [...missing, ...unseenNote(encoded, split)];
}

export const askedText = (asked: Asked): AskedText => (typeof asked === "string" ? { text: asked } : asked);

/** Throws an InputError for an attribute that none of the adaptations reads. */
export function checkAsked(adaptations: readonly Adaptation[], texts: readonly Asked[]): void {
  const known = new Set(adaptations.flatMap((one) => vocabularyIn(one).map(({ name }) => name)));
  for (const text of texts)
    for (const name of Object.keys(askedText(text).attributes ?? {})) {
      if (known.has(name)) continue;
      const names = [...known];
      throw new InputError(
        `no adaptation reads an attribute ${quoted(name)}`,
        {},
        names.length
          ? didYouMean(name, names, `give values of ${names.join(", ")}`)
          : "give only the text, or train with adapters on a task with attributes",
      );
    }
}

/** What an adaptation reads of the attributes that are given with a text. */
export interface ReadAttributes {
  /** Absent if the adaptation reads none. */
  readonly attributes?: readonly NumberedValue[];
  /** By attribute, the values of those that it reads. */
  readonly given: Readonly<Record<string, readonly string[]>>;
  /** By attribute, the values that training has not seen. */
  readonly unseenValues: Readonly<Record<string, readonly string[]>>;
}

/** Reads the attributes of texts for one adaptation; those that it does not read are left out. */
export function attributeReader(adaptation: Adaptation): (asked: AskedText) => ReadAttributes {
  const vocabulary = vocabularyIn(adaptation);
  if (!vocabulary.length) return () => ({ given: {}, unseenValues: {} });
  const numbers = new ValueNumbers(vocabulary);
  const places = new Map(vocabulary.map(({ name }, i) => [name, i]));
  return ({ attributes = {} }) => {
    const cleaned = Object.entries(attributes).map(([name, values]): [string, string[]] => [
      name,
      [...new Set(values.map((value) => value.trim()).filter((value) => value !== ""))],
    ]);
    const own = cleaned.filter(([name, values]) => places.has(name) && values.length);
    const unseen = own.map(
      ([name, values]) => [name, values.filter((value) => !numbers.knows(places.get(name)!, value))] as const,
    );
    const ordered = inOrder(
      vocabulary,
      own.map(([name]) => name),
      own.map(([, values]) => values),
    );
    return {
      attributes: numbers.of(ordered).attributes,
      given: Object.fromEntries(own),
      unseenValues: Object.fromEntries(unseen.filter(([, values]) => values.length)),
    };
  };
}
