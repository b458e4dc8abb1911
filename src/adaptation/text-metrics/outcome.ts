// What the metrics of language and generation tasks are computed from, example by example.

import type { Batch } from "../../data/batches.ts";
import type { EncodedPart } from "../../data/encode.ts";
import type { TextMetric } from "../../metric.ts";

/** How a model did on a split of a language task (E blocks) or of a generation task (E examples). */
export interface TextOutcome {
  readonly kind: "language" | "generation";
  /** The task's metric. */
  readonly metric: TextMetric;
  readonly losses: TextLosses;
  /** What was generated; undefined if nothing was, as in language tasks: then only the losses have metrics. */
  readonly texts?: GeneratedTexts | undefined;
}

/** The losses of the scored tokens, summed over each example. */
export interface TextLosses {
  /** [E]: −ln p of the example's scored tokens, summed. */
  readonly nats: Float64Array;
  /** [E]: how many tokens are scored. */
  readonly scored: Float64Array;
  /** [E]: how many tokens there are; in language tasks, one more per block than are scored. */
  readonly tokens: Float64Array;
  /** [E]: the bytes of the text (UTF-8); 0 in generation tasks. */
  readonly bytes: Float64Array;
}

export interface GeneratedTexts {
  /** [E] */
  readonly generated: readonly string[];
  /** [E][R]: the target, or all texts that are as good as it, of which it is the first. */
  readonly references: readonly (readonly string[])[];
  /** [E]: whether what the model read of the source was cut. */
  readonly cut: readonly boolean[];
}

/**
 * The losses of a split from those of the tokens of its batches. losses: [size, T] or, with a decoder, [size, S] per batch,
 * −ln p of the token that `targets` names at each position; positions without a target are not read.
 */
export function textLosses(
  encoded: readonly EncodedPart[],
  batches: readonly Pick<Batch, "targets" | "size" | "index">[],
  losses: readonly Float32Array[],
): TextLosses {
  const examples = 1 + Math.max(-1, ...new Set(encoded.map(({ example }) => example)));
  const [nats, scored, tokens, bytes] = Array.from({ length: 4 }, () => new Float64Array(examples)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (const { example, target, bytes: own = 0 } of encoded) {
    tokens[example]! += [target].flat().length;
    bytes[example]! += own;
  }
  for (const [b, { targets, size, index }] of batches.entries()) {
    const width = targets.length / size;
    for (const [row, part] of index.entries()) {
      const { example } = encoded[part]!;
      for (let place = row * width; place < (row + 1) * width; place++) {
        if (targets[place]! < 0n) continue;
        nats[example]! += losses[b]![place]!;
        scored[example]!++;
      }
    }
  }
  return { nats, scored, tokens, bytes };
}
