// Biases on the logits of attention by the distance of two tokens (Raffel et al. 2020, arXiv 1910.10683): each head has one
// for each bucket of distances.

import type { StackName } from "../anatomy/layers.ts";
import { gather, transpose } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import { logBucket } from "./buckets.ts";
import type { Relative } from "./design.ts";

/**
 * The bucket of a token as another one sees it: the number of buckets up to it, `ahead` tokens after the other one. An encoder has as many
 * buckets for tokens after as for those before; a decoder reads only the latter.
 */
function bucketOf({ buckets, farthest }: Relative, stack: StackName, ahead: number): number {
  if (stack === "decoder") return logBucket(Math.max(0, -ahead), buckets, farthest);
  const half = Math.floor(buckets / 2);
  return (ahead > 0 ? half : 0) + logBucket(Math.abs(ahead), half, farthest);
}

/**
 * The buckets of the first `length` tokens as those at the positions `from` see them, [positions, length], row-major.
 */
export function bucketsFrom(
  relative: Relative,
  stack: StackName,
  from: readonly number[],
  length: number,
): BigInt64Array {
  const bucket = (i: number) => (i % length) - from[Math.floor(i / length)]!;
  return BigInt64Array.from({ length: from.length * length }, (_, i) => BigInt(bucketOf(relative, stack, bucket(i))));
}

/** The biases [rows, heads, asked, length] of tokens in these buckets, int64 [rows, asked, length]; the table is [buckets, heads]. */
export function biasesOf(table: Value, buckets: Value): Value {
  return transpose(gather(table, buckets), [0, 3, 1, 2]);
}

/** The biases [1, heads, asked, length] of the first `asked` of `length` tokens. */
export function relativeBias(relative: Relative, stack: StackName, table: Value, asked: number, length: number): Value {
  const data = bucketsFrom(relative, stack, [...Array(asked).keys()], length);
  return biasesOf(table, table.graph.constant({ dtype: "int64", shape: [1, asked, length], data }));
}
