// Predicts the labels of texts with adaptations.

import { evaluationBatches, lengthBuckets } from "../data/batches.ts";
import { encodeExample } from "../data/encode.ts";
import type { ExampleOf, TaskKind } from "../data/examples.ts";
import type { Tokenizer } from "../data/tokenizer/tokenizer.ts";
import { InputError } from "../errors.ts";
import type { Adaptation } from "../mask/file.ts";
import { quoted } from "../visible.ts";
import { deviceOf, type Places } from "./base.ts";
import { sizesOf } from "./evaluate.ts";
import type { Piece, Prediction } from "./prediction.ts";
import { readAdaptation, Scorers } from "./scorers.ts";
import { largest, softmax } from "./scoring.ts";

export interface PredictOptions extends Places {
  /** Files with masks or tuned tensors. */
  readonly adaptations: readonly string[];
  readonly texts: readonly string[];
  readonly device: string;
  readonly signal?: AbortSignal | undefined;
}

/** The kinds of tasks whose examples fit on one line, with a function that reads such a line (the label is unused). */
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

/** Predicts text by text, each text with the adaptations in the given order; stops early if the signal fires. */
export async function* predict(options: PredictOptions): AsyncGenerator<Prediction, void, void> {
  const adaptations = await Promise.all(options.adaptations.map(readAdaptation));
  const scorers = new Scorers(options, deviceOf(options.device));
  try {
    yield* predictUnder(scorers, adaptations, options.texts, options.signal);
  } finally {
    await scorers.release();
  }
}

/** Like `predict`, for adaptations that are already read, with models that stay loaded. */
export async function* predictUnder(
  scorers: Scorers,
  adaptations: readonly Adaptation[],
  texts: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Prediction, void, void> {
  for (const adaptation of adaptations) rowReader(adaptation);
  // Predicts a batch of texts with all adaptations, then the next batch: results arrive early, and adaptations rarely switch.
  const size = Math.max(1, ...adaptations.map((adaptation) => sizesOf(adaptation, 1).batchSize));
  for (let from = 0; from < texts.length; from += size) {
    const some = texts.slice(from, from + size);
    const columns: Prediction[][] = [];
    for (const adaptation of adaptations) {
      if (signal?.aborted) return;
      columns.push(await predictions(scorers, adaptation, some));
    }
    for (const i of some.keys()) for (const column of columns) yield column[i]!;
  }
}

async function predictions(scorers: Scorers, adaptation: Adaptation, texts: readonly string[]): Promise<Prediction[]> {
  const { config, tokenizer } = await scorers.base(adaptation);
  const { labels, kind } = adaptation.metadata.task;
  const { maxLength } = sizesOf(adaptation, config.positions);
  const row = rowReader(adaptation);
  const encoded = texts.flatMap((text) => encodeExample(kind as "sentence", row(text), tokenizer, maxLength));
  const batches = evaluationBatches(encoded, {
    ...{ size: texts.length, buckets: lengthBuckets(maxLength), padId: config.padId, segments: config.typeVocabSize },
  });
  const model = await scorers.under(adaptation);
  const whole = texts.map(
    (text) => encodeExample(kind as "sentence", row(text), tokenizer, Number.MAX_SAFE_INTEGER)[0]!,
  );
  const found: Prediction[] = [];
  for (const batch of batches) {
    const logits = await model.logits(batch);
    for (const [place, number] of batch.index.entries()) {
      const own = logits.subarray(place * labels.length, (place + 1) * labels.length);
      const shares = softmax(own);
      const { ids } = encoded[number]!.sequences[0]!;
      found[number] = {
        text: texts[number]!,
        adaptation: adaptation.file,
        label: labels[largest(own)]!,
        probabilities: Object.fromEntries(labels.map((label, i) => [label, shares[i]!])),
        pieces: piecesOf(whole[number]!.sequences[0]!.ids, ids, tokenizer),
      };
    }
  }
  return found;
}

/**
 * All tokens of a text, each with whether the model sees it: `entered` contains the tokens that the model sees, in the
 * order of `whole`, with gaps where the text was truncated.
 */
function piecesOf(whole: readonly number[], entered: readonly number[], tokenizer: Tokenizer): Piece[] {
  let next = 0;
  return whole.map((id) => {
    const isIn = entered[next] === id;
    if (isIn) next++;
    return { text: tokenizer.spelling(id), entered: isIn };
  });
}

/** Throws an InputError if examples of the adaptation's task do not fit on one line. */
function rowReader({ metadata, file }: Adaptation): (text: string) => ExampleOf["sentence"] {
  const read = ROWS[metadata.task.kind as TaskKind] as
    | ((text: string, file: string) => ExampleOf["sentence"])
    | undefined;
  if (read) return (text) => read(text, file);
  throw new InputError(
    `a ${metadata.task.kind} task does not classify single texts`,
    { file },
    "evaluate the adaptation on a task file, or use one that was trained for a sentence or pair task",
  );
}
