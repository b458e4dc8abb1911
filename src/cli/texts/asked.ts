// What `predict` and `which` ask of the compute process: answers of loaded adaptations to lines of standard input.

import { setImmediate } from "node:timers/promises";
import type { GeneratedAnswer, GenerationChoice } from "../../adaptation/generation/answer.ts";
import type { Texts } from "../../adaptation/predict.ts";
import type { Prediction } from "../../adaptation/prediction.ts";
import { grouped } from "../../numbers.ts";
import type { Compute } from "../compute.ts";
import { linesOf } from "../lines.ts";
import { print, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";

/** Lines per request: results arrive early, and no message contains a whole corpus. */
const TOGETHER = 256;

/**
 * The lines of standard input, in batches, without waiting to fill one: whoever writes a line may be waiting for its answer. Ends
 * when the signal fires.
 */
export async function* manyLines({ input, err }: Terminal, signal: AbortSignal): AsyncGenerator<string[]> {
  if (input.isTTY) print(err, "reading lines from the terminal; press Ctrl+D to finish\n");
  const source = linesOf(input);
  const stopped = new Promise<"stopped">((resolve) => signal.addEventListener("abort", () => resolve("stopped")));
  let lines: string[] = [];
  let next: Promise<IteratorResult<string>> | undefined;
  try {
    for (;;) {
      next ??= source.next();
      const found = await Promise.race([next, stopped, ...(lines.length ? [setImmediate()] : [])]);
      if (found === "stopped") return;
      if (found) next = undefined;
      if (found && !found.done && lines.push(found.value) < TOGETHER) continue;
      if (lines.length) yield lines;
      if (found?.done) return;
      lines = [];
    }
  } finally {
    // A pending read, which would keep the process alive, fails when the input is destroyed.
    next?.catch(() => {});
    input.destroy?.();
  }
}

export interface Generation extends Pick<Texts, "isFrames"> {
  readonly texts: readonly string[];
  readonly only: readonly string[];
  readonly choice: GenerationChoice;
  readonly before: number;
}

/** Asks loaded adaptations, and counts the lines that each truncates. */
export class Asking {
  readonly #compute: Compute;
  readonly #signal: AbortSignal;
  readonly #cut = new Map<string, number>();
  readonly #unseen = new Map<string, number>();

  constructor(compute: Compute, signal: AbortSignal) {
    this.#compute = compute;
    this.#signal = signal;
  }

  /** Passes on each prediction, text by text, of these adaptations. */
  async each(
    { texts, isFrames }: Texts,
    only: readonly string[],
    tell: (prediction: Prediction) => void,
  ): Promise<void> {
    const onEvent = (prediction: Prediction) => {
      const { adaptation, pieces, isCut, unseenValues } = prediction;
      if (isCut || pieces.some(({ entered }) => !entered)) count(this.#cut, adaptation);
      if (unseenValues) count(this.#unseen, adaptation);
      tell(prediction);
    };
    const params = { texts, only, ...(isFrames && { isFrames }) };
    if (texts.length && only.length) await this.#compute.ask("ask", params, { onEvent, signal: this.#signal });
  }

  /** Each text's predictions, in the order of `only`. */
  async all({ texts, isFrames }: Texts, only: readonly string[]): Promise<Prediction[][]> {
    const found: Prediction[] = [];
    await this.each({ texts, isFrames }, only, (prediction) => void found.push(prediction));
    return texts.map((_, i) => found.slice(i * only.length, (i + 1) * only.length));
  }

  /**
   * Passes on what these adaptations generate, text by text in the order of `only`. `before`: the number of lines before the
   * texts; `onPiece`: receives the pieces of each text, which are then generated one by one.
   */
  async generate(
    { texts, isFrames, only, choice, before }: Generation,
    tell: (answer: GeneratedAnswer, index: number) => void,
    onPiece?: (piece: string) => void,
  ): Promise<void> {
    const params = { texts, only, choice, before, streams: onPiece !== undefined, ...(isFrames && { isFrames }) };
    await this.#compute.ask("generate", params, {
      signal: this.#signal,
      onEvent: (event) => {
        if (event.type === "piece") return onPiece?.(event.piece);
        if (event.answer.cut) count(this.#cut, event.answer.adaptation);
        tell(event.answer, event.index);
      },
    });
  }

  /** Says how many lines were truncated and, if wanted, how many had values of attributes that count as missing. */
  report({ err }: Terminal, countsUnseen = false): void {
    for (const [adaptation, lines] of this.#cut)
      print(
        err,
        `${grouped(lines)} ${lines === 1 ? "line was" : "lines were"} longer than the maximum length of ${shorter(adaptation)} and truncated\n`,
      );
    for (const [adaptation, lines] of countsUnseen ? this.#unseen : [])
      print(
        err,
        `${grouped(lines)} ${lines === 1 ? "line" : "lines"} had values of attributes that ${shorter(adaptation)} was not trained with, so they counted as missing\n`,
      );
  }
}

const count = (counts: Map<string, number>, adaptation: string): unknown =>
  counts.set(adaptation, (counts.get(adaptation) ?? 0) + 1);
