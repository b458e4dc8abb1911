// The vectors that a classifier reads, one for each label that it predicts, with the labels and the texts.

import type { Batch } from "../../data/batches.ts";
import type { EncodedPart } from "../../data/encode.ts";
import type { LabelledExample } from "../../data/examples.ts";
import { shortened } from "../../visible.ts";

/** V vectors of D numbers, with their labels. */
export interface Labelled {
  /** V arrays [D], views of what the model computed. */
  readonly vectors: readonly Float32Array[];
  /** [V] */
  readonly labels: readonly number[];
}

/** The same, with where each vector comes from. */
export interface Located extends Labelled {
  /** [V]: the example, and in tagging and document tasks the word or sentence in it, otherwise 0. */
  readonly places: readonly { readonly example: number; readonly unit: number }[];
}

/**
 * The vectors at the labelled positions, in the order of the examples. `found`: for each batch, what `Loaded.vectors` gives:
 * [size, D] or, with a target per token, [size · length, D]. Words without a token to read have no vector.
 */
export function locatedVectors(
  encoded: readonly EncodedPart[],
  batches: readonly Batch[],
  found: readonly Float32Array[],
): Located {
  const parts: { vector: Float32Array; label: number }[][] = encoded.map(() => []);
  for (const [b, { targets, size, index }] of batches.entries()) {
    const width = targets.length / size;
    const dimensions = found[b]!.length / targets.length;
    for (const [row, part] of index.entries())
      for (let place = row * width; place < (row + 1) * width; place++) {
        const label = Number(targets[place]);
        if (label < 0) continue;
        parts[part]!.push({ vector: found[b]!.subarray(place * dimensions, (place + 1) * dimensions), label });
      }
  }
  const begins = new Map<number, number>(); // of an example's next part: its first word or sentence
  const all = parts.flatMap((own, part) => {
    const { example, unscored } = encoded[part]!;
    const skipped = new Set(unscored.map(({ word }) => word));
    let unit = begins.get(example) ?? 0;
    const located = own.map((one) => {
      while (skipped.has(unit)) unit++;
      return { ...one, place: { example, unit: unit++ } };
    });
    begins.set(example, unit);
    return located;
  });
  return {
    vectors: all.map(({ vector }) => vector),
    labels: all.map(({ label }) => label),
    places: all.map(({ place }) => place),
  };
}

/** The vectors at these indices. */
export const chosen = ({ vectors, labels }: Labelled, indices: readonly number[]): Labelled => ({
  vectors: indices.map((i) => vectors[i]!),
  labels: indices.map((i) => labels[i]!),
});

/** The longest text of a vector, in characters. */
const LONGEST = 80;

/** What a vector is of, cut: the text or texts of its example, the word and its sentence, or the sentence of a document. */
export function textOf(example: LabelledExample, unit: number): string {
  if ("words" in example) return shortened(`${example.words[unit]}: ${example.words.join(" ")}`, LONGEST);
  if ("sentences" in example) return shortened(example.sentences[unit]!, LONGEST);
  return shortened("textPair" in example ? `${example.text} / ${example.textPair}` : example.text, LONGEST);
}
