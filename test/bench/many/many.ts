// npm run bench many
import { adaptationsOf, type Measured } from "../accuracy.ts";

/** Ten tasks of single texts, with 2 to 6 labels, no two over the same texts. */
export const TASKS: readonly Measured[] = [
  ...(["sst2", "trec", "subj", "cola", "agnews", "sentiment", "spam", "abstracts", "firstword", "joined"] as const),
];

export async function benchMany(_words: readonly string[]): Promise<void> {
  for (const task of TASKS) console.log(task, await adaptationsOf(task, "masked", [1]));
}
