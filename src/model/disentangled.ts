// Disentangled attention (He et al. 2021, arXiv 2006.03654 and 2111.09543): tokens attend by what they are and by their distance.

import { add, concat, expand, gather, matmul, reshape, slice, transpose } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import { norm } from "./activations.ts";
import { signedLogBucket } from "./buckets.ts";
import type { Disentangled, Normalization } from "./design.ts";
import type { Parameters } from "./layers.ts";

/** The factor on all products of queries and keys. */
export function scaleOf({ readsDistances, readByDistances }: Disentangled, headSize: number): number {
  return 1 / Math.sqrt(headSize * (1 + Number(readsDistances) + Number(readByDistances)));
}

/** The row of a query's distance from a key, its position minus the key's, in the table of distances. */
function rowOf({ span, farthest }: Disentangled, distance: number): number {
  const bucket = farthest === undefined ? distance : signedLogBucket(distance, span, farthest);
  return Math.min(Math.max(span + bucket, 0), 2 * span - 1);
}

/** The embeddings of the distances among `length` tokens, [distances, hiddenSize]: adjacent rows of the table, normalized. */
export function distancesOf(
  config: Normalization,
  disentangled: Disentangled,
  parameters: Parameters,
  names: { readonly table: string; readonly norm: string },
  length: number,
): Value {
  const [first, last] = [1 - length, length - 1].map((distance) => rowOf(disentangled, distance)) as [number, number];
  const rows = slice(parameters.tensor(`${names.table}.weight`), 0, first, last + 1);
  return disentangled.isNormed ? norm(parameters, config, rows, names.norm) : rows;
}

/** Queries [asked, B, heads, headSize] and keys [T, B, heads, headSize] of tokens, and those of distances [distances, heads·headSize]. */
export interface Pairs {
  readonly queries: Value;
  readonly keys: Value;
  readonly positionQueries: Value;
  readonly positionKeys: Value;
}

/** What distances add to the logits [B, heads, asked, T]. */
export function logitsByDistance(
  disentangled: Disentangled,
  { queries, keys, positionQueries, positionKeys }: Pairs,
): Value {
  const [asked, , heads, headSize] = queries.type.shape as [number, number, number, number];
  const length = keys.type.shape[0]!;
  const first = rowOf(disentangled, 1 - length);
  /** Those of the distances asked − 1, asked − 2 … 1 − T, or the other way round: [asked + T − 1, 1, heads, headSize]. */
  const along = (x: Value, step: 1 | -1) => {
    const rows = Array.from({ length: asked + length - 1 }, (_, i) =>
      BigInt(rowOf(disentangled, step < 0 ? asked - 1 - i : i + 1 - length) - first),
    );
    const ids = x.graph.constant({ dtype: "int64", shape: [rows.length], data: BigInt64Array.from(rows) });
    return reshape(gather(x, ids), [rows.length, 1, heads, headSize]);
  };
  const alpha = scaleOf(disentangled, headSize);
  const product = (a: Value, b: Value) => matmul(a, b, { transBatchA: true, transBatchB: true, transB: true, alpha });
  const both = [
    ...(disentangled.readsDistances ? [skewed(product(queries, along(positionKeys, -1)), length)] : []),
    ...(disentangled.readByDistances
      ? [transpose(skewed(product(keys, along(positionQueries, 1)), asked), [0, 1, 3, 2])]
      : []),
  ];
  return both.reduce(add);
}

/**
 * y[…, i, j] = x[…, i, j − i + rows − 1] for j < columns, where x is [B, heads, rows, rows + columns − 1]: a column more, and each
 * row begins one column further in a table that is as much narrower.
 */
function skewed(x: Value, columns: number): Value {
  const [batch, heads, rows, width] = x.type.shape as [number, number, number, number];
  const none = expand(x.graph.scalar(0), [batch, heads, rows, 1]);
  const flat = reshape(concat([x, none], 3), [batch, heads, rows * (width + 1)]);
  const narrower = reshape(slice(flat, 2, rows - 1, rows - 1 + rows * width), [batch, heads, rows, width]);
  return slice(narrower, 3, 0, columns);
}
