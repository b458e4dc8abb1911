// Turns words into IDs with the model of a tokenizer.json: WordPiece, byte-pair encoding or Unigram.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { tick } from "../../pulse.ts";
import { quoted } from "../../visible.ts";
import { countField, flagField, isId, LONGEST_TOKEN, listField, MOST_TOKENS, textField, within } from "./fields.ts";
import { type Merges, merged, pairOf } from "./merges.ts";
import { NONE, ROOT, Tree } from "./tree.ts";

export interface TokenModel {
  readonly vocabulary: ReadonlyMap<string, number>;
  /**
   * The IDs of a word that contains no added tokens. Throws an InputError if part of the word is unknown and there is
   * no unknown token.
   */
  idsOf(word: string): readonly number[];
}

const REMEDY = "use the tokenizer that belongs to the model";
/** Maximum number of cached words. */
const REMEMBERED = 100_000;
/** Maximum number of characters in a cached word. */
const LONGEST_REMEMBERED = 100;
/**
 * The highest accepted limit on the length of words in WordPiece, in characters; longer words are unknown. The
 * tokenizers of transformers set the limit to 100.
 */
const LONGEST_WORD = 1000;

const MODELS = { BPE: bytePairs, Unigram: unigram, WordPiece: wordPiece };
export type ModelName = keyof typeof MODELS;

/**
 * The kind of model in a tokenizer.json, inferred if an older file does not state it. Throws an InputError for an
 * unsupported kind.
 */
export function modelNameOf(config: unknown, place: Place): ModelName {
  const json = isJsonObject(config) ? config : {};
  const name = json.type ?? (json.merges ? "BPE" : Array.isArray(json.vocab) ? "Unigram" : "WordPiece");
  if (typeof name === "string" && Object.hasOwn(MODELS, name)) return name as ModelName;
  throw new InputError(
    `the model ${quoted(name)} is not supported`,
    place,
    `use a tokenizer whose model is one of ${Object.keys(MODELS).join(", ")}`,
  );
}

/**
 * The model of a tokenizer.json. Throws an InputError if the model is missing, or if its kind or one of its options is
 * not supported.
 */
export function modelOf(config: unknown, place: Place): TokenModel {
  const { vocabulary, idsOf } = MODELS[modelNameOf(config, place)](config as JsonObject, place);
  const known = new Map<string, readonly number[]>();
  return {
    vocabulary,
    idsOf: (word) => {
      let ids = known.get(word);
      if (!ids) {
        ids = idsOf(word);
        tick();
        if (known.size < REMEMBERED && word.length <= LONGEST_REMEMBERED) known.set(word, ids);
      }
      return ids;
    },
  };
}

/** The vocabulary of the model in a tokenizer.json: IDs by token. Throws an InputError if it is malformed or empty. */
export function vocabularyOf(config: unknown, place: Place): Map<string, number> {
  const { vocab } = isJsonObject(config) ? config : {};
  if (Array.isArray(vocab)) return scored(vocab, place).vocabulary;

  const entries = isJsonObject(vocab) ? Object.entries(vocab) : [];
  const wrong = entries.find(([token, id]) => !isId(id) || token.length > LONGEST_TOKEN);
  if (wrong) throw refusalOf(wrong, { ...place, at: "model.vocab" });
  if (entries.length > MOST_TOKENS) throw tooMany(entries.length, place);
  if (!entries.length) throw new InputError("the vocabulary is empty", { ...place, at: "model.vocab" }, REMEDY);
  return new Map(entries as [string, number][]);
}

/** The error for an invalid token or ID. */
function refusalOf([token, id]: readonly [string, unknown], place: Place): InputError {
  const what =
    token.length > LONGEST_TOKEN
      ? `the token ${quoted(token)} has ${token.length} characters, over the limit of ${LONGEST_TOKEN}`
      : typeof id === "number" && Number.isInteger(id) && id > 0
        ? `the id of ${quoted(token)} is ${id}, over the limit of ${MOST_TOKENS - 1}`
        : `the id of ${quoted(token)} is ${quoted(id)}, not a whole number`;
  return new InputError(what, place, REMEDY);
}

function tooMany(count: number, place: Place): InputError {
  const what = `the vocabulary has ${count} tokens, over the limit of ${MOST_TOKENS}`;
  return new InputError(what, { ...place, at: "model.vocab" }, REMEDY);
}

