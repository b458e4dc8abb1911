// Finds added tokens in a text before it is split: special tokens, and tokens added to the vocabulary.

import type { Place } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { members } from "./characters.ts";
import { flagField } from "./fields.ts";
import { Tree } from "./tree.ts";

/** An added token as stored in tokenizer.json, without its ID. */
export interface AddedToken {
  readonly content: string;
  /** Whether the token matches only if no letter or digit is adjacent to it. */
  readonly single_word: boolean;
  /** Whether a match includes the whitespace to its left (`lstrip`) or to its right (`rstrip`). */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Whether the token is normalized and then matched in the normalized text. */
  readonly normalized: boolean;
  readonly special: boolean;
}

/**
 * Creates an added token, with defaults for flags that its entry omits: by default, special tokens are matched in the
 * raw text. Throws an InputError if a flag is neither true nor false.
 */
export function addedToken(content: string, entry: JsonObject, place: Place): AddedToken {
  const flag = (name: string, otherwise: boolean) => flagField(entry, name, otherwise, place);
  const special = flag("special", false);
  return {
    content,
    single_word: flag("single_word", false),
    lstrip: flag("lstrip", false),
    rstrip: flag("rstrip", false),
    normalized: flag("normalized", !special),
    special,
  };
}

/**
 * A part of a text: an added token, or the text between two added tokens. `start` is the offset of the part in the
 * text.
 */
export interface Stretch {
  readonly text: string;
  readonly start: number;
  readonly id?: number;
}

export type FindAdded = (text: string) => Stretch[];

const WORD_AT_END = new RegExp(`[${members("word")}]$`, "u");
const WORD_AT_START = new RegExp(`^[${members("word")}]`, "u");
const A_SPACE = new RegExp(`^[${members("space")}]$`, "u");
const SPACES_FROM = new RegExp(`[${members("space")}]*`, "uy");

/** Maximum number of characters in all added tokens together; real files have about ten thousand. */
export const MOST_LETTERS = 1_000_000;

const isSecondHalf = (code: number) => code >= 0xdc00 && code <= 0xdfff;

/**
 * Returns a function that splits a text at these tokens. The leftmost token is matched first and, of the tokens that
 * start at the same position, the longest. A regular expression with one alternative per token would try all
 * alternatives at every position.
 */
export function finderOf(tokens: ReadonlyMap<string, AddedToken & { readonly id: number }>): FindAdded {
  const written = [...tokens.keys()].filter(Boolean);
  const tree = new Tree(new Map(written.map((token, i) => [token, i])));
  if (!written.length) return (text) => (text ? [{ text, start: 0 }] : []);
  return (text) => {
    const stretches: Stretch[] = [];
    let done = 0;
    for (let from = 0; from < text.length; ) {
      const found = isSecondHalf(text.charCodeAt(from)) ? undefined : tree.longestAt(text, from);
      let start = from;
      from = found ?? from + 1;
      if (found === undefined) continue;
      const token = tokens.get(text.slice(start, found))!;
      let end = found;
      // A character has at most two code units.
      const touches = () =>
        WORD_AT_END.test(text.slice(Math.max(0, start - 2), start)) || WORD_AT_START.test(text.slice(end, end + 2));
      if (token.single_word && touches()) continue;
      if (token.lstrip) while (start > done && A_SPACE.test(text[start - 1]!)) start--;
      if (token.rstrip) {
        SPACES_FROM.lastIndex = end;
        end += SPACES_FROM.exec(text)![0].length;
      }
      if (start > done) stretches.push({ text: text.slice(done, start), start: done });
      stretches.push({ text: text.slice(start, end), start, id: token.id });
      done = end;
    }
    if (done < text.length) stretches.push({ text: text.slice(done), start: done });
    return stretches;
  };
}
