// Trains byte-pair encoding over bytes (Sennrich et al. 2016; Radford et al. 2019): the most frequent pair of adjacent tokens
// becomes a token, again and again. As BpeTrainer of the library tokenizers with ByteLevel's alphabet.

import { pairOf } from "./merges.ts";
import { BYTE_CHARACTERS, preTokenizerOf } from "./pre-tokenizers.ts";

/** The pre-tokenizer of the texts, as in tokenizer.json: GPT-2's words, in bytes. */
export const BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true } as const;

export interface BytePairs {
  /** The tokens, by ID: the special ones, the 256 bytes, and the merged ones. */
  readonly tokens: readonly string[];
  /** The two tokens of each merge, in order. */
  readonly merges: readonly (readonly [left: string, right: string])[];
}

interface Word {
  ids: number[];
  readonly count: number;
}

interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  /** The words that contained it at some time. */
  readonly words: Set<Word>;
}

/**
 * At most `size` tokens (fewer if no pair is left to merge); at least the special ones and the bytes. Of equally frequent pairs,
 * the one with the lowest IDs is merged. Pairs do not cross the borders of words.
 */
export function trainBytePairs(texts: Iterable<string>, size: number, special: readonly string[]): BytePairs {
  const tokens = [...special, ...[...BYTE_CHARACTERS].sort()];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges: (readonly [string, string])[] = [];
  const pairs = new Map<number, Pair>();
  for (const [word, count] of countWords(texts))
    countPairs(pairs, { ids: [...word].map((byte) => ids.get(byte)!), count }, 1);
  while (tokens.length < size) {
    const best = mostFrequent(pairs.values());
    if (!best) break;
    const { left, right, words } = best;
    const token = tokens[left]! + tokens[right]!;
    // Another pair may have made the same token before.
    const id = ids.get(token) ?? tokens.length;
    if (id === tokens.length) ids.set(token, tokens.push(token) - 1);
    merges.push([tokens[left]!, tokens[right]!]);
    for (const word of words) {
      countPairs(pairs, word, -1);
      word.ids = joined(word.ids, left, right, id);
      countPairs(pairs, word, 1);
    }
  }
  return { tokens, merges };
}

function countWords(texts: Iterable<string>): Map<string, number> {
  const split = preTokenizerOf(BYTE_LEVEL, {});
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const { text: word } of split({ text, first: true })) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Adds a word's pairs of adjacent tokens to the counts, or removes them (`sign` −1). */
function countPairs(pairs: Map<number, Pair>, word: Word, sign: 1 | -1): void {
  const { ids, count } = word;
  for (let i = 1; i < ids.length; i++) {
    const [left, right] = [ids[i - 1]!, ids[i]!];
    const key = pairOf(left, right);
    const pair = pairs.get(key) ?? { left, right, count: 0, words: new Set() };
    pairs.set(key, pair);
    pair.count += sign * count;
    if (sign > 0) pair.words.add(word);
    else if (!pair.count) pairs.delete(key);
  }
}

function mostFrequent(pairs: Iterable<Pair>): Pair | undefined {
  let best: Pair | undefined;
  for (const pair of pairs) {
    const isFirst = best && pair.count === best.count && pairOf(pair.left, pair.right) < pairOf(best.left, best.right);
    if (!best || pair.count > best.count || isFirst) best = pair;
  }
  return best;
}

/** The tokens of a word with each occurrence of the pair replaced, from left to right. */
function joined(ids: readonly number[], left: number, right: number, id: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const isPair = ids[i] === left && ids[i + 1] === right;
    result.push(isPair ? id : ids[i]!);
    if (isPair) i++;
  }
  return result;
}
