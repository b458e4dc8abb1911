// How far an adaptation's linear attention is from attention by softmax, per layer and head.

import { type Batch, evaluationBatches, lengthBuckets } from "../../data/batches.ts";
import type { Encoded } from "../../data/encode.ts";
import { InputError } from "../../errors.ts";
import type { Adaptation } from "../../mask/file.ts";
import type { Loaded } from "../../program/scoring-model.ts";
import { tokensIn } from "../../program/transfer/transfer.ts";
import { type Base, deviceOf, type Places } from "../base.ts";
import { sizesOf } from "../evaluate.ts";
import { ownGeneration } from "../generation/text-scoring.ts";
import { shapeOf } from "../read.ts";
import { Scorers } from "../scorers.ts";

export interface DivergenceOptions extends Places {
  /** With linear attention. */
  readonly adaptation: Adaptation;
  /** Read as single texts, cut to the run's maximum length; the decoder of an encoder–decoder reads the text that its encoder reads. */
  readonly texts: readonly string[];
  readonly device: string;
  readonly signal?: AbortSignal | undefined;
}

/** KL(softmax ‖ linear) in nats, by layer (the encoder's first) and head: the mean over tokens. */
export type HeadDivergences = readonly (readonly number[])[];

export interface Divergence {
  /** Of the base model with the maps as they were before the first step of training. */
  readonly before: HeadDivergences;
  /** Of the adaptation's weights with its trained maps. */
  readonly after: HeadDivergences;
  /** The number of tokens that the means are over: of an encoder or of a model with one stack, and of an encoder–decoder's decoder. */
  readonly tokens: number;
  readonly decoderTokens?: number;
  readonly map: "softmax" | "relu";
  /** Of an encoder–decoder, how many of the layers belong to the encoder. */
  readonly encoderLayers?: number;
}

/**
 * The divergences of an adaptation's heads over texts. Each layer reads the hidden states that softmax computes with the same weights.
 * undefined if the signal fires first. Throws an InputError if the adaptation has no linear attention, or if a text has no tokens.
 */
export async function divergenceOf(options: DivergenceOptions): Promise<Divergence | undefined> {
  const { adaptation, texts, device, signal } = options;
  const linear = shapeOf(adaptation).additions?.linearAttention;
  if (!linear)
    throw new InputError(
      "it reads by softmax, so there is no linear attention to compare with it",
      { file: adaptation.file },
      "choose an adaptation that was trained with linear attention",
    );
  const scorers = new Scorers(options, deviceOf(device));
  try {
    const base = await scorers.base(adaptation);
    const batches = await batchesOf(adaptation, base, texts);
    const { layers, encoderLayers } = base.config;
    const counts = batches.map(tokensIn);
    const tokens = counts.reduce((sum, { own }) => sum + own, 0);
    const decoderTokens = counts.reduce((sum, { decoder }) => sum + decoder, 0);
    const meansOf = async (model: Pick<Loaded, "divergences">): Promise<HeadDivergences | undefined> => {
      const sums = Array.from({ length: layers }, (): number[] => []);
      for (const batch of batches) {
        if (signal?.aborted) return undefined;
        for (const [layer, heads] of await model.divergences(batch))
          for (const [head, sum] of heads.entries()) sums[layer]![head] = (sums[layer]![head] ?? 0) + sum;
      }
      return sums.map((heads, layer) =>
        heads.map((sum) => sum / (encoderLayers !== undefined && layer >= encoderLayers ? decoderTokens : tokens)),
      );
    };
    const trained = await scorers.under(adaptation); // checks that the file has what its metadata says, which the start has the size of
    const before = await meansOf(await scorers.started(adaptation));
    const after = before && (await meansOf(trained));
    if (!after) return undefined;
    return {
      ...{ before, after, tokens, map: linear.map },
      ...(encoderLayers !== undefined && { encoderLayers, decoderTokens }),
    };
  } finally {
    await scorers.release();
  }
}

async function batchesOf(adaptation: Adaptation, base: Base, texts: readonly string[]): Promise<Batch[]> {
  const { config, tokenizer } = base;
  const { maxLength, batchSize } = sizesOf(adaptation, config.positions);
  const isAcross = config.stacks === "encoder-decoder";
  const start = isAcross ? (await ownGeneration(base)).decoderStartId : undefined;
  const encoded = texts.map((text): Encoded => {
    const read = tokenizer.encode(text, undefined, maxLength);
    const written = start === undefined ? [] : [start, ...tokenizer.encodeTarget(text, maxLength - 1).ids];
    const decoder = isAcross ? { decoder: written, target: written } : { target: 0 };
    return { sequences: [read], ...decoder, cut: read.cut, unscored: [] };
  });
  if (!encoded.length || encoded.some(({ sequences: [read] }) => !read!.ids.length))
    throw new InputError(
      encoded.length ? "an empty text has no token that attends to others" : "there is no text to compare attention on",
      { file: adaptation.file },
      "give texts with at least one word each",
    );
  return evaluationBatches(encoded, {
    ...{ size: batchSize, buckets: lengthBuckets(maxLength), padId: config.padId, segments: config.typeVocabSize },
  });
}
