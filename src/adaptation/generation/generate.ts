// Generates texts: runs the searches of several prompts together over one model.

import { Random } from "../../data/random.ts";
import { InputError } from "../../errors.ts";
import { grouped } from "../../numbers.ts";
import type { NextToken, Prompt } from "../../program/generation/next-token.ts";
import { tick } from "../../pulse.ts";
import { BeamSearch } from "./beam-search.ts";
import { processorOf } from "./processors.ts";
import type { Finish, Hypothesis, Rows, Search } from "./search.ts";
import type { GenerationSettings } from "./settings.ts";
import { drawing, mostLikely, SingleSearch } from "./single-search.ts";
import { finishing } from "./stopping.ts";
import { AddedText, type Decoder } from "./text.ts";

export interface GeneratedText extends Hypothesis {
  /** Without special tokens, and without the stop string and what follows it, as in OpenAI's API. */
  readonly text: string;
  readonly finish: Finish;
}

export interface Generated extends GeneratedText {
  /** The other finished hypotheses of a beam search, the best first. */
  readonly others: readonly GeneratedText[];
}

export interface Generating {
  readonly signal?: AbortSignal | undefined;
  /**
   * Receives the text of prompt i piece by piece; the pieces joined are its `text`, and none is ever taken back. In a
   * beam search, where the best hypothesis changes, the text comes in one piece when the search ends.
   */
  readonly onText?: ((piece: string, i: number) => void) | undefined;
  /** The number of prompts in earlier calls: sampling for prompt i draws from stream `before` + i. */
  readonly before?: number | undefined;
}

/**
 * Continues each prompt. Results are the same as if each prompt was continued alone, up to the rounding of the model's
 * logits. An abort ends all texts where they are, with `finish` "aborted" for those whose search had not ended; it does
 * not throw. Throws an InputError if a prompt leaves no room in the model's positions, or if the settings ask for beams and
 * sampling together.
 */
export async function generate(
  model: NextToken,
  decoder: Decoder,
  prompts: readonly Prompt[],
  settings: GenerationSettings,
  { signal, onText, before = 0 }: Generating = {},
): Promise<Generated[]> {
  const texts = prompts.map(({ ids }, i) => {
    const text = new AddedText(decoder, ids, settings.stops);
    return new Continuing(
      searchFor(ids, settings, model.positions, text, before + i),
      text,
      (piece) => onText?.(piece, i),
      settings.beams === 1 && onText !== undefined,
    );
  });
  /** The texts that are not finished, with the rows of each among the model's. */
  let open = texts.map((text, i) => ({ text, rows: [i] }));
  try {
    let logits = open.length && !signal?.aborted ? await model.start(prompts) : undefined;
    while (logits && !signal?.aborted) {
      tick();
      const tokens: number[] = [];
      const parents: number[] = [];
      const next: typeof open = [];
      for (const { text, rows } of open) {
        const found = text.next(rowsOf(logits, rows, model.vocabulary));
        if (!found) continue;
        next.push({ text, rows: found.tokens.map((_, i) => tokens.length + i) });
        tokens.push(...found.tokens);
        parents.push(...found.parents.map((parent) => rows[parent]!));
      }
      open = next;
      logits = open.length && !signal?.aborted ? await model.advance(tokens, parents) : undefined;
    }
  } finally {
    model.release();
  }
  return texts.map((text) => text.result());
}

/** These adjacent rows of the logits. */
function rowsOf(logits: Float32Array, rows: readonly number[], vocabulary: number): Float32Array {
  return logits.subarray(rows[0]! * vocabulary, (rows.at(-1)! + 1) * vocabulary);
}

/** The search for the continuation of a prompt, which is prompt number `number` of those to sample for. */
function searchFor(
  prompt: readonly number[],
  settings: GenerationSettings,
  positions: number,
  text: AddedText,
  number: number,
): Search {
  const { longest, beams, sampling } = settings;
  const room = positions - prompt.length;
  const wanted = "newTokens" in longest ? longest.newTokens : longest.allTokens - prompt.length;
  const most = Math.min(wanted, room);
  if (most < 1) {
    const limit = wanted < 1 ? `the maximum length` : `the model's ${grouped(positions)} positions`;
    throw new InputError(
      `a prompt has ${grouped(prompt.length)} tokens, which leaves no room for more within ${limit}`,
      {},
      "shorten the prompt, or allow more new tokens",
    );
  }
  if (sampling && beams > 1)
    throw new InputError("beam search does not sample", {}, "use 1 beam, or turn sampling off");
  const process = processorOf(settings, prompt.length, prompt.length + most);
  const finishOf = finishing(settings, text, most, room < wanted ? "positions" : "length");
  if (beams > 1) return new BeamSearch(prompt, settings, process, finishOf, most);
  const choose = sampling ? drawing(sampling, new Random(sampling.seed, `generation ${number}`)) : mostLikely;
  return new SingleSearch(prompt, process, choose, finishOf);
}

/** The continuation of one prompt: its search, and its text, passed on while it grows if `streams`. */
class Continuing {
  readonly #search: Search;
  readonly #text: AddedText;
  readonly #pass: (piece: string) => void;
  readonly #streams: boolean;
  #ended = false;
  #passed = 0;

  constructor(search: Search, text: AddedText, pass: (piece: string) => void, streams: boolean) {
    this.#search = search;
    this.#text = text;
    this.#pass = pass;
    this.#streams = streams;
  }

  next(logits: Float32Array): Rows | undefined {
    const rows = this.#search.next(logits);
    const { ids } = this.#search.hypotheses()[0]!;
    this.#ended = !rows;
    if (this.#ended) this.#passOn(this.#text.kept(ids));
    else if (this.#streams) this.#passOn(this.#text.settled(ids));
    return rows;
  }

  result(): Generated {
    const [best, ...others] = this.#search.hypotheses().map((hypothesis) => ({
      ...hypothesis,
      text: this.#text.kept(hypothesis.ids),
      finish: (this.#ended && hypothesis.finish) || ("aborted" as const),
    })) as [GeneratedText, ...GeneratedText[]];
    this.#passOn(best.text);
    return { ...best, others };
  }

  #passOn(text: string): void {
    if (text.length > this.#passed) this.#pass(text.slice(this.#passed));
    this.#passed = Math.max(this.#passed, text.length);
  }
}
