// Generates texts with adaptations.

import { InputError } from "../../errors.ts";
import type { Adaptation } from "../../mask/file.ts";
import type { NextToken } from "../../program/generation/next-token.ts";
import { adaptorIn, requireReading } from "../inputs/frames.ts";
import { requireTask } from "../read.ts";
import type { Scorers } from "../scorers.ts";
import type { GenerationChoice, GenerationEvent, GenerationFacts } from "./answer.ts";
import { settingsFor } from "./chosen.ts";
import { generate } from "./generate.ts";
import { framesPrompt, promptFor } from "./prompt.ts";
import { ownGeneration } from "./text-scoring.ts";

export interface GenerationRequest {
  readonly texts: readonly string[];
  /** Whether `texts` are paths of files of frames. */
  readonly isFrames?: boolean | undefined;
  readonly choice: GenerationChoice;
  /** Reports pieces of each text while it grows; texts are then generated one by one. */
  readonly streams: boolean;
  /** The number of texts in earlier requests: sampling for text i draws from stream `before` + i. */
  readonly before: number;
}

export interface Hearing {
  readonly signal?: AbortSignal | undefined;
  tell(event: GenerationEvent): void;
}

/** The most rows that are continued together. */
const TOGETHER = 8;
/** Between two pieces of a text, in milliseconds; faster ones are joined. */
const BETWEEN = 40;

export const isGenerative = ({ metadata }: Pick<Adaptation, "metadata">): boolean =>
  metadata.task.kind === "generation" || metadata.task.kind === "language";

/** How an adaptation generates; null if its task is to classify. */
export async function generationFacts(scorers: Scorers, adaptation: Adaptation): Promise<GenerationFacts | null> {
  if (!isGenerative(adaptation)) return null;
  const { settings, notes } = await ownGeneration(await scorers.base(adaptation));
  return { settings, notes, isChat: adaptation.metadata.task.chat === true };
}

/**
 * Generates one request at a time. The copies of weights to which an adaptation's masks are applied are kept until another
 * adaptation generates.
 */
export class Generators {
  #kept: { readonly adaptation: Adaptation; readonly model: NextToken } | undefined;
  #turn: Promise<void> = Promise.resolve();

  /**
   * Reports each text's answers, text by text under the adaptations in the given order. If the signal fires, the texts that have
   * begun are reported as they are. Throws an InputError if an adaptation classifies.
   */
  under(
    scorers: Scorers,
    adaptations: readonly Adaptation[],
    request: GenerationRequest,
    hearing: Hearing,
  ): Promise<void> {
    for (const adaptation of adaptations) {
      requireGenerative(adaptation);
      requireReading(adaptation, request.isFrames ?? false);
    }
    const done = this.#turn.then(() => this.#all(scorers, adaptations, request, hearing));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Forgets adaptations that are no longer loaded. */
  keep(adaptations: readonly Adaptation[]): void {
    if (this.#kept && !adaptations.includes(this.#kept.adaptation)) this.#kept = undefined;
  }

  async #all(
    scorers: Scorers,
    adaptations: readonly Adaptation[],
    { texts, choice, streams, before }: GenerationRequest,
    { signal, tell }: Hearing,
  ): Promise<void> {
    const together = streams ? 1 : Math.max(1, Math.floor(TOGETHER / (choice.beams ?? 1)));
    for (let from = 0; from < texts.length; from += together) {
      const some = texts.slice(from, from + together);
      const columns: GenerationEvent[][] = [];
      for (const adaptation of adaptations) {
        if (signal?.aborted) return;
        const onText = streams ? joining((piece) => tell(pieceOf(piece, from, adaptation))) : undefined;
        const request = { texts: some, choice, before: before + from, onText, signal };
        const answers = await this.#some(scorers, adaptation, request);
        columns.push(answers.map((answer, i) => ({ type: "generated", index: from + i, answer })));
        if (streams) tell(columns.pop()![0]!);
      }
      for (const i of some.keys()) for (const column of columns) tell(column[i]!);
    }
  }

  async #some(
    scorers: Scorers,
    adaptation: Adaptation,
    {
      texts,
      choice,
      ...generating
    }: Pick<GenerationRequest, "texts" | "choice" | "before"> & {
      readonly onText: ((piece: string) => void) | undefined;
      readonly signal: AbortSignal | undefined;
    },
  ) {
    const base = await scorers.base(adaptation);
    const own = await ownGeneration(base);
    const settings = settingsFor(own.settings, choice);
    const read = adaptorIn(adaptation)
      ? await Promise.all(texts.map((file) => framesPrompt(adaptation, file, base, own)))
      : texts.map((text) => promptFor(text, adaptation.metadata.task, base, own, settings));
    const model = await this.#model(scorers, adaptation);
    const start = performance.now();
    const prompts = read.map(({ prompt }) => prompt);
    const found = await generate(model, base.tokenizer, prompts, settings, generating);
    const seconds = (performance.now() - start) / 1000;
    return found.map(({ text: generated, ids, finish, logProbability }, i) => {
      const { prompt, cut } = read[i]!;
      const promptTokens = (prompt.frames ?? prompt.source ?? prompt.ids).length;
      return {
        ...{ text: texts[i]!, adaptation: adaptation.file, generated, finish, tokens: ids.length, logProbability },
        ...{ promptTokens, cut, seconds },
      };
    });
  }

  async #model(scorers: Scorers, adaptation: Adaptation): Promise<NextToken> {
    if (this.#kept?.adaptation === adaptation) return this.#kept.model;
    this.#kept = undefined; // its weights are freed before others are copied
    const model = await (await scorers.under(adaptation)).decoding();
    this.#kept = { adaptation, model };
    return model;
  }
}

function requireGenerative(adaptation: Adaptation): void {
  requireTask(adaptation);
  if (isGenerative(adaptation)) return;
  throw new InputError(
    `a ${adaptation.metadata.task.kind} task classifies texts and generates none`,
    { file: adaptation.file },
    "use an adaptation that was trained for a language or generation task",
  );
}

const pieceOf = (piece: string, index: number, { file }: Adaptation): GenerationEvent => ({
  ...{ type: "piece", index, adaptation: file, piece },
});

/** Passes pieces on, joined if they come faster than `BETWEEN`; the last ones come with the whole text. */
function joining(pass: (piece: string) => void): (piece: string) => void {
  let waiting = "";
  let passed = Number.NEGATIVE_INFINITY;
  return (piece) => {
    waiting += piece;
    if (performance.now() < passed + BETWEEN) return;
    pass(waiting);
    waiting = "";
    passed = performance.now();
  };
}
