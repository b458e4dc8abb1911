// The texts that a model generates for the examples of a split.

import type { EncodedPart } from "../../data/encode.ts";
import type { GenerationExample } from "../../data/examples.ts";
import type { NextToken, Prompt } from "../../program/generation/next-token.ts";
import type { GeneratedTexts } from "../text-metrics/outcome.ts";
import { generate } from "./generate.ts";
import type { GenerationSettings } from "./settings.ts";
import type { Decoder } from "./text.ts";

export interface Generator {
  readonly decoder: Decoder;
  /** How the model's authors generate; what would be drawn at random is replaced by the most likely tokens, so that metrics repeat. */
  readonly settings: GenerationSettings;
  /** The most tokens of a prompt and its continuation. */
  readonly maxLength: number;
  /** How many prompts are continued at once. */
  readonly batchSize: number;
}

/** What a model reads of an encoded example before it generates. */
export function promptOf({ sequences, target, decoder }: EncodedPart): Prompt {
  const [{ ids }] = sequences as readonly [EncodedPart["sequences"][number]];
  if (decoder) return { ids: decoder.slice(0, 1), source: ids };
  const first = (target as readonly number[]).findIndex((id) => id >= 0);
  return { ids: ids.slice(0, first + 1) };
}

/** Generates a text for each example; undefined if the signal fires first. */
export async function generatedTexts(
  model: NextToken,
  examples: readonly GenerationExample[],
  encoded: readonly EncodedPart[],
  { decoder, settings, maxLength, batchSize }: Generator,
  signal?: AbortSignal,
): Promise<GeneratedTexts | undefined> {
  const prompts = encoded.map(promptOf);
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
  return { generated, references: examples.map(({ target }) => target) };
}

const lengthOf = ({ ids, source }: Prompt) => (source ?? ids).length;
