// Limits on texts. The time to tokenize a text grows linearly with its length, and quadratically with the length of
// sequences of combining marks or flag emoji.

import { grouped } from "../numbers.ts";

/** Maximum number of characters in a text. A book chapter has fewer, and a model reads only a few hundred words. */
const LONGEST_TEXT = 1_000_000;
/**
 * Maximum number of consecutive combining marks; normalization sorts them one by one. No script uses ten in a row; joke
 * texts use a hundred.
 */
const MOST_MARKS = 1000;
const MARKS = /\p{M}{100,}/gu;
/**
 * Flag emoji are pairs of regional indicator letters. Finding where a pair starts requires counting all letters before
 * it in the sequence.
 */
const FLAGS = /[\u{1F1E6}-\u{1F1FF}]{200}/gu;

/** Why a text is rejected and how to fix it; undefined if the text is accepted. */
export function faultOfText(text: string): [what: string, remedy: string] | undefined {
  if (text.length > LONGEST_TEXT)
    return [
      `the text has ${grouped(text.length)} characters, over the limit of ${grouped(LONGEST_TEXT)}`,
      "shorten it: a model reads only a few hundred words",
    ];
  for (const [marks] of text.matchAll(MARKS))
    if (marks.length > MOST_MARKS)
      return [
        `the text has ${grouped(marks.length)} combining marks in a row, over the limit of ${grouped(MOST_MARKS)}`,
        "remove most of them: no script puts that many on one letter",
      ];
  return undefined;
}

/** Yields the text in pieces: splits it within long sequences of flags, but never within a grapheme cluster. */
export function* piecesOf(text: string): Generator<string> {
  let done = 0;
  for (const { 0: flags, index } of text.matchAll(FLAGS)) {
    yield text.slice(done, index + flags.length);
    done = index + flags.length;
  }
  if (done < text.length) yield text.slice(done);
}
