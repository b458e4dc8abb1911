// Matches the patterns of tokenizer.json without a regular expression engine.
//
// Supports only patterns that mean the same in every engine: literal strings, and sequences of characters with counts
// ("a", " +", "x{2,3}"). Such a pattern is a list of runs, each of a single character, and so is any text. Matching runs
// against runs takes time linear in the length of the text. A backtracking engine takes polynomial time for some
// patterns ("a+a+a+a+b"), and V8's engine cannot be interrupted from within its own process. The patterns of common
// byte-level tokenizers are known by their source.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";
import { LONGEST_TOKEN } from "./fields.ts";
import { KNOWN_PATTERNS } from "./known-patterns.ts";

/** A character with an optional count. */
const ITEM = /[^\\^$.|?*+()[\]{}](?:(\+)|\{(\d{1,9})(?:(,)(\d{0,9}))?\})?/uy;
/** Maximum count. A run of more characters does not fit into a model. */
const MOST_REPEATS = 1_000_000;

/** A match in a text. */
export interface Match {
  readonly start: number;
  readonly end: number;
}

/** Yields the matches from left to right, like a global regular expression. */
export type Find = (text: string) => Iterable<Match>;

interface Run {
  readonly character: string;
  readonly least: number;
  readonly most: number;
}

/**
 * Returns the finder for `{"String": …}` or for a supported `{"Regex": …}`. Throws an InputError for any other pattern,
 * and for a pattern of more than 1,000 characters.
 */
export function patternOf(pattern: unknown, place: Place): Find {
  const { String: literal, Regex: regex } = isJsonObject(pattern) ? pattern : {};
  const source = literal ?? regex;
  if (typeof source === "string" && source.length > LONGEST_TOKEN)
    throw new InputError(
      `a pattern has ${source.length} characters, over the limit of ${LONGEST_TOKEN}`,
      place,
      "use a tokenizer with shorter patterns",
    );
  if (literal === "")
    throw new InputError("a pattern is empty", place, "use a tokenizer whose patterns are literal strings");
  const known = typeof regex === "string" ? KNOWN_PATTERNS.get(regex) : undefined;
  if (known && literal === undefined) return toFind(known);
  const runs = typeof literal === "string" ? joined(Array.from(literal, once)) : runsOf(regex);
  if (runs?.length) return finderOf(runs);
  throw new InputError(
    `the pattern ${quoted(regex ?? pattern)} is not supported`,
    place,
    "use a tokenizer whose patterns are literal strings, or that of GPT-2, Qwen 2 or Llama 3",
  );
}

/** Finds the matches of one of our own regular expressions. */
export const toFind = (expression: RegExp): Find =>
  function* (text) {
    for (const { 0: match, index } of text.matchAll(expression)) yield { start: index, end: index + match.length };
  };

const once = (character: string): Run => ({ character, least: 1, most: 1 });

/** The runs of a supported regular expression; undefined for any other. */
function runsOf(regex: unknown): Run[] | undefined {
  if (typeof regex !== "string") return undefined;
  const runs: Run[] = [];
  for (let at = 0; at < regex.length; ) {
    ITEM.lastIndex = at;
    const found = ITEM.exec(regex);
    if (!found) return undefined;
    const [whole, plus, first, comma, last] = found;
    const least = first === undefined ? 1 : Number(first);
    const most = plus || (comma && !last) ? Number.POSITIVE_INFINITY : comma ? Number(last) : least;
    // A run that may be empty, such as x{0}, would match everywhere.
    if (least < 1 || most < least || least > MOST_REPEATS) return undefined;
    runs.push({ character: String.fromCodePoint(whole.codePointAt(0)!), least, most });
    at = ITEM.lastIndex;
  }
  return joined(runs);
}

/** Joins adjacent runs of the same character: "a+a{2}" becomes "a{3,}". */
function joined(runs: readonly Run[]): Run[] {
  const result: Run[] = [];
  for (const run of runs) {
    const before = result.at(-1);
    if (before?.character !== run.character) result.push(run);
    else result.splice(-1, 1, { ...run, least: before.least + run.least, most: before.most + run.most });
  }
  return result;
}

/** Returns a finder that compares each run of the text with each run of the pattern at most once. */
function finderOf(runs: readonly Run[]): Find {
  const [first, ...others] = runs as [Run, ...Run[]];
  return function* (text) {
    for (let from = text.indexOf(first.character); from >= 0; ) {
      const width = first.character.length;
      const length = repeats(text, from, first.character);
      const end = from + length * width;
      let next: number;
      if (!others.length) {
        // A pattern of a single run matches as many characters as allowed, and may match repeatedly within a run of the
        // text.
        for (let left = length, start = from; left >= first.least; ) {
          const taken = Math.min(left, first.most);
          yield { start, end: start + taken * width };
          left -= taken;
          start += taken * width;
        }
        next = end;
      } else {
        const behind = length >= first.least ? matchBehind(text, end, others) : undefined;
        if (behind !== undefined) yield { start: end - Math.min(length, first.most) * width, end: behind };
        next = behind ?? end;
      }
      from = text.indexOf(first.character, next);
    }
  };
}

/**
 * The end of a match of these runs that starts at `at`; undefined if there is none. All runs but the last must match
 * whole runs of the text.
 */
function matchBehind(text: string, at: number, runs: readonly Run[]): number | undefined {
  for (const [i, { character, least, most }] of runs.entries()) {
    const isLast = i === runs.length - 1;
    const length = repeats(text, at, character, isLast ? most : Number.POSITIVE_INFINITY);
    if (length < least || length > most) return undefined;
    at += length * character.length;
  }
  return at;
}

/** The number of consecutive occurrences of a character at `at`, counted up to `most`. */
function repeats(text: string, at: number, character: string, most = Number.POSITIVE_INFINITY): number {
  let count = 0;
  while (count < most && text.startsWith(character, at)) {
    count++;
    at += character.length;
  }
  return count;
}
