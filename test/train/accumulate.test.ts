import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "../../src/data/batches.ts";
import { accumulationGroups, padded } from "../../src/train/accumulate.ts";

/** Two rows of `length` pieces, all `id`, the second row a choice of `choices` where wanted. */
function batch(length: number, id: number, { choices = 1, perPiece = false } = {}): Batch {
  const pieces = 2 * choices * length;
  return {
    ...{ size: 2, rows: 2, choices, length, index: [0, 1] },
    ids: new BigInt64Array(pieces).fill(BigInt(id)),
    typeIds: new BigInt64Array(pieces).fill(1n),
    attention: new Float32Array(pieces).fill(1),
    targets: new BigInt64Array(perPiece ? 2 * length : 2).fill(3n),
  };
}

const shape = (groups: Batch[][]) => groups.map((group) => group.map(({ ids, length }) => [Number(ids[0]), length]));

test("without accumulation each batch is a step, in its order", () => {
  const groups = accumulationGroups([batch(8, 1), batch(16, 2), batch(8, 3)], 1, 0);
  assert.deepEqual(shape(groups), [[[1, 8]], [[2, 16]], [[3, 8]]]);
});

test("groups have one length, and what is left over is padded together", () => {
  const lengths = [8, 16, 8, 24, 8, 16, 32];
  const groups = accumulationGroups(
    lengths.map((length, i) => batch(length, i + 1)),
    2,
    0,
  );
  assert.deepEqual(shape(groups), [
    [
      [1, 8],
      [3, 8],
    ],
    [
      [2, 16],
      [6, 16],
    ],
    [
      [5, 24],
      [4, 24],
    ],
    [[7, 32]],
  ]);
});

test("padding leaves rows as they are and marks the new places as padding", () => {
  const { ids, attention, typeIds, targets } = padded(batch(2, 7, { perPiece: true }), 4, 9);
  assert.deepEqual(Array.from(ids, Number), [7, 7, 9, 9, 7, 7, 9, 9]);
  assert.deepEqual([...attention], [1, 1, 0, 0, 1, 1, 0, 0]);
  assert.deepEqual(Array.from(typeIds, Number), [1, 1, 0, 0, 1, 1, 0, 0]);
  assert.deepEqual(Array.from(targets, Number), [3, 3, -1, -1, 3, 3, -1, -1]);
});

test("choices are padded row by row, targets of rows stay", () => {
  const { ids, targets } = padded(batch(1, 7, { choices: 2 }), 2, 0);
  assert.deepEqual(Array.from(ids, Number), [7, 0, 7, 0, 7, 0, 7, 0]);
  assert.deepEqual(Array.from(targets, Number), [3, 3]);
});

test("padding leaves what a decoder reads, and its targets, as they are", () => {
  const decoder = { length: 3, ids: new BigInt64Array(6).fill(5n), attention: new Float32Array(6).fill(1) };
  const own = { ...batch(2, 7), decoder, targets: new BigInt64Array(6).fill(4n) };
  const { ids, targets, decoder: after } = padded(own, 4, 9);
  assert.deepEqual([...ids], [7n, 7n, 9n, 9n, 7n, 7n, 9n, 9n]);
  assert.deepEqual([targets, after], [own.targets, decoder]);
});

test("frames are padded row by row with zeros", () => {
  const frames = { features: 2, data: Float32Array.of(1, 2, 3, 4) };
  assert.deepEqual(padded({ ...batch(1, 0), frames }, 2, 0).frames, {
    features: 2,
    data: Float32Array.of(1, 2, 0, 0, 3, 4, 0, 0),
  });
});
