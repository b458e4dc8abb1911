// Gradient accumulation: divides an epoch's batches into groups of one length; each group is one optimizer step.

import type { Batch } from "../data/batches.ts";

/**
 * Groups of `count` batches of the same length, in the order in which the groups fill up. Batches left over at the end of
 * the epoch are also grouped, with shorter batches padded, so there are always ⌈batches / count⌉ groups, and only the last
 * group can be smaller.
 */
export function accumulationGroups(batches: readonly Batch[], count: number, padId: number): Batch[][] {
  const groups: Batch[][] = [];
  const open = new Map<number, Batch[]>();
  for (const batch of batches) {
    const group = open.get(batch.length) ?? [];
    group.push(batch);
    open.set(batch.length, group);
    if (group.length < count) continue;
    groups.push(group);
    open.delete(batch.length);
  }
  const left = [...open.values()].flat().sort((a, b) => a.length - b.length);
  for (let from = 0; from < left.length; from += count) {
    const group = left.slice(from, from + count);
    const { length } = group.at(-1)!;
    groups.push(group.map((batch) => padded(batch, length, padId)));
  }
  return groups;
}

/** The batch with each row padded to `length` tokens or frames; their targets are padded, too, but not what a decoder reads beside them. */
export function padded(batch: Batch, length: number, padId: number): Batch {
  if (length === batch.length) return batch;
  const rows = batch.size * batch.choices;
  const { frames } = batch;
  const perPiece = !batch.decoder && batch.targets.length !== batch.size;
  const widen = <A extends BigInt64Array | Float32Array>(from: A, to: A): A => {
    const [own, wide] = [from.length / rows, to.length / rows];
    for (let row = 0; row < rows; row++) to.set(from.subarray(row * own, (row + 1) * own) as never, row * wide);
    return to;
  };
  return {
    ...batch,
    length,
    ids: widen(batch.ids, new BigInt64Array(rows * length).fill(BigInt(padId))),
    typeIds: widen(batch.typeIds, new BigInt64Array(rows * length)),
    attention: widen(batch.attention, new Float32Array(rows * length)),
    targets: perPiece ? widen(batch.targets, new BigInt64Array(rows * length).fill(-1n)) : batch.targets,
    ...(frames && {
      frames: { ...frames, data: widen(frames.data, new Float32Array(rows * length * frames.features)) },
    }),
  };
}
