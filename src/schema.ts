// Checks external values against schemas. zod locates the first fault; the messages about it are our own.

import * as z from "zod/mini";
import { InputError, type Place } from "./errors.ts";
import { parseJson } from "./json-text.ts";
import { didYouMean } from "./suggest.ts";
import { quoted } from "./visible.ts";

export type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes["_zod"]["def"];

/** The output type of a schema, or of one built on demand; deeply readonly. */
export type Read<S extends Schema | (() => Schema)> = ReadOnly<z.output<S extends () => infer T ? T : S>>;
type ReadOnly<T> = T extends readonly (infer E)[]
  ? readonly ReadOnly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: ReadOnly<T[K]> }
    : T;

/** How errors and help describe the values of a schema. */
export interface Words {
  /** The allowed values: "a whole number from 1 to 9". */
  readonly expected: string;
  /** Completes "… is not" in the message about a wrong value: "a label". By default, "a valid value". */
  readonly not?: string;
  /** A suggestion for wrong values. */
  readonly hint?: string;
}

const WORDS = new WeakMap<Schema, Words>();

/** Attaches these words to a schema, and returns it. */
export function worded<S extends Schema>(schema: S, expected: string, more: Omit<Words, "expected"> = {}): S {
  WORDS.set(schema, { expected, ...more });
  return schema;
}

/** Attaches an explanation to a schema, and returns it; the editor's schemas and the help on flags show it. */
export function explained<S extends Schema>(schema: S, explanation: string): S {
  z.globalRegistry.add(schema, { description: explanation });
  return schema;
}

export const explanationOf = (schema: Schema): string => z.globalRegistry.get(schema)?.description ?? "";

/** The words of a schema or, if it has none, of the schema that it wraps. */
export function wordsOf(schema: Schema): Words {
  for (let one: Schema | undefined = schema; one; one = wrapped(one)) {
    const words = WORDS.get(one);
    if (words) return words;
  }
  return { expected: "an object" }; // every other schema has words
}

/**
 * Length limits for strings and lists. zod checks any value that has a `length`, even an object of the wrong type, and
 * comparing such a length may throw.
 */
export const atLeast = (length: number) => ofTextOrList(z.minLength(length));
export const atMost = (length: number) => ofTextOrList(z.maxLength(length));
export const exactly = (length: number) => ofTextOrList(z.length(length));

function ofTextOrList<C extends z.core.$ZodCheck>(check: C): C {
  check._zod.def.when = ({ value }) => typeof value === "string" || Array.isArray(value);
  return check;
}

/**
 * The maximum number of characters in a string: names, paths and reasons are short, and a longer string could only be
 * meant to flood a page.
 */
const LONGEST_TEXT = 10_000;
/** The largest magnitude of a number without limits of its own: its square must stay finite. */
const LARGEST = 1e100;
/** The maximum number of keys in an object whose keys are data. */
const MOST_KEYS = 100_000;

export const text = worded(z.string().check(atMost(LONGEST_TEXT)), `a string of at most ${LONGEST_TEXT} characters`);
export const number = worded(
  z.number().check(z.minimum(-LARGEST), z.maximum(LARGEST)),
  `a number from ${-LARGEST} to ${LARGEST}`,
);
/** A fraction of at least 0 and less than 1. */
export const shareBelow1 = () =>
  worded(z.number().check(z.minimum(0), z.lt(1)), "a number of at least 0 and less than 1");
/** A fraction greater than 0 and less than 1. */
export const fraction = (example: number) =>
  worded(z.number().check(z.gt(0), z.lt(1)), `a fraction such as ${example}`, { not: "a fraction between 0 and 1" });
export const positive = (most: number) =>
  worded(z.number().check(z.gt(0), z.maximum(most)), `a number greater than 0 and at most ${most}`);
export const share = worded(z.number().check(z.minimum(0), z.maximum(1)), "a number from 0 to 1");
export const count = worded(z.int().check(z.minimum(0)), "a whole number of at least 0");
export const flag = worded(z.boolean(), "true or false, without quotes");
export const hash = worded(z.string().check(z.regex(/^[0-9a-f]{64}$/)), "a hexadecimal SHA-256 digest");

export function integer(least: number, most: number, more?: Omit<Words, "expected">) {
  return worded(z.int().check(z.minimum(least), z.maximum(most)), `a whole number from ${least} to ${most}`, more);
}

export const seed = integer(0, 2 ** 32 - 1);

export function oneOf<const T extends string>(values: readonly T[]) {
  return worded(z.enum(values), listed(values));
}

export function list<S extends Schema>(entry: S, most: number) {
  return worded(z.array(entry).check(atMost(most)), `a list of at most ${most} entries`);
}

/** An object whose keys are data. */
export function record<S extends Schema>(value: S) {
  return fewKeys(z.record(z.string(), value));
}

/**
 * An object of this schema with a limited number of keys, because zod visits all of them before it reports anything.
 */
export function fewKeys<T extends object>(schema: z.core.$ZodType<T>) {
  const few = (given: unknown) => z.util.isPlainObject(given) && Object.keys(given).length <= MOST_KEYS;
  return worded(z.pipe(z.custom(few), schema), `an object with at most ${MOST_KEYS} keys`);
}

/** Where a checked value is, and what to do if it is wrong. */
export interface Checked extends Place {
  readonly remedy: string;
}

