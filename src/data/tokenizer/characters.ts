// Character classes as defined by the reference tokenizers, independent of the Unicode version of Node.

import tables from "./unicode.json";

type Class = keyof typeof tables;

/** The members of a class, for use inside the brackets of a regular expression with flag u. */
export function members(name: Class): string {
  const numbers = tables[name].split(" ").map((digits) => Number.parseInt(digits, 36));
  let end = 0;
  let source = "";
  for (let i = 0; i < numbers.length; i += 2) {
    const first = end + numbers[i]!;
    end = first + numbers[i + 1]!;
    source += end === first ? escaped(first) : `${escaped(first)}-${escaped(end)}`;
  }
  return source;
}

function escaped(point: number): string {
  return `\\u{${point.toString(16)}}`;
}

/** Matches any character of a class. */
export function anyOf(name: Class, flags = "gu"): RegExp {
  return new RegExp(`[${members(name)}]`, flags);
}

export type NormalForm = "NFC" | "NFD" | "NFKC" | "NFKD";

const FROZEN = new RegExp(`([${members("frozen")}])`, "u");

/**
 * The normal form as the reference library computes it: characters newer than its tables do not change and block
 * reordering.
 */
export function normalForm(text: string, form: NormalForm): string {
  if (!FROZEN.test(text)) return text.normalize(form);
  return text
    .split(FROZEN)
    .map((part, i) => (i % 2 ? part : part.normalize(form)))
    .join("");
}
