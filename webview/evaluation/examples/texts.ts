// The texts of an example, which depend on the kind of its task.

import type { ExampleLine } from "../../../src/messages/evaluation.ts";

/** The fields of an example's line that hold its texts. */
export interface Texts {
  readonly text?: string;
  readonly textPair?: string;
  readonly choices?: readonly string[];
  readonly words?: readonly string[];
  readonly sentences?: readonly string[];
}

export const fieldsOf = (line: ExampleLine): Texts => line as unknown as Texts;

/** All texts of an example; the words of a sentence together. */
export function textsOf(line: ExampleLine): string[] {
  const { text, textPair, choices = [], words, sentences = [] } = fieldsOf(line);
  const first = [text, textPair, words?.join(" ")].flatMap((one) => (one === undefined ? [] : [one]));
  return [...first, ...choices, ...sentences];
}
