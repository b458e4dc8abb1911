// Values of flags: one of a few words, numbers in a range, and what to write.

import path from "node:path";
import { InputError } from "../errors.ts";
import { requireFree } from "../files.ts";
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

/** A number above `above` and at most `most`; undefined if there is none. Throws an InputError for anything else. */
export function numberOf(
  flag: string,
  given: ReadonlyMap<string, string>,
  { above, most, example }: { readonly above: number; readonly most: number; readonly example: string },
): number | undefined {
  const text = given.get(flag);
  if (text === undefined) return undefined;
  const value = text.trim() ? Number(text) : Number.NaN;
  if (value > above && value <= most && Number.isFinite(value)) return value;
  throw new InputError(
    `${quoted(text)} is not ${Number.isFinite(above) ? `a number above ${above} and at most ${most}` : "a number"}`,
    { at: `--${flag}` },
    `write a number such as ${example}`,
  );
}

/** How many examples are drawn, and by which seed. */
export function drawnOf(
  given: ReadonlyMap<string, string>,
  otherwise: { readonly rows: number; readonly seed: number },
): { rows: number; seed: number } {
  return {
    rows: integerOf("rows", given, { from: 1, to: 1_000_000_000, otherwise: otherwise.rows }),
    seed: integerOf("seed", given, { from: 0, to: 2 ** 32 - 1, otherwise: otherwise.seed }),
  };
}

/** The paths that these flags have, if they are given. The compute process has its own working folder, so paths are absolute. */
export function pathsOf<F extends string>(
  given: ReadonlyMap<string, string>,
  ...flags: readonly F[]
): { [flag in F]?: string } {
  const paths: { [flag in F]?: string } = {};
  for (const flag of flags) {
    const value = given.get(flag);
    if (value !== undefined) paths[flag] = path.resolve(value);
  }
  return paths;
}

/** The new adaptation to write. Throws an InputError for another ending, for a file that exists, and if there is neither a name nor `otherwise`. */
export async function adaptationOutOf(
  given: ReadonlyMap<string, string>,
  ending: ".mask.safetensors" | ".tuned.safetensors",
  otherwise?: string,
): Promise<string> {
  const out = given.get("out") ?? otherwise;
  if (!out?.endsWith(ending))
    throw new InputError(
      out === undefined
        ? "no output file is specified"
        : `${quoted(out)} is not the name of ${ending.startsWith(".mask") ? "a mask" : "tuned tensors"}`,
      { at: "--out" },
      `write --out NAME${ending}`,
    );
  const file = path.resolve(out);
  await requireFree(file);
  return file;
}

/** The folder to write. Throws an InputError if there is none. */
export function outOf(given: ReadonlyMap<string, string>): string {
  const out = given.get("out");
  if (out !== undefined) return path.resolve(out);
  throw new InputError("no output folder is specified", { at: "--out" }, "choose a new folder");
}
