// What counts alone know of the next token: unigrams and bigrams of the training texts.

import type { LanguageExample } from "../../../src/data/examples.ts";
import { blocksOf } from "../../../src/data/generative.ts";
import { readTask } from "../../../src/data/task.ts";
import { loadTokenizer } from "../../../src/data/tokenizer/tokenizer.ts";

export interface CountPerplexity {
  readonly unigram: number;
  readonly bigram: number;
}

/** Bigrams are mixed with unigrams by a weight that falls with the evidence (Witten and Bell 1991). */
export async function countPerplexity(model: string, file: string, length: number): Promise<CountPerplexity> {
  const { splits } = await readTask(file);
  const tokenizer = await loadTokenizer(model, undefined, { bare: true });
  const blocks = (split: "train" | "test") =>
    blocksOf(splits[split] as readonly LanguageExample[], tokenizer, length).map(({ sequences }) => sequences[0]!.ids);
  const size = tokenizer.size;
  const single = new Float64Array(size).fill(1);
  const pairs = new Map<number, Map<number, number>>();
  let total = size;
  for (const ids of blocks("train"))
    for (const [i, id] of ids.entries()) {
      single[id]!++;
      total++;
      if (!i) continue;
      const after = pairs.get(ids[i - 1]!) ?? new Map<number, number>();
      pairs.set(ids[i - 1]!, after.set(id, (after.get(id) ?? 0) + 1));
    }
  let [count, unigram, bigram] = [0, 0, 0];
  for (const ids of blocks("test"))
    for (let i = 1; i < ids.length; i++) {
      const alone = single[ids[i]!]! / total;
      const after = pairs.get(ids[i - 1]!) ?? new Map<number, number>();
      const seen = [...after.values()].reduce((sum, times) => sum + times, 0);
      const together = ((after.get(ids[i]!) ?? 0) + after.size * alone) / (seen + after.size || 1);
      count++;
      unigram -= Math.log(alone);
      bigram -= Math.log(seen ? together : alone);
    }
  return { unigram: Math.exp(unigram / count), bigram: Math.exp(bigram / count) };
}
