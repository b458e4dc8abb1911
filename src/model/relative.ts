// Biases on the logits of attention by the distance between two tokens (Raffel et al. 2020, arXiv 1910.10683).

import { gather, reshape, transpose } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import { logBucket } from "./buckets.ts";
import type { Relative } from "./design.ts";

/**
 * The biases [1, heads, asked, length] of the first `asked` tokens towards `length` tokens, from a table [buckets, heads] whose
 * second half is for later tokens.
 */
export function relativeBias({ buckets, farthest }: Relative, table: Value, asked: number, length: number): Value {
  const half = buckets / 2;
  const rows = BigInt64Array.from({ length: asked * length }, (_, i) => {
    const after = (i % length) - Math.floor(i / length);
    return BigInt((after > 0 ? half : 0) + logBucket(Math.abs(after), half, farthest));
  });
  const ids = table.graph.constant({ dtype: "int64", shape: [asked * length], data: rows });
  const heads = table.type.shape[1]!;
  return transpose(reshape(gather(table, ids), [1, asked, length, heads]), [0, 3, 1, 2]);
}
