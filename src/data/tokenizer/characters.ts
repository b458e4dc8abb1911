// Character classes as defined by the reference tokenizers, independent of Node's Unicode version.

import tables from "./unicode.json";

type Class = keyof typeof tables;

/** The characters of a class, as source text for the inside of brackets in a regular expression with the flag u. */
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
 * Normalizes a text as the reference library does: characters that are newer than the library's tables do not change,
 * and marks are not reordered across them.
 */
export function normalForm(text: string, form: NormalForm): string {
  if (!FROZEN.test(text)) return text.normalize(form);
  return text
    .split(FROZEN)
    .map((part, i) => (i % 2 ? part : part.normalize(form)))
    .join("");
}
