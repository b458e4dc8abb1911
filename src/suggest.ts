// "Did you mean …": the known word closest to a mistyped one.

import { quoted } from "./visible.ts";

/** Longer words are not typos, and comparing takes time quadratic in the length. */
const LONGEST = 100;
/** The maximum number of candidates to compare: a file may list a million columns. */
const MOST = 10_000;

/**
 * The candidate with the fewest edits (a letter inserted, deleted, changed, or swapped with its neighbour; case is
 * ignored). undefined if none is close: the limit is a third of the letters, at least one and at most three.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let best: string | undefined;
  let fewest = Math.min(limit + 1, word.length);
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > MOST) break;
    if (Math.abs(candidate.length - word.length) >= fewest) continue; // needs at least `fewest` edits
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/**
 * A remedy that starts with a suggestion, as in `did you mean "label"? If not, …`, or just `otherwise` if nothing is
 * close.
 */
export function didYouMean(word: string, candidates: Iterable<string>, otherwise: string): string {
  const near = suggest(word, candidates);
  return near === undefined ? otherwise : `did you mean ${quoted(near)}? If not, ${otherwise}`;
}

/** The Damerau–Levenshtein distance (optimal string alignment): one row per letter of `a`; three rows are kept. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(change, above[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
}
