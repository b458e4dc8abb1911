// Predicts the labels of texts with adaptations.

import { evaluationBatches, lengthBuckets } from "../data/batches.ts";
import { type Encoded, encodeExample } from "../data/encode.ts";
import type { Tokenizer } from "../data/tokenizer/tokenizer.ts";
import { InputError } from "../errors.ts";
import type { Adaptation } from "../mask/file.ts";
import { sizesOf } from "./evaluate.ts";
import { askedText, attributeReader, checkAsked, type ReadAttributes } from "./inputs/attributes.ts";
import { adaptorIn, framesFor, requireReading } from "./inputs/frames.ts";
import { rowReader } from "./inputs/rows.ts";
import type { Asked, AskedText, Piece, Prediction } from "./prediction.ts";
import type { Scorers } from "./scorers.ts";
import { largest, softmax } from "./scoring.ts";

/** Texts, or paths of files of frames. */
export interface Texts {
  readonly texts: readonly Asked[];
  readonly isFrames?: boolean | undefined;
}

/**
 * Predicts text by text, each text with the adaptations in the given order; stops early if the signal fires. Throws an InputError
 * for a text without tokens, and for an attribute that no adaptation reads.
 */
export async function* predictUnder(
  scorers: Scorers,
  adaptations: readonly Adaptation[],
  { texts, isFrames = false }: Texts,
  signal: AbortSignal | undefined,
): AsyncGenerator<Prediction, void, void> {
  for (const adaptation of adaptations) {
    rowReader(adaptation);
    requireReading(adaptation, isFrames);
  }
  checkAsked(adaptations, texts);
  // Predicts a batch of texts with all adaptations, then the next batch: results arrive early, and adaptations rarely switch.
  const size = Math.max(1, ...adaptations.map((adaptation) => sizesOf(adaptation, 1).batchSize));
  for (let from = 0; from < texts.length; from += size) {
    const some = texts.slice(from, from + size).map(askedText);
    const columns: Prediction[][] = [];
    for (const adaptation of adaptations) {
      if (signal?.aborted) return;
      columns.push(await predictions(scorers, adaptation, some));
    }
    for (const i of some.keys()) for (const column of columns) yield column[i]!;
  }
}

async function predictions(
  scorers: Scorers,
  adaptation: Adaptation,
  asked: readonly AskedText[],
): Promise<Prediction[]> {
  const { config, tokenizer } = await scorers.base(adaptation);
  const { labels, kind } = adaptation.metadata.task;
  const { maxLength } = sizesOf(adaptation, config.positions);
  const row = rowReader(adaptation);
  const read = attributeReader(adaptation);
  const texts = asked.map(({ text }) => text);
  const given = asked.map(read);
  const adaptor = adaptorIn(adaptation);
  const parts = adaptor
    ? await Promise.all(texts.map((file) => framesEncoded(adaptation, file, maxLength)))
    : texts.map((text) => encodeExample(kind as "sentence", row(text), tokenizer, maxLength)[0]!);
  const encoded = parts.map((part, i): Encoded => {
    const { attributes } = given[i]!;
    return attributes ? { ...part, attributes } : part;
  });
  if (!adaptor && encoded.some(({ sequences }) => !sequences[0]!.ids.length))
    throw new InputError(
      "an empty text has no token to classify, because the model's tokenizer adds none",
      { file: adaptation.file },
      "write a text in each line",
    );
  const batches = evaluationBatches(encoded, {
    ...{ size: texts.length, buckets: lengthBuckets(maxLength), padId: config.padId, segments: config.typeVocabSize },
    framesPerPosition: adaptor?.framesPerPosition,
  });
  const model = await scorers.under(adaptation);
  const whole = adaptor
    ? encoded
    : texts.map((text) => encodeExample(kind as "sentence", row(text), tokenizer, Number.MAX_SAFE_INTEGER)[0]!);
  const found: Prediction[] = [];
  for (const batch of batches) {
    const logits = await model.logits(batch);
    for (const [place, number] of batch.index.entries()) {
      const own = logits.subarray(place * labels.length, (place + 1) * labels.length);
      const shares = softmax(own);
      const { ids } = encoded[number]!.sequences[0]!;
      found[number] = {
        text: texts[number]!,
        ...attributeFacts(given[number]!),
        adaptation: adaptation.file,
        label: labels[largest(own)]!,
        probabilities: Object.fromEntries(labels.map((label, i) => [label, shares[i]!])),
        pieces: piecesOf(whole[number]!.sequences[0]!.ids, ids, tokenizer),
        ...(adaptor && { isCut: encoded[number]!.cut }),
      };
    }
  }
  return found;
}

async function framesEncoded(adaptation: Adaptation, file: string, maxLength: number): Promise<Encoded> {
  const own = await framesFor(adaptation, file, maxLength);
  return { sequences: [{ ids: [], typeIds: [] }], ...own, target: 0, unscored: [] };
}

/** What was given with a text that the adaptation reads, and what of it is unknown to it. */
function attributeFacts({ given, unseenValues }: ReadAttributes): Pick<Prediction, "attributes" | "unseenValues"> {
  return {
    ...(Object.keys(given).length && { attributes: given }),
    ...(Object.keys(unseenValues).length && { unseenValues }),
  };
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
