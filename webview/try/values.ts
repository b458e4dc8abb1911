// Searches an attribute's values, which may be many thousands, as a user types, and says how many there are.

import type { AttributeValues } from "../../src/messages/try.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";

/** How many values a list shows. */
const MOST_LISTED = 50;

export interface Found {
  readonly listed: readonly string[];
  /** How many more match. */
  readonly more: number;
}

const folded = new WeakMap<readonly string[], readonly string[]>();

/** The values without differences of case, in their order; made once, because each key searches all of them. */
function foldedOf(values: readonly string[]): readonly string[] {
  const known = folded.get(values);
  if (known) return known;
  const all = values.map((value) => value.toLowerCase());
  folded.set(values, all);
  return all;
}

/** The values that contain the text, whatever its case: first those that begin with it, otherwise in their order. */
export function matching(values: readonly string[], text: string): Found {
  const sought = text.trim().toLowerCase();
  const all = foldedOf(values);
  const first: string[] = [];
  const others: string[] = [];
  let matches = 0;
  for (const [i, value] of all.entries()) {
    const at = value.indexOf(sought);
    if (at < 0) continue;
    matches++;
    const list = at === 0 ? first : others;
    if (list.length < MOST_LISTED) list.push(values[i]!);
  }
  const listed = [...first, ...others].slice(0, MOST_LISTED);
  return { listed, more: matches - listed.length };
}

/** The known value that a text stands for: itself, or the only one that differs from it in nothing but case. */
export function knownAs(values: readonly string[], text: string): string | undefined {
  if (values.includes(text)) return text;
  const sought = text.toLowerCase();
  const alike = foldedOf(values).flatMap((value, i) => (value === sought ? values[i]! : []));
  return alike.length === 1 ? alike[0] : undefined;
}

/** The values of one attribute; none if it is missing. */
export const valuesIn = (attributes: AttributeValues, name: string): readonly string[] =>
  Object.hasOwn(attributes, name) ? attributes[name]! : [];

export const valuesText = (count: number): string =>
  count === 1 ? l10n.t("1 value") : l10n.t("{0} values", grouped(count));
