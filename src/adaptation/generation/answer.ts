// What an adaptation generates for a text, and what a user chooses of how: plain JSON, for the worker's channel, the page that
// shows it, and the command line.

import type { Finish } from "./search.ts";
import type { GenerationSettings } from "./settings.ts";

/** Settings that replace the model's own; what is absent stays as the model's authors set it. */
export interface GenerationChoice {
  /** The most new tokens. */
  readonly newTokens?: number | null | undefined;
  readonly beams?: number | null | undefined;
  readonly lengthPenalty?: number | null | undefined;
  /** With this, top-k or top-p, tokens are drawn at random; 0 takes the most likely one each time. */
  readonly temperature?: number | null | undefined;
  readonly topK?: number | null | undefined;
  readonly topP?: number | null | undefined;
  readonly seed?: number | null | undefined;
  readonly stops?: readonly string[] | null | undefined;
}

/** How an adaptation generates if nothing else is chosen. */
export interface GenerationFacts {
  readonly settings: GenerationSettings;
  /** What of the model's files is not honoured, in sentences. */
  readonly notes: readonly string[];
  /** Whether a text is a message, which the tokenizer's chat template puts into a conversation. */
  readonly isChat: boolean;
}

export interface GeneratedAnswer {
  readonly text: string;
  /** The adaptation's file. */
  readonly adaptation: string;
  readonly generated: string;
  readonly finish: Finish;
  /** The number of generated tokens, with the end token if there is one. */
  readonly tokens: number;
  /** The sum of the log probabilities (natural logarithm) that the model gives to these tokens, before any setting. */
  readonly logProbability: number;
  /** The number of tokens that the model read, and whether some of the text's were left out to make room. */
  readonly promptTokens: number;
  readonly cut: boolean;
  /** From reading the prompt to the last token. */
  readonly seconds: number;
}

/** What is reported of texts: pieces of one, in order, or all of it. `index`: which of the texts. */
export type GenerationEvent =
  | { readonly type: "piece"; readonly index: number; readonly adaptation: string; readonly piece: string }
  | { readonly type: "generated"; readonly index: number; readonly answer: GeneratedAnswer };

/** An answer as a line of JSON, in the format documented in docs/command-line.md: the same for the same seed, so without times. */
export function generatedJson({ seconds: _, ...answer }: GeneratedAnswer): object {
  return answer;
}
