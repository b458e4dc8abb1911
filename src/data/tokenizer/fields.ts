// Reads and checks values from a tokenizer's files. A value of the wrong type or beyond its limit is an error; values
// are never converted.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";

const REMEDY = "use the tokenizer that belongs to the model";

/**
 * Maximum number of rows in an embedding; all IDs are smaller than this. The largest vocabularies have a few hundred
 * thousand tokens.
 */
export const MOST_TOKENS = 10_000_000;
/**
 * Maximum number of characters in a token, because the time to split a word grows with the length of tokens. The
 * longest token of GPT-2 has 128.
 */
export const LONGEST_TOKEN = 1000;
/** Maximum number of normalizers, of pre-tokenizers, or of special tokens around a text; real files have up to ten. */
export const MOST_PARTS = 100;

/** The place of a key within `place`: the path of `place`, followed by the key. */
export function within({ file, at }: Place, key: string): Place {
  return { ...(file === undefined ? {} : { file }), at: at === undefined ? key : `${at}.${key}` };
}

function refuse(value: unknown, wanted: string, place: Place): never {
  throw new InputError(value === undefined ? "it is missing" : `${quoted(value)} is not ${wanted}`, place, REMEDY);
}

/** A text of at most `LONGEST_TOKEN` characters; `otherwise` if the key is missing or null. */
export function textField(config: JsonObject, key: string, otherwise: string | undefined, place: Place): string {
  const value = config[key] ?? otherwise;
  if (typeof value !== "string") return refuse(value ?? config[key], "a string", within(place, key));
  if (value.length > LONGEST_TOKEN)
    return refuse(value, `a string of at most ${LONGEST_TOKEN} characters`, within(place, key));
  return value;
}

/** True or false; `otherwise` if the key is missing or null. */
export function flagField(config: JsonObject, key: string, otherwise: boolean, place: Place): boolean {
  const value = config[key] ?? otherwise;
  return typeof value === "boolean" ? value : refuse(value, "true or false", within(place, key));
}

/** An integer from 0 to `most`; `otherwise` if the key is missing or null. */
export function countField(
  config: JsonObject,
  key: string,
  otherwise: number | undefined,
  most: number,
  place: Place,
): number {
  const value = config[key] ?? otherwise;
  if (isCount(value, most)) return value;
  return refuse(value, `a whole number from 0 to ${most}`, within(place, key));
}

/** A list of at most `most` entries; empty if the key is missing or null. */
export function listField(config: JsonObject, key: string, most: number, place: Place): readonly unknown[] {
  const value = config[key] ?? [];
  if (!Array.isArray(value)) return refuse(value, "a list", within(place, key));
  if (value.length <= most) return value;
  throw new InputError(`the list has ${value.length} entries, over the limit of ${most}`, within(place, key), REMEDY);
}

export function objectIn(value: unknown, place: Place): JsonObject {
  return isJsonObject(value) ? value : refuse(value, "an object", place);
}

/** The type that a configuration names; "" if it names none. */
export function typeOf(config: unknown): string {
  return isJsonObject(config) && typeof config.type === "string" ? config.type : "";
}

/**
 * Makes a `part` of the tokenizer by the function that `makers` have for the type in its configuration. Throws an
 * InputError if there is none.
 */
export function madeByType<T>(
  makers: Readonly<Record<string, (config: JsonObject, place: Place) => T>>,
  config: unknown,
  part: string,
  place: Place,
): T {
  const type = typeOf(config);
  const make = Object.hasOwn(makers, type) ? makers[type] : undefined;
  if (make) return make(config as JsonObject, place);
  throw new InputError(
    `the ${part} ${quoted(type)} is not supported`,
    place,
    `use a tokenizer whose ${part}s are among ${Object.keys(makers).join(", ")}`,
  );
}

export function isCount(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
}

/** Whether a number can be a token ID. */
export function isId(value: unknown): value is number {
  return isCount(value, MOST_TOKENS - 1);
}

/**
 * Throws an InputError if a configuration has more than `MOST_PARTS` parts, including the parts of nested sequences.
 */
export function refuseMany(config: unknown, key: string, place: Place): void {
  let count = 0;
  const visit = (part: unknown): void => {
    if (++count > MOST_PARTS) throw new InputError(`it has more than ${MOST_PARTS} parts`, place, REMEDY);
    const parts = isJsonObject(part) ? part[key] : undefined;
    if (Array.isArray(parts)) for (const inner of parts) visit(inner);
  };
  visit(config);
}
