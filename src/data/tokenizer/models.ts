// From a word to ids: WordPiece, byte-pair encoding and Unigram, as the model of a tokenizer.json says.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";

export interface TokenModel {
  readonly vocabulary: ReadonlyMap<string, number>;
  /** The ids of a word that no added token is in. InputError where a part of it is unknown and there is no unknown token. */
  idsOf(word: string): readonly number[];
}

const REMEDY = "take the tokenizer that belongs to the model";
/** Words that are kept with their ids. */
const REMEMBERED = 100_000;

const MODELS = { BPE: bytePairs, Unigram: unigram, WordPiece: wordPiece };
export type ModelName = keyof typeof MODELS;

/** The kind of model of a tokenizer.json; older ones do not say it. InputError for a kind that is not read. */
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

/** The model of a tokenizer.json. InputError where it is none, or of a kind or with an option that is not read. */
export function modelOf(config: unknown, place: Place): TokenModel {
  const { vocabulary, idsOf } = MODELS[modelNameOf(config, place)](config as JsonObject, place);
  const known = new Map<string, readonly number[]>();
  return {
    vocabulary,
    idsOf: (word) => {
      let ids = known.get(word);
      if (!ids) {
        ids = idsOf(word);
        if (known.size < REMEMBERED) known.set(word, ids);
      }
      return ids;
    },
  };
}

/** The vocabulary of a tokenizer.json's model, ids by token. InputError where it is malformed or empty. */
export function vocabularyOf(config: unknown, place: Place): Map<string, number> {
  const { vocab } = isJsonObject(config) ? config : {};
  if (Array.isArray(vocab)) return scored(vocab, place).vocabulary;

  const entries = isJsonObject(vocab) ? Object.entries(vocab) : [];
  const wrong = entries.find(([, id]) => !Number.isSafeInteger(id) || (id as number) < 0);
  if (wrong)
    throw new InputError(
      `the id of ${quoted(wrong[0])} is ${quoted(wrong[1])}, not a whole number`,
      { ...place, at: "model.vocab" },
      REMEDY,
    );
  if (!entries.length) throw new InputError("the vocabulary is empty", { ...place, at: "model.vocab" }, REMEDY);
  return new Map(entries as [string, number][]);
}

function unknownOf(vocabulary: ReadonlyMap<string, number>, token: unknown, place: Place): () => number {
  const id = vocabulary.get(String(token));
  return () => {
    if (id !== undefined) return id;
    throw new InputError(
      `a text has characters that the vocabulary lacks, and the unknown token ${quoted(token ?? null)} is not in it`,
      { ...place, at: "model.unk_token" },
      REMEDY,
    );
  };
}

/** The longest token that begins the word, then the longest that begins the rest; all of it unknown where none does. */
function wordPiece(config: JsonObject, place: Place): TokenModel {
  const vocabulary = vocabularyOf(config, place);
  const unknown = unknownOf(vocabulary, config.unk_token ?? "[UNK]", place);
  const prefix = String(config.continuing_subword_prefix ?? "##");
  const longest = Number(config.max_input_chars_per_word ?? 100);
  const idsOf = (word: string): number[] => {
    const characters = [...word];
    if (characters.length > longest) return [unknown()];
    const ids: number[] = [];
    for (let start = 0; start < characters.length; ) {
      let end = characters.length;
      let id: number | undefined;
      for (; end > start; end--) {
        const part = characters.slice(start, end).join("");
        id = vocabulary.get(start ? prefix + part : part);
        if (id !== undefined) break;
      }
      if (id === undefined) return [unknown()];
      ids.push(id);
      start = end;
    }
    return ids;
  };
  return { vocabulary, idsOf };
}

/** Joins the neighbours whose merge comes first in the list, the leftmost of them, until there is none. */
function bytePairs(config: JsonObject, place: Place): TokenModel {
  if (config.dropout)
    throw new InputError(
      `dropout ${quoted(config.dropout)} makes tokens random`,
      { ...place, at: "model.dropout" },
      "set it to null",
    );
  const vocabulary = vocabularyOf(config, place);
  const prefix = String(config.continuing_subword_prefix ?? "");
  const suffix = String(config.end_of_word_suffix ?? "");
  const merges = mergesOf(config.merges, vocabulary, prefix, place);
  const hasUnknown = config.unk_token !== null && config.unk_token !== undefined;
  const unknown = unknownOf(vocabulary, config.unk_token, place);
  const idsOf = (word: string): number[] => {
    const whole = config.ignore_merges ? vocabulary.get(word) : undefined;
    if (whole !== undefined) return [whole];
    const characters = [...word];
    const symbols: number[] = [];
    let pending: number[] = [];
    for (const [i, character] of characters.entries()) {
      const symbol = (i ? prefix : "") + character + (i === characters.length - 1 ? suffix : "");
      const id = vocabulary.get(symbol);
      const bytes = id === undefined && config.byte_fallback ? bytesOf(symbol, vocabulary) : undefined;
      if (id !== undefined) {
        symbols.push(...pending, id);
        pending = [];
      } else if (bytes) symbols.push(...bytes);
      // Without an unknown token, what the vocabulary lacks leaves no trace.
      else if (hasUnknown) {
        if (!config.fuse_unk) symbols.push(...pending);
        pending = [unknown()];
      }
    }
    symbols.push(...pending);
    return merged(symbols, merges);
  };
  return { vocabulary, idsOf };
}

