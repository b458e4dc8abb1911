// Tokens that are found in a text before it is split: special ones, and those that were added to a vocabulary.

import type { JsonObject } from "../../json.ts";
import { members } from "./characters.ts";

/** As tokenizer.json keeps it, without its id. */
export interface AddedToken {
  readonly content: string;
  /** Only found where no letter or digit touches it. */
  readonly single_word: boolean;
  /** Takes the blanks before it, and behind it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Looked for in the normalized text, in its own normalized form. */
  readonly normalized: boolean;
  readonly special: boolean;
}

/** An added token with what its entry does not say filled in: special ones are looked for as they are written. */
export function addedToken(content: string, entry: JsonObject): AddedToken {
  const special = entry.special === true;
  const flag = (name: string, otherwise: boolean) => (typeof entry[name] === "boolean" ? entry[name] : otherwise);
  return {
    content,
    single_word: flag("single_word", false),
    lstrip: flag("lstrip", false),
    rstrip: flag("rstrip", false),
    normalized: flag("normalized", !special),
    special,
  };
}

/** A stretch of a text: an added token, or what is between them. `start` is where it begins. */
export interface Stretch {
  readonly text: string;
  readonly start: number;
  readonly id?: number;
}

export type FindAdded = (text: string) => Stretch[];

const WORD_AT_END = new RegExp(`[${members("word")}]$`, "u");
const WORD_AT_START = new RegExp(`^[${members("word")}]`, "u");
const SPACE_AT_END = new RegExp(`[${members("space")}]*$`, "u");
const SPACES_FROM = new RegExp(`[${members("space")}]*`, "uy");

/** Cuts a text at these tokens: the leftmost first, of those that begin at one place the longest. */
export function finderOf(tokens: ReadonlyMap<string, AddedToken & { readonly id: number }>): FindAdded {
  const longestFirst = [...tokens.keys()].filter(Boolean).sort((a, b) => b.length - a.length);
  if (!longestFirst.length) return (text) => (text ? [{ text, start: 0 }] : []);
  const pattern = new RegExp(longestFirst.map((text) => text.replace(/[\\^$.|?*+()[\]{}/-]/g, "\\$&")).join("|"), "gu");
  return (text) => {
    const stretches: Stretch[] = [];
    let done = 0;
    for (const match of text.matchAll(pattern)) {
      const token = tokens.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      // A character has at most two code units.
      const touches = () =>
        WORD_AT_END.test(text.slice(Math.max(0, start - 2), start)) || WORD_AT_START.test(text.slice(end, end + 2));
      if (token.single_word && touches()) continue;
      if (token.lstrip && start > done) start = done + SPACE_AT_END.exec(text.slice(done, start))!.index;
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
