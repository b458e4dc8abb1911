// Damages texts so that a model learns to restore them: the denoising tasks by which encoder–decoders are pretrained. Words, not
// tokens, are removed, and what replaces them is written as text, so that any vocabulary will do.

import type { GenerationExample } from "./examples.ts";
import { Random } from "./random.ts";

export const OBJECTIVES = ["infilling", "spans"] as const;

export interface Noise {
  /** "infilling": the target is the whole text (Lewis et al. 2020, BART); "spans": only the removed spans (Raffel et al. 2020, T5). */
  readonly objective: (typeof OBJECTIVES)[number];
  /** The fraction of the words that is removed; at least one word is. */
  readonly share: number;
  /** The mean number of words in a span. */
  readonly length: number;
  readonly seed: number;
}

/** What replaces a span: BART's mask token, and T5's tokens, which number the spans. */
const MASK = "<mask>";
const sentinel = (span: number) => `<extra_id_${span}>`;

/** A text's damaged copy and what is to be restored. The spans depend only on the seed and on the text. */
export function damaged(text: string, { objective, share, length, seed }: Noise): GenerationExample {
  const words = text.split(/\s+/).filter(Boolean);
  const spans = spansOf(words.length, share, length, new Random(seed, `noise ${text}`));
  const isSpans = objective === "spans";
  const source: string[] = [];
  const removed: string[] = [];
  let done = 0;
  for (const [i, [from, to]] of spans.entries()) {
    source.push(...words.slice(done, from), isSpans ? sentinel(i) : MASK);
    removed.push(sentinel(i), ...words.slice(from, to));
    done = to;
  }
  source.push(...words.slice(done));
  return {
    source: source.join(" "),
    target: isSpans ? [...removed, sentinel(spans.length)].join(" ") : text,
  };
}

/**
 * Spans [from, to) in order, with at least one word between them. As in T5, their number follows from the share and the mean
 * length, and both the removed and the kept words are cut into that many parts at random places.
 */
function spansOf(words: number, share: number, length: number, random: Random): [number, number][] {
  if (!words) return [];
  const removed = Math.min(words, Math.max(1, Math.round(share * words)));
  const kept = words - removed;
  const count = Math.min(Math.max(1, Math.round(removed / length)), removed, Math.max(1, kept));
  const inside = partsOf(removed, count, random);
  // The first kept part may be empty, so that a text can begin with a span; the words after the last span are a part of their own.
  const between = partsOf(kept + 2, count + 1, random).map((part, i) => (i === 0 || i === count ? part - 1 : part));
  const spans: [number, number][] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const from = at + between[i]!;
    at = from + inside[i]!;
    spans.push([from, at]);
  }
  return spans;
}

/** Cuts `total` into `count` parts of at least 1 at random places, each set of places equally likely; count ≤ total. */
function partsOf(total: number, count: number, random: Random): number[] {
  const places = Array.from({ length: total - 1 }, (_, i) => i + 1);
  random.shuffle(places);
  const cuts = [0, ...places.slice(0, count - 1).sort((a, b) => a - b), total];
  return cuts.slice(1).map((cut, i) => cut - cuts[i]!);
}
