// Batches as the graphs take them, time-major, and what they give back row by row.

import type { Batch } from "../data/batches.ts";
import type { Values } from "../graph/session.ts";
import { float32, type Tensor } from "../tensor.ts";

/** The tokens of a batch: "ids" and "typeIds" [length, rows], "attention" [rows, length]; choices are rows of their own. */
export function tokenFeeds({ size, choices, length, ids, typeIds, attention }: Batch): Values {
  const rows = size * choices;
  const swap = (from: BigInt64Array): Tensor => {
    const data = new BigInt64Array(from.length);
    for (let b = 0; b < rows; b++) for (let t = 0; t < length; t++) data[t * rows + b] = from[b * length + t]!;
    return { dtype: "int64", shape: [length, rows], data };
  };
  return { ids: swap(ids), typeIds: swap(typeIds), attention: float32([rows, length], attention) };
}

/** Logits of tokens [length · size, labels], time-major, as [size · length, labels]. */
export function rowMajor(data: Float32Array, { size, length }: Batch, labels: number): Float32Array {
  const rows = new Float32Array(data.length);
  for (let b = 0; b < size; b++)
    for (let t = 0; t < length; t++)
      rows.set(data.subarray((t * size + b) * labels, (t * size + b + 1) * labels), (b * length + t) * labels);
  return rows;
}
