// The targets of language models as inputs, and their losses as outputs. Logits are as wide as the vocabulary, so they are computed only
// for tokens that have a target: not for what the model reads, nor for padding.

import type { Batch } from "../data/batches.ts";
import type { Values } from "../runtime/session.ts";
import { float32 } from "../tensor.ts";

/** The number of rows of logits is a multiple of this part of all tokens, so that few graphs are compiled. */
const PARTS = 4;

/** The number of rows of logits for a batch; undefined: one for each token. */
export function scoredRows({ targets }: Pick<Batch, "targets">): number | undefined {
  const part = Math.ceil(targets.length / PARTS);
  const scored = targets.reduce((count, target) => count + Number(target >= 0n), 0);
  const rows = part * Math.max(1, Math.ceil(scored / part));
  return rows < targets.length ? rows : undefined;
}

/** A row of the logits: its token's place in time-major order, and in the batch's own; undefined for a row that fills up. */
type Row = { readonly token: number; readonly place: number } | undefined;

function rowsOf(batch: Batch): Row[] {
  const { targets, size } = batch;
  const { length } = batch.decoder ?? batch;
  const all = Array.from(targets, (_, token) => ({ token, place: (token % size) * length + Math.floor(token / size) }));
  const rows = scoredRows(batch);
  if (rows === undefined) return all;
  const scored = all.filter(({ place }) => targets[place]! >= 0n);
  return Array.from({ length: rows }, (_, row) => scored[row]);
}

/**
 * For each row of the logits: "targets", the ID of the next token, 0 where there is none, "weights", by target, and "scored", the token
 * of each row in time-major order, unless there is a row for each token.
 */
export function nextTokenFeeds(batch: Batch, weight: (target: number) => number = () => 1): Values {
  const rows = rowsOf(batch);
  const shape = [rows.length];
  const targets = rows.map((row) => (row ? batch.targets[row.place]! : -1n));
  const int64 = (values: readonly bigint[]) => ({ dtype: "int64", shape, data: BigInt64Array.from(values) }) as const;
  return {
    targets: int64(targets.map((target) => (target < 0n ? 0n : target))),
    weights: float32(
      shape,
      Float32Array.from(targets, (target) => (target < 0n ? 0 : weight(Number(target)))),
    ),
    ...(rows.length < batch.targets.length && { scored: int64(rows.map((row) => BigInt(row?.token ?? 0))) }),
  };
}

/** The losses of a batch's targets in its own order [size · length], 0 where there is no target. */
export function lossesIn(losses: Float32Array, batch: Batch): Float32Array {
  const own = new Float32Array(batch.targets.length);
  for (const [i, row] of rowsOf(batch).entries())
    if (row && batch.targets[row.place]! >= 0n) own[row.place] = losses[i]!;
  return own;
}
