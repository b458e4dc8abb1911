// Label words: a classifier from the head of a masked language model, with the rows of one word a label (Schick and Schütze
// 2021, arXiv 2001.07676; for masks, Jiang et al. 2022, arXiv 2210.06210).

import type { Task } from "../data/task.ts";
import type { Tokenizer } from "../data/tokenizer/tokenizer.ts";
import { InputError } from "../errors.ts";
import { quoted } from "../visible.ts";
import { classifierOf } from "./recipe.ts";

/** Longer than any word. */
const LONGEST = 64;

/**
 * The token of each label's word: of the word by itself, or after a space if it is one token only there. Throws an
 * InputError if the task does not classify texts, if the words are not as many as the labels, or if one is not a token or stands
 * for two labels.
 */
export function wordIdsOf(
  words: readonly string[],
  { kind, labels }: Pick<Task, "kind" | "labels">,
  tokenizer: Tokenizer,
): number[] {
  const at = { at: "labelWords" };
  if (classifierOf(kind, labels.length).classifier !== "sequence")
    throw new InputError(`a ${kind} task does not classify texts, so labels have no words`, at, "omit the label words");
  if (words.length !== labels.length)
    throw new InputError(
      `${words.length} words were given, but the task has ${labels.length} labels (${labels.map(quoted).join(", ")})`,
      at,
      "give one word for each label, in this order",
    );
  const ids = words.map((word) => {
    for (const text of [word, ` ${word}`]) {
      const { ids, wordIds } = tokenizer.encode(text, undefined, LONGEST);
      const own = ids.filter((_, i) => wordIds[i] !== null);
      if (own.length === 1 && own[0] !== tokenizer.unknownId) return own[0]!;
    }
    throw new InputError(`${quoted(word)} is not one token of this model`, at, "choose a more frequent word");
  });
  const twice = ids.findIndex((id, i) => ids.indexOf(id) < i);
  if (twice >= 0)
    throw new InputError(
      `${quoted(words[twice]!)} is the word of two labels`,
      at,
      "choose another word for one of them",
    );
  return ids;
}
