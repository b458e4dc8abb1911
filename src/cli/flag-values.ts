// Values of flags: one of a few words, and integers in a range.

import { InputError } from "../errors.ts";
import { quoted } from "../visible.ts";

/** The chosen word; the first one is the default. Throws an InputError for any other. */
export function oneOf<W extends string>(words: readonly W[], flag: string, given: ReadonlyMap<string, string>): W {
  const text = given.get(flag) ?? words[0]!;
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw new InputError(`unknown ${flag} ${quoted(text)}`, { at: `--${flag}` }, `choose ${words.join(" or ")}`);
}

/** An integer from `from` to `to`. Throws an InputError for anything else. */
export function integerOf(
  flag: string,
  given: ReadonlyMap<string, string>,
  { from, to, otherwise }: { readonly from: number; readonly to: number; readonly otherwise: number },
): number {
  const text = given.get(flag);
  if (text === undefined) return otherwise;
  const value = text.trim() ? Number(text) : Number.NaN;
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new InputError(
    `${quoted(text)} is not an integer from ${from} to ${to}`,
    { at: `--${flag}` },
    `write an integer such as ${otherwise}`,
  );
}