function unknownOf(vocabulary: ReadonlyMap<string, number>, token: string | undefined, place: Place): () => number {
  const id = token === undefined ? undefined : vocabulary.get(token);
  return () => {
    if (id !== undefined) return id;
    throw new InputError(
      `a text has characters that are not in the vocabulary, and the unknown token ${quoted(token ?? null)} is not in it either`,
      { ...place, at: "model.unk_token" },
      REMEDY,
    );
  };
}

/**
 * Takes the longest token that is a prefix of the word, and continues with the rest of the word. If no token fits, the
 * whole word is unknown.
 */
function wordPiece(config: JsonObject, place: Place): TokenModel {
  const vocabulary = vocabularyOf(config, place);
  const at = within(place, "model");
  const unknown = unknownOf(vocabulary, textField(config, "unk_token", "[UNK]", at), place);
  const prefix = textField(config, "continuing_subword_prefix", "##", at);
  const longest = countField(config, "max_input_chars_per_word", 100, LONGEST_WORD, at);
  const tree = new Tree(vocabulary);
  const continued = tree.after(ROOT, prefix);
  const idsOf = (word: string): number[] => {
    if (word.length > 2 * longest) return [unknown()]; // a character has one or two code units
    if (word.length > longest && [...word].length > longest) return [unknown()];
    const ids: number[] = [];
    for (let start = 0; start < word.length; ) {
      let [id, end] = [NONE, start];
      let node = start ? continued : ROOT;
      for (let at = start; at < word.length && node !== NONE; ) {
        node = tree.next(node, word.charCodeAt(at++));
        if (node === NONE || tree.idAt(node) === NONE || isWithinCharacter(word, at)) continue;
        [id, end] = [tree.idAt(node), at];
      }
      if (id === NONE) return [unknown()];
      ids.push(id);
      start = end;
    }
    return ids;
  };
  return { vocabulary, idsOf };
}

/** Whether a position is inside a surrogate pair. */
function isWithinCharacter(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}

/**
 * Repeatedly merges the pair of adjacent symbols with the lowest rank, or the leftmost of several such pairs, until no
 * merge applies.
 */
function bytePairs(config: JsonObject, place: Place): TokenModel {
  if (config.dropout)
    throw new InputError(
      `dropout ${quoted(config.dropout)} makes tokenization random`,
      { ...place, at: "model.dropout" },
      "set it to null",
    );
  const vocabulary = vocabularyOf(config, place);
  const at = within(place, "model");
  const prefix = textField(config, "continuing_subword_prefix", "", at);
  const suffix = textField(config, "end_of_word_suffix", "", at);
  const merges = mergesOf(listField(config, "merges", MOST_TOKENS, at), vocabulary, prefix, place);
  const hasUnknown = config.unk_token !== null && config.unk_token !== undefined;
  const unknown = unknownOf(vocabulary, hasUnknown ? textField(config, "unk_token", undefined, at) : undefined, place);
  const [ignoresMerges, hasBytes, fuses] = ["ignore_merges", "byte_fallback", "fuse_unk"].map((key) =>
    flagField(config, key, false, at),
  );
  const idsOf = (word: string): number[] => {
    const whole = ignoresMerges ? vocabulary.get(word) : undefined;
    if (whole !== undefined) return [whole];
    const characters = [...word];
    const symbols: number[] = [];
    let pending: number[] = [];
    for (const [i, character] of characters.entries()) {
      const symbol = (i ? prefix : "") + character + (i === characters.length - 1 ? suffix : "");
      const id = vocabulary.get(symbol);
      const bytes = id === undefined && hasBytes ? bytesOf(symbol, vocabulary) : undefined;
      if (id !== undefined) {
        symbols.push(...pending, id); // at most one unknown token is pending
        pending = [];
      } else if (bytes) symbols.push(...bytes);
      // Without an unknown token, characters that are not in the vocabulary are dropped.
      else if (hasUnknown) {
        if (!fuses) symbols.push(...pending);
        pending = [unknown()];
      }
    }
    symbols.push(...pending);
    return merged(symbols, merges);
  };
  return { vocabulary, idsOf };
}

function mergesOf(
  merges: readonly unknown[],
  vocabulary: ReadonlyMap<string, number>,
  prefix: string,
  place: Place,
): Merges {
  const found: Map<number, { rank: number; id: number }> = new Map();
  for (const [i, merge] of merges.entries()) {
    const at = `merge ${i + 1}`;
    const pair: unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== "string" || typeof right !== "string")
      throw new InputError(`${quoted(merge)} is not a pair of tokens`, { ...place, at }, REMEDY);
    const result = left + right.slice(prefix.length);
    const ids = [left, right, result].map((token) => {
      const id = vocabulary.get(token);
      if (id !== undefined) return id;
      throw new InputError(`the token ${quoted(token)} is not in the vocabulary`, { ...place, at }, REMEDY);
    });
    found.set(pairOf(ids[0]!, ids[1]!), { rank: i, id: ids[2]! });
  }
  return found;
}