interface Merge {
  readonly rank: number;
  readonly id: number;
}

type Merges = ReadonlyMap<number, Merge>;

/** Ids are below 2²⁶. */
const pairOf = (left: number, right: number) => left * 2 ** 26 + right;

function mergesOf(merges: unknown, vocabulary: ReadonlyMap<string, number>, prefix: string, place: Place): Merges {
  const found = new Map<number, Merge>();
  for (const [i, merge] of (Array.isArray(merges) ? merges : []).entries()) {
    const at = `merge ${i + 1}`;
    const pair: unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
    const [left, right] = pair.map(String);
    if (pair.length !== 2 || left === undefined || right === undefined)
      throw new InputError(`${quoted(merge)} is not two tokens`, { ...place, at }, REMEDY);
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

function merged(symbols: readonly number[], merges: Merges): number[] {
  const ids = [...symbols];
  for (;;) {
    let best: Merge | undefined;
    for (let i = 1; i < ids.length; i++) {
      const merge = merges.get(pairOf(ids[i - 1]!, ids[i]!));
      if (merge && (!best || merge.rank < best.rank)) best = merge;
    }
    if (!best) return ids;
    ids.splice(0, ids.length, ...joined(ids, best, merges));
  }
}

/** Joins the pairs of `best` from the left, up to one that makes way for a merge of a lower rank. */
function joined(ids: readonly number[], best: Merge, merges: Merges): number[] {
  const result: number[] = [];
  const isLower = (left: number | undefined, right: number | undefined) =>
    left !== undefined && right !== undefined && (merges.get(pairOf(left, right))?.rank ?? best.rank) < best.rank;
  for (let i = 0; i < ids.length; i++) {
    if (i + 1 === ids.length || merges.get(pairOf(ids[i]!, ids[i + 1]!)) !== best) {
      result.push(ids[i]!);
      continue;
    }
    i++;
    const yields = isLower(result.at(-1), best.id) || isLower(best.id, ids[i + 1]);
    result.push(best.id);
    if (yields) return [...result, ...ids.slice(i + 1)];
  }
  return result;
}

function bytesOf(text: string, vocabulary: ReadonlyMap<string, number>): number[] | undefined {
  const ids = [...Buffer.from(text)].map((byte) =>
    vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
  );
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

/** Unigram's tokens with their scores; their places are their ids. */
function scored(entries: readonly unknown[], place: Place): { vocabulary: Map<string, number>; scores: number[] } {
  const vocabulary = new Map<string, number>();
  const scores = entries.map((entry, id) => {
    const [token, score] = Array.isArray(entry) ? entry : [];
    if (typeof token === "string" && typeof score === "number") {
      vocabulary.set(token, id);
      return score;
    }
    const at = `model.vocab ${id}`;
    throw new InputError(`${quoted(entry)} is not a token with its score`, { ...place, at }, REMEDY);
  });
  if (!scores.length) throw new InputError("the vocabulary is empty", { ...place, at: "model.vocab" }, REMEDY);
  return { vocabulary, scores };
}

/** How much worse than the worst token an unknown character is, in the logarithm of its probability. */
const UNKNOWN_PENALTY = 10;

/** The split of a word into tokens whose scores (logarithms of probabilities) have the greatest sum. */
function unigram(config: JsonObject, place: Place): TokenModel {
  const { vocabulary, scores } = scored(Array.isArray(config.vocab) ? config.vocab : [], place);
  const longest = [...vocabulary.keys()].reduce((most, { length }) => Math.max(most, length), 0);
  const unknownId = config.unk_id;
  if (typeof unknownId !== "number" || !(unknownId in scores))
    throw new InputError(
      `${quoted(unknownId ?? null)} is not the id of a token`,
      { ...place, at: "model.unk_id" },
      REMEDY,
    );
  const unknownScore = scores.reduce((least, score) => Math.min(least, score)) - UNKNOWN_PENALTY;

  const idsOf = (word: string): number[] => {
    /** Of the best split that ends at a place: its sum, and its last token with that token's start. */
    const best: ({ readonly sum: number; readonly start: number; readonly id: number } | undefined)[] = [];
    for (let start = 0; start < word.length; ) {
      const sum = best[start]?.sum ?? 0;
      const offer = (end: number, score: number, id: number) => {
        const there = best[end];
        if (!there || sum + score > there.sum) best[end] = { sum: sum + score, start, id };
      };
      const next = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
      for (let end = next; end <= Math.min(word.length, start + longest); end++) {
        const id = vocabulary.get(word.slice(start, end));
        if (id !== undefined) offer(end, scores[id]!, id);
      }
      if (!vocabulary.has(word.slice(start, next))) offer(next, unknownScore, unknownId);
      start = next;
    }
    const parts: { text: string; unknown: boolean }[] = [];
    for (let end = word.length; end > 0; ) {
      const { start, id } = best[end]!;
      const unknown = id === unknownId;
      const text = word.slice(start, end);
      const behind = parts.at(-1);
      // Unknown characters side by side are one token.
      if (unknown && behind?.unknown) behind.text = text + behind.text;
      else parts.push({ text, unknown });
      end = start;
    }
    return parts
      .reverse()
      .flatMap(
        ({ text }) =>
          vocabulary.get(text) ?? (config.byte_fallback ? bytesOf(text, vocabulary) : undefined) ?? unknownId,
      );
  };
  return { vocabulary, idsOf };
}
