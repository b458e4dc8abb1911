// Tables of options: kinds of values, parsing an object against a table, and the table's JSON schema.

import path from "node:path";
import { InputError, type Place } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import { didYouMean } from "../suggest.ts";
import { quoted } from "../visible.ts";

/** A JSON schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A kind of value: how to read it from JSON and from a flag's text. */
export interface Kind<T> {
  /** The value if it is valid, else undefined. `context` is for nested options. */
  read(value: unknown, context: Context): T | undefined;
  /** Parses a flag's text; `read` checks whether the value is allowed. */
  fromText(text: string): unknown;
  /** The allowed values, for help and errors: "a number greater than 0". */
  readonly expected: string;
  /** The allowed values as a JSON schema, for editors. */
  readonly schema: JsonSchema;
  /** A flag without a value. */
  readonly isSwitch?: boolean;
}

/** One option. Its default may depend on the options before it, of the whole W; without a default it is required. */
export interface Option<T, W = never> {
  readonly kind: Kind<T>;
  readonly default?: T | ((earlier: W) => T);
  /** A suggestion for invalid values. */
  readonly hint?: string;
  readonly explanation: string;
}

export type Table<T, W = never> = { readonly [K in keyof T]-?: Option<T[K], W> };

/** Where values come from, for error messages. */
interface Context {
  readonly place: (key: string) => Place;
  /** The folder that relative paths are resolved against. */
  readonly folder: string;
  /** For nested tables: the options of the outermost table that have been read so far. */
  readonly earlier?: object;
}

/** Limits, named as in JSON schema. */
interface Bounds {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
}

export function number(expected: string, bounds: Bounds, type: "number" | "integer" = "number"): Kind<number> {
  const { minimum = -Infinity, exclusiveMinimum = -Infinity } = bounds;
  const { maximum = Infinity, exclusiveMaximum = Infinity } = bounds;
  const allows = (value: number) =>
    value >= minimum && value > exclusiveMinimum && value <= maximum && value < exclusiveMaximum;
  return {
    read: (value) =>
      typeof value === "number" &&
      Number.isFinite(value) &&
      allows(value) &&
      (type === "number" || Number.isInteger(value))
        ? value
        : undefined,
    fromText: (text) => (text.trim() === "" ? text : Number(text)),
    expected,
    schema: { type, ...bounds },
  };
}

export function integer(least: number, most: number): Kind<number> {
  return number(`a whole number from ${least} to ${most}`, { minimum: least, maximum: most }, "integer");
}

/** Characters in a text. Layer ranges and expressions are short, and the time to parse them grows with their length. */
const LONGEST_TEXT = 1000;
/** Characters in a path, as on most systems. */
const LONGEST_PATH = 4096;

export const text: Kind<string> = {
  read: (value) => (isText(value) && value.length <= LONGEST_TEXT ? value : undefined),
  fromText: (given) => given,
  expected: `text of at most ${LONGEST_TEXT} characters`,
  schema: { type: "string", minLength: 1, maxLength: LONGEST_TEXT },
};

export const filePath = (expected: string): Kind<string> => ({
  read: (value, { folder }) =>
    isText(value) && value.length <= LONGEST_PATH && !value.includes("\0") ? path.resolve(folder, value) : undefined,
  fromText: (given) => given,
  expected,
  schema: { type: "string", minLength: 1, maxLength: LONGEST_PATH },
});

export function choice<T extends string>(...values: readonly T[]): Kind<T> {
  return {
    read: (value) => values.find((known) => known === value),
    fromText: (given) => given,
    expected: oneOf(values),
    schema: { enum: values },
  };
}

export function list<T extends string>(...values: readonly T[]): Kind<readonly T[]> {
  const known = (value: unknown): value is T => values.some((each) => each === value);
  return {
    read: (value) => (Array.isArray(value) && value.length && value.every(known) ? [...new Set(value)] : undefined),
    fromText: (given) => given.split(",").map((part) => part.trim()),
    expected: `any of ${values.join(", ")}`,
    schema: { type: "array", items: { enum: values }, minItems: 1, uniqueItems: true },
  };
}

