// How a task's examples fit a model: counts their labels, and notes what is truncated.

import { lossesOf } from "../adaptation/scoring.ts";
import { segmentsBeyond } from "../data/batches.ts";
import { SPLITS, type SplitName } from "../data/description.ts";
import type { EncodedPart } from "../data/encode.ts";
import type { Task } from "../data/task.ts";
import type { ModelConfig } from "../model/config.ts";
import { grouped } from "../numbers.ts";
import type { LabelCount } from "./events.ts";

type Rows = Readonly<Record<SplitName, readonly EncodedPart[]>>;

/** A value for each split. */
export function ofEach<T>(of: (split: SplitName) => T): Record<SplitName, T> {
  return { train: of("train"), validation: of("validation"), test: of("test") };
}

/** How often each label occurs in each split, including truncated words. */
export function labelCounts(labels: readonly string[], rows: Rows): LabelCount[] {
  const counts = labels.map((label) => ({ label, train: 0, validation: 0, test: 0 }));
  const count = (label: number, split: SplitName) => {
    const own = counts[label];
    if (own) own[split]++;
  };
  for (const split of SPLITS)
    for (const { target, unscored } of rows[split]) {
      for (const label of [target].flat()) count(label, split);
      for (const { label } of unscored) count(label, split);
    }
  return counts;
}

/** How often each label occurs in the loss, which excludes truncated words. */
export function trainedCounts(labels: readonly string[], rows: readonly EncodedPart[]): number[] {
  const whole = rows.map((row) => ({ ...row, unscored: [] }));
  return labelCounts(labels, { train: whole, validation: [], test: [] }).map(({ train }) => train);
}

const SPLIT_WORDS: Record<SplitName, string> = { train: "training", validation: "validation", test: "test" };

/** Notes for the user before the first step; `asked` is the requested maximum length. */
export function fitNotes(
  task: Pick<Task, "kind" | "unscored">,
  rows: Rows,
  { config, asked }: { config: ModelConfig; asked: number },
): string[] {
  const notes: string[] = [];
  const longest = Math.min(asked, config.positions);
  if (longest < asked)
    notes.push(`The maximum length was reduced from ${asked} to ${longest} tokens, the model's number of positions.`);
  const cut = listed(
    ofEach((split) => lossesOf(rows[split]).cut),
    (split, count) => `${count} of ${grouped(lossesOf(rows[split]).examples)} ${SPLIT_WORDS[split]}`,
  );
  if (cut) notes.push(`Truncated to ${longest} tokens: ${cut} examples.`);
  const unscored = listed(
    { ...ofEach((split) => lossesOf(rows[split]).unscored), train: 0 },
    (split, count) => `${count} ${SPLIT_WORDS[split]}`,
  );
  if (unscored)
    notes.push(
      task.unscored === "wrong"
        ? `Truncated words have no prediction (${unscored}); they count as wrong ("unscored": "leave-out" in the task file excludes them).`
        : `Truncated words have no prediction (${unscored}); they are excluded from the metrics, as set in the task file.`,
    );
  if (config.typeVocabSize && SPLITS.some((split) => segmentsBeyond(config.typeVocabSize, rows[split])))
    notes.push(
      `The tokenizer puts the second text into segment 1, but the model has ${config.typeVocabSize === 1 ? "only segment 0" : `${config.typeVocabSize} segments`}, so segment 0 is used for both texts.`,
    );
  return notes;
}

/** The splits with a count above 0, joined by commas and "and". */
function listed(counts: Record<SplitName, number>, shown: (split: SplitName, count: string) => string): string {
  const parts = SPLITS.filter((split) => counts[split]).map((split) => shown(split, grouped(counts[split])));
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
