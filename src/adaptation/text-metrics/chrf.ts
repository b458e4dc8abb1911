// Corpus chrF (Popović 2015) as sacrebleu computes it: F2 of character n-grams up to order 6 without white space; chrF++
// adds words and pairs of words.

import { matches, nGrams, totalOf, wordsOf } from "./n-grams.ts";

const CHARACTERS = [1, 2, 3, 4, 5, 6];
/** The orders of words in chrF++; chrF has none. */
const WORDS = [1, 2];
/** β²: recall counts twice as much as precision. */
const FACTOR = 4;

/** The number of statistics of a text: its own n-grams, those of the reference and the matches, for each order. */
export const CHRF_STATISTICS = 3 * CHARACTERS.length;
export const CHRF_PLUS_STATISTICS = CHRF_STATISTICS + 3 * WORDS.length;

const PUNCTUATION = new Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

/** The words of a text; a punctuation mark at the end of a word or, if there is none, at its start, is a word. */
function splitWords(text: string): string[] {
  return wordsOf(text).flatMap((word) => {
    const letters = Array.from(word);
    if (letters.length === 1) return [word];
    if (PUNCTUATION.has(letters.at(-1)!)) return [letters.slice(0, -1).join(""), letters.at(-1)!];
    return PUNCTUATION.has(letters[0]!) ? [letters[0]!, letters.slice(1).join("")] : [word];
  });
}

/**
 * [`CHRF_STATISTICS`] or, with words, [`CHRF_PLUS_STATISTICS`]: numbers that add up over a corpus, and from which `chrfOf`
 * computes chrF. Of several references, the one with the highest chrF counts, the first of equals.
 */
export function chrfStatistics(generated: string, references: readonly string[], withWords = false): number[] {
  let [best, highest]: [number[], number] = [[], -1];
  for (const reference of references) {
    const own = statisticsOf(generated, reference, withWords);
    const value = references.length > 1 ? chrfOf(own) : 0;
    if (value > highest) [best, highest] = [own, value];
  }
  return best;
}

function statisticsOf(generated: string, reference: string, withWords: boolean): number[] {
  const [own, wanted] = [generated, reference].map((text) => Array.from(wordsOf(text).join("")));
  const characters = CHARACTERS.flatMap((order) => statistics(own!, wanted!, order, ""));
  if (!withWords) return characters;
  const [ownWords, wantedWords] = [splitWords(generated), splitWords(reference)];
  return [...characters, ...WORDS.flatMap((order) => statistics(ownWords, wantedWords, order, " "))];
}

/** An order of which the reference has no n-gram counts none. */
function statistics(own: readonly string[], wanted: readonly string[], order: number, separator: string): number[] {
  const there = totalOf(wanted.length, order);
  if (!there) return [0, 0, 0];
  const both = matches(nGrams(own, order, separator), nGrams(wanted, order, separator));
  return [totalOf(own.length, order), there, both];
}

/** chrF, or chrF++, from 0 to 100, from the sums of statistics: F2 of the mean precision and recall over the orders. */
export function chrfOf(sums: ArrayLike<number>): number {
  let [precision, recall, orders] = [0, 0, 0];
  for (let i = 0; i < sums.length; i += 3) {
    const [own, there, both] = [sums[i]!, sums[i + 1]!, sums[i + 2]!];
    if (!own || !there) continue;
    precision += both / own;
    recall += both / there;
    orders++;
  }
  if (!(precision + recall)) return 0;
  precision /= orders;
  recall /= orders;
  return (100 * (1 + FACTOR) * precision * recall) / (FACTOR * precision + recall);
}