function bytesOf(text: string, vocabulary: ReadonlyMap<string, number>): number[] | undefined {
  const ids = [...Buffer.from(text)].map((byte) =>
    vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
  );
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

/** The tokens of a Unigram model with their scores. The index of a token is its ID. */
function scored(entries: readonly unknown[], place: Place): { vocabulary: Map<string, number>; scores: number[] } {
  if (entries.length > MOST_TOKENS) throw tooMany(entries.length, place);
  const vocabulary = new Map<string, number>();
  const scores = entries.map((entry, id) => {
    const [token, score] = Array.isArray(entry) ? entry : [];
    if (typeof token === "string" && typeof score === "number" && Number.isFinite(score)) {
      if (token.length > LONGEST_TOKEN) throw refusalOf([token, id], { ...place, at: `model.vocab ${id}` });
      vocabulary.set(token, id);
      return score;
    }
    const at = `model.vocab ${id}`;
    throw new InputError(`${quoted(entry)} is not a token with its score`, { ...place, at }, REMEDY);
  });
  if (!scores.length) throw new InputError("the vocabulary is empty", { ...place, at: "model.vocab" }, REMEDY);
  return { vocabulary, scores };
}

/**
 * The score of an unknown character is lower than the lowest token score by this much. Scores are log probabilities.
 */
const UNKNOWN_PENALTY = 10;
/** Progress is reported after this many matches, because a thousand tokens can end at each position. */
const TICKS = 10_000;

/** Splits words into the tokens with the highest sum of scores (log probabilities). */
function unigram(config: JsonObject, place: Place): TokenModel {
  const { vocabulary, scores } = scored(Array.isArray(config.vocab) ? config.vocab : [], place);
  const tree = new Tree(vocabulary);
  const ends = tree.ends();
  const hasBytes = flagField(config, "byte_fallback", false, within(place, "model"));
  const unknownId = config.unk_id;
  if (!isId(unknownId) || unknownId >= scores.length)
    throw new InputError(
      `${quoted(unknownId ?? null)} is not the id of a token`,
      { ...place, at: "model.unk_id" },
      REMEDY,
    );
  const unknownScore = scores.reduce((least, score) => Math.min(least, score)) - UNKNOWN_PENALTY;

  const idsOf = (word: string): number[] => {
    /**
     * For the best split that ends at each position: the sum of its scores, and the start (NONE if there is no split
     * yet) and ID of its last token.
     */
    const sums = new Float64Array(word.length + 1);
    const starts = new Int32Array(word.length + 1).fill(NONE);
    const last = new Int32Array(word.length + 1);
    const offer = (start: number, end: number, score: number, id: number) => {
      const sum = sums[start]! + score;
      if (starts[end] !== NONE && sum <= sums[end]!) return;
      sums[end] = sum;
      starts[end] = start;
      last[end] = id;
    };
    let node = ROOT;
    for (let end = 1, steps = 0; end <= word.length; end++) {
      node = tree.step(node, word.charCodeAt(end - 1), ends.shorter);
      if (isWithinCharacter(word, end)) continue;
      /** The start of the last character. */
      const first = isWithinCharacter(word, end - 1) ? end - 2 : end - 1;
      let known = false;
      // All tokens that end here, the longest first.
      for (let at = tree.idAt(node) === NONE ? ends.token[node]! : node; at !== NONE; at = ends.token[at]!) {
        if (++steps % TICKS === 0) tick();
        const start = end - ends.depth[at]!;
        if (start > first || isWithinCharacter(word, start)) continue;
        known ||= start === first;
        const id = tree.idAt(at);
        offer(start, end, scores[id]!, id);
      }
      if (!known) offer(first, end, unknownScore, unknownId);
    }
    const parts: { text: string; unknown: boolean }[] = [];
    for (let end = word.length; end > 0; ) {
      const start = starts[end]!;
      const unknown = last[end] === unknownId;
      const text = word.slice(start, end);
      const behind = parts.at(-1);
      // Adjacent unknown characters form one token.
      if (unknown && behind?.unknown) behind.text = text + behind.text;
      else parts.push({ text, unknown });
      end = start;
    }
    return parts
      .reverse()
      .flatMap(({ text }) => vocabulary.get(text) ?? (hasBytes ? bytesOf(text, vocabulary) : undefined) ?? unknownId);
  };
  return { vocabulary, idsOf };
}
