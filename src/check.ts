// Checks of values that came from outside: each gives the value back as what it must be, or says where it is something else.

import { InputError, type Place } from "./errors.ts";
import { quoted } from "./visible.ts";

/** Where a checked value lies, and what to do where it is wrong. */
export interface Checked extends Place {
  readonly remedy: string;
}

/** Gives the value back as what it must be, or throws an InputError for the place. */
export type Check<T> = (value: unknown, place: Checked) => T;
export type Fields<T> = { readonly [K in keyof T]-?: Check<T[K]> };

/** Letters of a text: names, paths and reasons are short; more would only be there to fill pages. */
const LONGEST_TEXT = 10_000;
/** Of a number that is only shown or computed with: squares of it must stay finite. */
const LARGEST = 1e100;
/** Keys of an object. */
const MOST_KEYS = 100_000;

export function check<T>(wanted: string, fits: (value: unknown) => value is T): Check<T> {
  return (value, { file, at, remedy }) => {
    if (fits(value)) return value;
    throw new InputError(
      value === undefined ? "it is missing" : `it must be ${wanted}, but is ${quoted(value)}`,
      { ...(file !== undefined && { file }), ...(at !== undefined && { at }) },
      remedy,
    );
  };
}

export const text = check(
  `a string of at most ${LONGEST_TEXT} characters`,
  (value): value is string => typeof value === "string" && value.length <= LONGEST_TEXT,
);
export const number = check(
  `a number of at most ${LARGEST}`,
  (value): value is number => typeof value === "number" && Math.abs(value) <= LARGEST,
);
export const count = check("a whole number from 0", isCount);
export const upTo = (most: number) =>
  check(`a whole number from 1 to ${most}`, (value): value is number => isCount(value) && value > 0 && value <= most);
export const positive = upTo(Number.MAX_SAFE_INTEGER);
export const seed = check(
  "a whole number from 0 to 2³² − 1",
  (value): value is number => isCount(value) && value < 2 ** 32,
);
export const share = check(
  "a number from 0 to 1",
  (value): value is number => typeof value === "number" && value >= 0 && value <= 1,
);
export const hash = check(
  "a hexadecimal SHA-256 digest",
  (value): value is string => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
);

export function oneOf<const T extends string | number>(values: readonly T[]): Check<T> {
  return check(`one of ${values.join(", ")}`, (value): value is T => values.includes(value as T));
}

export function optional<T>(inner: Check<T>): Check<T | undefined> {
  return (value, place) => (value === undefined ? undefined : inner(value, place));
}

export function nullable<T>(inner: Check<T>): Check<T | null> {
  return (value, place) => (value === null ? null : inner(value, place));
}

export function list<T>(inner: Check<T>, most: number): Check<readonly T[]> {
  const values = check(
    `a list of at most ${most} entries`,
    (value): value is unknown[] => Array.isArray(value) && value.length <= most,
  );
  return (value, place) => values(value, place).map((entry, i) => inner(entry, within(place, i)));
}

export function record<T>(inner: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, place) =>
    Object.fromEntries(
      Object.entries(group(value, place)).map(([key, entry]) => [key, inner(entry, within(place, key))]),
    );
}

/** The fields that are named; what else the object holds is left out. */
export function object<T extends object>(fields: Fields<T>): Check<T> {
  return (value, place) => {
    const values = group(value, place);
    const pairs = Object.entries<Check<unknown>>(fields).map(([key, inner]) => [
      key,
      inner(Object.hasOwn(values, key) ? values[key] : undefined, within(place, key)),
    ]);
    return Object.fromEntries(pairs.filter(([, entry]) => entry !== undefined)) as T;
  };
}

const group = check(`an object of at most ${MOST_KEYS} keys`, (value): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.keys(value).length <= MOST_KEYS;
});

function within({ at, ...place }: Checked, key: string | number): Checked {
  return { ...place, at: at === undefined ? String(key) : `${at}.${key}` };
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
