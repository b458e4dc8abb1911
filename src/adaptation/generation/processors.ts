// Changes the scores of the next token by the settings, in the order of transformers' logits processors.

import { largest } from "./search.ts";
import type { GenerationSettings, Sampling } from "./settings.ts";

/**
 * Changes the scores [vocabulary] of the next token in place: logits in a greedy search, log probabilities in a beam
 * search. `ids` has the decoder's tokens so far, the prompt's included.
 */
export type Process = (scores: Float32Array, ids: readonly number[]) => void;

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * The processors that these settings ask for, applied one after the other. `promptLength` is the number of the
 * decoder's tokens before generation, and `mostLength` the most with it.
 */
export function processorOf(settings: GenerationSettings, promptLength: number, mostLength: number): Process {
  const { repetitionPenalty, noRepeatNgram, minLength, minNewTokens, endIds, forcedStartId, forcedEndIds } = settings;
  const processors: Process[] = [];
  if (repetitionPenalty !== 1) processors.push((scores, ids) => penalize(scores, ids, repetitionPenalty));
  if (noRepeatNgram) processors.push((scores, ids) => banRepeats(scores, ids, noRepeatNgram));
  const least = Math.max(minLength, promptLength + minNewTokens);
  processors.push((scores, ids) => {
    if (ids.length < least) for (const id of endIds) scores[id] = NEVER;
  });
  const force = (forced: readonly number[], length: number): Process => {
    return (scores, ids) => {
      if (!forced.length || ids.length !== length) return;
      scores.fill(NEVER);
      for (const id of forced) scores[id] = 0;
    };
  };
  processors.push(force(forcedStartId === undefined ? [] : [forcedStartId], 1), force(forcedEndIds, mostLength - 1));
  return (scores, ids) => {
    for (const process of processors) process(scores, ids);
  };
}

function penalize(scores: Float32Array, ids: readonly number[], penalty: number): void {
  for (const id of new Set(ids)) {
    const score = scores[id]!;
    scores[id] = score < 0 ? score * penalty : score / penalty;
  }
}

/** Excludes every token that followed an earlier occurrence of the last `length` − 1 tokens. */
function banRepeats(scores: Float32Array, ids: readonly number[], length: number): void {
  const start = ids.length - length + 1;
  for (let at = 0; at < start; at++) {
    let same = 0;
    while (same < length - 1 && ids[at + same] === ids[start + same]) same++;
    if (same === length - 1) scores[ids[at + same]!] = NEVER;
  }
}

/** Excludes unlikely tokens from the logits in place: temperature, top-k, top-p, min-p, in this order. */
export function warp(scores: Float32Array, { temperature, topK, topP, minP }: Sampling): void {
  if (temperature !== 1) for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! / temperature;
  if (topK && topK < scores.length) excludeBelow(scores, scores[largest(scores, topK).at(-1)!]!);
  if (topP < 1) excludeBelow(scores, leastOfTop(scores, topP));
  if (minP) excludeBelow(scores, highestOf(scores) + Math.log(minP));
}

function excludeBelow(scores: Float32Array, least: number): void {
  for (let i = 0; i < scores.length; i++) if (scores[i]! < least) scores[i] = NEVER;
}

/**
 * The lowest logit that remains if the least likely tokens are excluded as long as their probabilities sum to at most
 * 1 − topP. The most likely token always remains.
 */
function leastOfTop(scores: Float32Array, topP: number): number {
  const sorted = scores.filter((score) => score > NEVER).sort();
  const probabilities = softmax(sorted);
  let at = 0;
  for (let sum = probabilities[0]!; at < sorted.length - 1 && sum <= 1 - topP; ) sum += probabilities[++at]!;
  return sorted[at]!;
}

/** Probabilities from logits. */
export function softmax(scores: Float32Array): Float64Array {
  const highest = highestOf(scores);
  const result = new Float64Array(scores.length);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += result[i] = Math.exp(scores[i]! - highest);
  for (let i = 0; i < scores.length; i++) result[i]! /= sum;
  return result;
}

const highestOf = (scores: Float32Array): number => scores.reduce((most, score) => Math.max(most, score));
