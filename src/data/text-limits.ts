// What a text may be, wherever it comes from: reading it takes time by its length, and by the square of some parts of it.

import { grouped } from "../numbers.ts";

/** Characters: a chapter of a book has fewer, and a model reads some hundred words of a text. */
const LONGEST_TEXT = 1_000_000;
/** Combining marks in a row: normal forms sort them one by one. No script has ten; jokes have a hundred. */
const MOST_MARKS = 1000;
const MARKS = /\p{M}{100,}/gu;
/** Flags are pairs of these letters; where a pair begins is counted from the first of a row. */
const FLAGS = /[\u{1F1E6}-\u{1F1FF}]{200}/gu;

/** Why a text is not read, and what to do; undefined where it is. */
export function faultOfText(text: string): [what: string, remedy: string] | undefined {
  if (text.length > LONGEST_TEXT)
    return [
      `the text has ${grouped(text.length)} characters, over the limit of ${grouped(LONGEST_TEXT)}`,
      "shorten it: a model reads only a few hundred words of a text",
    ];
  for (const [marks] of text.matchAll(MARKS))
    if (marks.length > MOST_MARKS)
      return [
        `the text has ${grouped(marks.length)} combining marks in a row, over the limit of ${grouped(MOST_MARKS)}`,
        "remove them: no script puts that many on one letter",
      ];
  return undefined;
}

/** The text in pieces, cut within long rows of flags: each piece is whole clusters of characters. */
export function* piecesOf(text: string): Generator<string> {
  let done = 0;
  for (const { 0: flags, index } of text.matchAll(FLAGS)) {
    yield text.slice(done, index + flags.length);
    done = index + flags.length;
  }
  if (done < text.length) yield text.slice(done);
}