/** Parses JSON that a program wrote. Throws an InputError with the given remedy if it is not JSON. */
export function jsonOf(json: string, { file, at, remedy }: Checked): unknown {
  try {
    return parseJson(json);
  } catch (cause) {
    throw new InputError("it is not JSON", { ...(file !== undefined && { file }), ...(at && { at }) }, remedy, {
      cause,
    });
  }
}

/** Checks a value that a program wrote. Throws an InputError for the first fault, with the given remedy. */
export function checked<S extends Schema>(schema: S, value: unknown, { file, at, remedy }: Checked): z.output<S> {
  const { result, fault } = parsed(schema, value);
  if (!fault) return result as z.output<S>;
  const { path, given, words } = fault;
  const key = [...(at === undefined ? [] : [at]), ...path].join(".");
  throw new InputError(
    given === undefined ? "it is missing" : `it must be ${words.expected}, but is ${quoted(given)}`,
    { ...(file !== undefined && { file }), ...(key && { at: key }) },
    remedy,
  );
}

/** Where values that a person wrote come from, for error messages. */
export interface Source {
  readonly file?: string;
  /** The name of a key in this source, such as the name of its flag. */
  readonly called?: (key: string) => string;
}

/**
 * Checks a value that a person wrote. Throws an InputError for the first fault, with the allowed values; unknown keys
 * are reported first.
 */
export function accepted<S extends Schema>(schema: S, value: unknown, source: Source): z.output<S> {
  const { result, fault } = parsed(schema, value);
  if (!fault) return result as z.output<S>;
  const { path, given, words, values, unknown } = fault;
  const named = path.filter((step) => typeof step === "string"); // without list indices: the value shows which entry is meant
  const { expected, not = "a valid value", hint } = words;
  const what =
    unknown !== undefined
      ? `unknown key ${quoted(unknown)}`
      : given === undefined
        ? "it is missing"
        : `${quoted(given)} is not ${not}`;
  const remedy =
    unknown !== undefined ? `choose from ${values!.join(", ")}` : `use ${expected}${hint ? ` (${hint})` : ""}`;
  const meant = unknown ?? given;
  throw new InputError(
    what,
    placeOf(named.join("."), source),
    values && typeof meant === "string" ? didYouMean(meant, values, remedy) : remedy,
  );
}

export function placeOf(key: string, { file, called = (name) => name }: Source): Place {
  return { ...(file !== undefined && { file }), ...(key && { at: called(key) }) };
}

/** The first fault of a value. */
interface Fault {
  readonly path: readonly PropertyKey[];
  /** The value at this path; undefined if it is missing. */
  readonly given: unknown;
  readonly words: Words;
  /** The key, if it is unknown. */
  readonly unknown?: string;
  /** The known keys, or the values to choose from. */
  readonly values?: readonly string[];
}

function parsed(schema: Schema, value: unknown): { result?: unknown; fault?: Fault } {
  // Not safeParse, which collects all issues: a file may contain a million.
  const payload = schema._zod.run({ value, issues: [] }, { async: false, abortEarly: true }) as z.core.ParsePayload;
  const [issue] = payload.issues;
  return issue ? { fault: faultAt(issue.path ?? [], schema, value) } : { result: payload.value };
}

/** The fault at a path, or an unknown key of an object along the path. */
function faultAt(path: readonly PropertyKey[], schema: Schema, value: unknown): Fault {
  let [within, given] = [schema, value];
  for (let i = 0; ; i++) {
    const words = wordsOf(within);
    const def = core(within);
    if (def.type === "object" && def.catchall && defOf(def.catchall).type === "never" && z.util.isPlainObject(given)) {
      const unknown = Object.keys(given).find((key) => !Object.hasOwn(def.shape, key));
      if (unknown !== undefined)
        return { path: [...path.slice(0, i), unknown], given, words, unknown, values: Object.keys(def.shape) };
    }
    if (i === path.length || def.type === "union")
      // of a union, the whole value is at fault
      return {
        path: path.slice(0, i),
        given,
        words,
        ...(def.type === "enum" && { values: Object.values(def.entries).map(String) }),
      };
    const step = path[i]!;
    [within, given] = [memberOf(def, step), (given as Record<PropertyKey, unknown>)[step]];
  }
}

function memberOf(def: Def, key: PropertyKey): Schema {
  if (def.type === "array") return def.element;
  if (def.type === "record") return def.valueType;
  if (def.type === "object") return Object.hasOwn(def.shape, key) ? def.shape[key as string]! : def.catchall!;
  throw new TypeError(`a schema of type ${def.type} has no members`);
}

/** The definition inside all wrappers: defaults, nullables, transforms. */
export function core(schema: Schema): Def {
  const inner = wrapped(schema);
  return inner ? core(inner) : defOf(schema);
}

export const defOf = (schema: Schema): Def => (schema as z.core.$ZodTypes)._zod.def;

function wrapped(schema: Schema): Schema | undefined {
  const def = defOf(schema);
  if (def.type === "pipe") return defOf(def.out).type === "transform" ? def.in : def.out;
  return "innerType" in def ? def.innerType : undefined;
}

/** "a, b or c" */
export function listed(values: readonly string[]): string {
  return [values.slice(0, -1).join(", "), ...values.slice(-1)].filter(Boolean).join(" or ");
}
