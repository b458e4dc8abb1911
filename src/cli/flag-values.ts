// Values of flags: one of a few words, integers in a range, and the folder to write.

import path from "node:path";
import { InputError } from "../errors.ts";
import { quoted } from "../visible.ts";

/** The chosen word, or `otherwise`. Throws an InputError for any other. */
export function oneOf<W extends string>(
  words: readonly W[],
  flag: string,
  given: ReadonlyMap<string, string>,
  otherwise: W = words[0]!,
): W {
  const text = given.get(flag) ?? otherwise;
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  const all = words.join(words.length > 2 ? ", " : " or ");
  throw new InputError(`unknown ${flag} ${quoted(text)}`, { at: `--${flag}` }, `choose ${all}`);
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

/** The folder to write. Throws an InputError if there is none. */
export function outOf(given: ReadonlyMap<string, string>): string {
  const out = given.get("out");
  if (out !== undefined) return path.resolve(out);
  throw new InputError("no output folder is specified", { at: "--out" }, "choose a new folder");
}
