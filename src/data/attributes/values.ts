// Attributes of examples, such as who wrote or rated a text: their values in the training examples, and how an example's own values
// are numbered by these.

import { InputError } from "../../errors.ts";
import { grouped } from "../../numbers.ts";
import { quoted } from "../../visible.ts";

/** Maximum number of different values of one attribute. */
export const MOST_VALUES = 100_000;
/** Maximum number of attributes of a task. */
export const MOST_ATTRIBUTES = 100;
/** Maximum number of values of an attribute in one example. */
export const MOST_IN_CELL = 100;

/** The values of an example's attributes, one list per attribute of the task; an empty list is a missing attribute. */
export type Attributes = readonly (readonly string[])[];

/** An attribute's values in the training examples, the most frequent first; equally frequent ones by name. */
export interface AttributeValues {
  readonly name: string;
  readonly values: readonly string[];
  /** Whether an example has several of them; absent: none has. */
  readonly several?: boolean;
}

/** A value of an example, numbered over all attributes, and its share in the mean of the attribute's values. */
export interface NumberedValue {
  readonly attribute: number;
  readonly value: number;
  readonly weight: number;
}

/** An example's values that occur in training, and how many others it has. */
export interface Numbered {
  readonly attributes: readonly NumberedValue[];
  readonly unseen: number;
}

/** The values in these training examples, of each attribute in `names`. */
export function vocabularyOf(
  names: readonly string[],
  rows: readonly { readonly attributes?: Attributes }[],
  file: string,
): AttributeValues[] {
  return names.map((name, i) => {
    const counts = new Map<string, number>();
    for (const { attributes } of rows)
      for (const value of attributes?.[i] ?? []) counts.set(value, (counts.get(value) ?? 0) + 1);
    if (counts.size > MOST_VALUES)
      throw new InputError(
        `the attribute ${quoted(name)} has ${grouped(counts.size)} different values in the training examples, over the limit of ${grouped(MOST_VALUES)}`,
        { file, at: "attributes" },
        "choose an attribute with fewer values, or join rare ones",
      );
    const order = [...counts].sort(([a, of], [b, than]) => than - of || (a < b ? -1 : 1));
    const several = rows.some(({ attributes }) => (attributes?.[i]?.length ?? 0) > 1);
    return { name, values: order.map(([value]) => value), ...(several && { several }) };
  });
}

/** The number of values of all attributes together. */
export const valuesIn = (vocabulary: readonly AttributeValues[]): number =>
  vocabulary.reduce((sum, { values }) => sum + values.length, 0);

/** Numbers the values of examples by those of the training examples; each attribute's numbers follow those of the one before. */
export class ValueNumbers {
  readonly #numbers: readonly ReadonlyMap<string, number>[];

  constructor(vocabulary: readonly AttributeValues[]) {
    let next = 0;
    this.#numbers = vocabulary.map(({ values }) => new Map(values.map((value) => [value, next++])));
  }

  /** Whether training has seen a value of the attribute with this number. */
  knows(attribute: number, value: string): boolean {
    return this.#numbers[attribute]!.has(value);
  }

  /** `attributes` are in the order of the vocabulary. Values that training has not seen are left out, and the mean is over the others. */
  of(attributes: Attributes): Numbered {
    let unseen = 0;
    const numbered = this.#numbers.flatMap((numbers, attribute): NumberedValue[] => {
      const given = attributes[attribute] ?? [];
      const known = given.flatMap((value) => numbers.get(value) ?? []);
      unseen += given.length - known.length;
      return known.map((value) => ({ attribute, value, weight: 1 / known.length }));
    });
    return { attributes: numbered, unseen };
  }
}

/** An example's attributes in the order of a vocabulary; those that its task does not have are missing. */
export function inOrder(
  vocabulary: readonly AttributeValues[],
  names: readonly string[],
  attributes: Attributes = [],
): Attributes {
  return vocabulary.map(({ name }) => attributes[names.indexOf(name)] ?? []);
}
