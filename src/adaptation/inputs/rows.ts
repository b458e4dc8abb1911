// Texts to classify, one example per line.

import type { ExampleOf, TaskKind } from "../../data/examples.ts";
import { InputError } from "../../errors.ts";
import type { Adaptation } from "../../mask/file.ts";
import { quoted } from "../../visible.ts";
import { requireTask } from "../read.ts";

/** One text or a pair; the label is unused. */
export type Row = ExampleOf["sentence"] & Partial<ExampleOf["pair"]>;

/** The kinds of tasks whose examples fit on one line, with a function that reads such a line. */
const ROWS: { readonly [K in TaskKind]?: (text: string, file: string) => ExampleOf[K] } = {
  sentence: (text) => ({ text, label: 0 }),
  pair: (line, file) => {
    const [text, textPair, ...more] = line.split("\t");
    if (textPair === undefined || more.length)
      throw new InputError(
        `${quoted(line)} is not a pair of texts, but ${file} was trained on pairs`,
        {},
        "separate the two texts with a tab",
      );
    return { text: text!, textPair, label: 0 };
  },
};

/** Throws an InputError if examples of the adaptation's task do not fit on one line. */
export function rowReader({ metadata, file }: Adaptation): (text: string) => Row {
  requireTask({ metadata, file });
  const read = ROWS[metadata.task.kind as TaskKind] as ((text: string, file: string) => Row) | undefined;
  if (read) return (text) => read(text, file);
  throw new InputError(
    `a ${metadata.task.kind} task does not classify single texts`,
    { file },
    "evaluate the adaptation on a task file, or use one that was trained for a sentence or pair task",
  );
}
