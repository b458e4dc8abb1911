// The texts that a model generates for the examples of a split.

import type { GenerationExample } from "../../data/examples.ts";
import type { EncodedSource } from "../../data/generative.ts";
import type { NextToken, Prompt } from "../../program/generation/next-token.ts";
import type { GeneratedTexts } from "../text-metrics/outcome.ts";
import { generate } from "./generate.ts";
import type { GenerationSettings } from "./settings.ts";
import type { Decoder } from "./text.ts";

export interface Generator {
  readonly decoder: Decoder;
  /** What the model reads of an example before it generates; the example's target has no influence. */
  read(example: GenerationExample): EncodedSource;
  /** How the model's authors generate; what would be drawn at random is replaced by the most likely tokens, so that metrics repeat. */
  readonly settings: GenerationSettings;
  /** The most tokens of a prompt and its continuation. */
  readonly maxLength: number;
  /** How many prompts are continued at once. */
  readonly batchSize: number;
}

/** Generates a text for each example; undefined if the signal fires first. */
export async function generatedTexts(
  model: NextToken,
  examples: readonly GenerationExample[],
  { decoder, read, settings, maxLength, batchSize }: Generator,
  signal?: AbortSignal,
): Promise<GeneratedTexts | undefined> {
  const prompts = examples.map(read);
  // Prompts of similar length are continued together.
  const order = [...prompts.keys()].sort((a, b) => lengthOf(prompts[a]!) - lengthOf(prompts[b]!));
  const generated = new Array<string>(prompts.length);
  const own = { ...settings, sampling: undefined, longest: { allTokens: Math.min(maxLength, model.positions) } };
  for (let from = 0; from < order.length; from += batchSize) {
    const index = order.slice(from, from + batchSize);
    const texts = await generate(
      model,
      decoder,
      index.map((i) => prompts[i]!),
      own,
      { signal },
    );
    if (signal?.aborted) return undefined;
    for (const [place, { text }] of texts.entries()) generated[index[place]!] = text;
  }
  const references = examples.map(({ target, references = [target] }) => references);
  return { generated, references, cut: prompts.map(({ cut }) => cut) };
}

const lengthOf = ({ ids, source, frames }: Prompt) => (frames ?? source ?? ids).length;