export const onOff: Kind<boolean> = {
  read: (value) => (typeof value === "boolean" ? value : undefined),
  fromText: () => true,
  expected: "true or false",
  schema: { type: "boolean" },
  isSwitch: true,
};

/** `word`, or a value of another kind. */
export function orWord<W extends string, T>(word: W, kind: Kind<T>): Kind<W | T> {
  return {
    read: (value, context) => (value === word ? word : kind.read(value, context)),
    fromText: (given) => (given === word ? word : kind.fromText(given)),
    expected: `${word}, or ${kind.expected}`,
    schema: { anyOf: [{ const: word }, kind.schema] },
  };
}

/** null (in a flag: none), or a value of another kind. */
export function orNull<T>(kind: Kind<T>): Kind<T | null> {
  return {
    read: (value, context) => (value === null ? null : kind.read(value, context)),
    fromText: (given) => (given === "none" ? null : kind.fromText(given)),
    expected: kind.expected,
    schema: { anyOf: [{ type: "null" }, kind.schema] },
  };
}

export function matching(pattern: RegExp, expected: string): Kind<string> {
  return {
    read: (value) => (typeof value === "string" && pattern.test(value) ? value : undefined),
    fromText: (given) => given,
    expected,
    schema: { type: "string", pattern: pattern.source },
  };
}

/** An object with its own table; as a flag "target=0.5,schedule=cubic". */
export function group<T extends object>(table: Table<T>): Kind<T> {
  const members = Object.entries<Option<unknown>>(table);
  return {
    read: (value, context) =>
      isJsonObject(value)
        ? (readTable(table, value, { ...context, place: (key) => context.place(`.${key}`) }) as T)
        : undefined,
    fromText: (given) => {
      const pairs = given.split(",").map((part) => /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(part) ?? [part, part, ""]);
      return Object.fromEntries(
        pairs.map(([, key, value]) => [
          key!,
          members.find(([name]) => name === key)?.[1].kind.fromText(value!) ?? value,
        ]),
      );
    },
    expected: members
      .map(([key, { default: initial }]) => (initial === undefined ? `${key}=…` : `[${key}=…]`))
      .join(","),
    schema: schemaOf(table),
  };
}

/** The JSON schema of a table's object, with defaults and explanations; it refuses unknown keys. */
export function schemaOf<T extends object>(table: Table<T>): JsonSchema {
  const members = Object.entries<Option<unknown>>(table);
  return {
    type: "object",
    additionalProperties: false,
    required: members.filter(([, { default: initial }]) => initial === undefined).map(([key]) => key),
    properties: Object.fromEntries(
      members.map(([key, { kind, default: initial, explanation }]) => [
        key,
        {
          ...kind.schema,
          description: explanation,
          ...(initial !== undefined && typeof initial !== "function" && { default: initial }),
        },
      ]),
    ),
  };
}

/**
 * Reads an object by its table and fills in defaults. InputError for unknown keys (with a suggestion), missing ones, and
 * invalid values.
 */
export function readTable<T extends object>(table: Table<T>, json: Record<string, unknown>, context: Context): T {
  const names = Object.keys(table);
  for (const key of Object.keys(json))
    if (!Object.hasOwn(table, key))
      throw new InputError(
        `unknown option ${quoted(key)}`,
        context.place(key),
        didYouMean(key, names, `choose from ${names.join(", ")}`),
      );
  const read: Record<string, unknown> = {};
  const earlier = context.earlier ?? read;
  for (const [key, { kind, default: initial, hint }] of Object.entries<Option<unknown>>(table)) {
    const given = json[key];
    const at = context.place(key);
    if (given !== undefined) {
      const nested = { ...context, earlier, place: (inner: string) => context.place(key + inner) };
      const value = kind.read(given, nested);
      if (value === undefined)
        throw new InputError(
          `${quoted(given)} is not a valid value`,
          at,
          `give ${kind.expected}${hint ? ` (${hint})` : ""}`,
        );
      read[key] = value;
    } else if (initial === undefined) throw new InputError(`${spaced(key)} is missing`, at, `give ${kind.expected}`);
    else read[key] = typeof initial === "function" ? initial(earlier as never) : initial;
  }
  return read as T;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function oneOf(values: readonly string[]): string {
  return `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

/** "learningRate" as words: "learning rate". */
function spaced(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
