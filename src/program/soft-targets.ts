// The inputs of distillation: a teacher's probabilities for the rows of a batch.

import type { ClassifierShape } from "../recipe/recipe.ts";
import type { Values } from "../runtime/session.ts";
import { float32 } from "../tensor.ts";
import { placeOfTarget } from "./feeds.ts";
import { logSoftmax } from "./graphs/log-softmax.ts";

/** A teacher, and how a run learns from it; see `distilledLoss`. */
export interface Distilled {
  readonly weight: number;
  readonly temperature: number;
  /**
   * The teacher's logits for an example of the training split, by its index among the encoded examples: [labels],
   * [choices], or [tokens, labels] if tokens are classified.
   */
  logitsOf(example: number): Float32Array;
}

interface Rows {
  /** [B], or [B, T] if tokens are classified; −1 where there is no label. */
  readonly targets: BigInt64Array;
  readonly size: number;
  readonly index: readonly number[];
  /** Tokens per sequence; only for classifiers of tokens. */
  readonly length?: number;
  readonly choices?: number;
}

/**
 * "soft" [rows, width] in the order of the targets' rows: softmax(logits / temperature) of every labelled row, times the
 * weight of its label; "entropy" []: −Σ soft ⊙ log softmax.
 */
export function softFeeds(
  batches: readonly Rows[],
  { classifier, labels }: ClassifierShape,
  { temperature, logitsOf }: Distilled,
  weight: (label: number) => number,
): Values {
  const width = classifier === "choice" ? (batches[0]!.choices ?? 1) : labels;
  const rows = batches.reduce((sum, { targets }) => sum + targets.length, 0);
  const soft = new Float32Array(rows * width);
  const logs = new Float64Array(width);
  let [entropy, first] = [0, 0];
  for (const { targets, index, size, length = 1 } of batches) {
    const perExample = classifier === "token" ? length : 1;
    const place = placeOfTarget(classifier, { size, length });
    for (const [i, target] of targets.entries()) {
      if (target < 0n) continue;
      const token = i % perExample;
      const logits = logitsOf(index[Math.floor(i / perExample)]!).subarray(token * width, (token + 1) * width);
      logSoftmax(logits, logs, temperature);
      const at = (first + place(i)) * width;
      for (const [j, log] of logs.entries()) {
        const probability = weight(Number(target)) * Math.exp(log);
        soft[at + j] = probability;
        entropy -= probability * log;
      }
    }
    first += targets.length;
  }
  return { soft: float32([rows, width], soft), entropy: float32([], Float32Array.of(entropy)) };
}
