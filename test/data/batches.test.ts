// Rows of similar length together: every row once, the same order for the same seed, few lengths.
import assert from "node:assert/strict";
import test from "node:test";
import { evaluationBatches, lengthBuckets, segmentsBeyond, trainingBatches } from "../../src/data/batches.ts";
import type { Encoded } from "../../src/data/encode.ts";
import { Random } from "../../src/data/random.ts";

/** Nothing of it was lost. */
const WHOLE = { cut: false, unscored: [] };
const drawn = new Random(3, "lengths");
const rows: Encoded[] = Array.from({ length: 333 }, (_, i) => {
  const ids = Array.from({ length: 3 + drawn.below(90) }, (_, piece) => 1 + i + piece);
  return { sequences: [{ ids, typeIds: ids.map(() => 0) }], target: i % 3, ...WHOLE };
});
const options = { size: 16, buckets: lengthBuckets(128), padId: 0, segments: 2 };
const epoch = (random: Random) => trainingBatches(rows, { ...options, random });

test("lengths are multiples of 8, 16, then 32, and the longest itself", () => {
  assert.deepEqual(lengthBuckets(20), [8, 16, 20]);
  assert.deepEqual(lengthBuckets(200), [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 200]);
});

test("an epoch has every row once, in as few batches as there can be", () => {
  const batches = epoch(new Random(1, "data"));
  assert.equal(batches.length, Math.ceil(333 / 16));
  assert.deepEqual(
    batches.flatMap(({ index }) => index).toSorted((a, b) => a - b),
    rows.map((_, i) => i),
  );
  assert.equal(batches.filter(({ rows }) => rows < 16).length, 1);
});

test("one seed gives one order, a generator that goes on gives the next, and its state brings it back", () => {
  const random = new Random(1, "data");
  const first = epoch(random);
  const { seed, stream, position } = random.state();
  const second = epoch(random);
  assert.deepEqual(epoch(new Random(1, "data")), first);
  assert.deepEqual(epoch(new Random(seed, stream, position)), second);
  assert.notDeepEqual(second, first);
  assert.notDeepEqual(epoch(new Random(2, "data")), first);
});

test("a batch is as long as the first bucket that holds its rows, and little of it is padding", () => {
  let [pieces, places] = [0, 0];
  for (const { index, length, attention } of epoch(new Random(1, "data"))) {
    const longest = Math.max(...index.map((row) => rows[row]!.sequences[0]!.ids.length));
    assert.equal(
      length,
      options.buckets.find((bucket) => bucket >= longest),
    );
    pieces += attention.reduce((a, b) => a + b, 0);
    places += attention.length;
  }
  assert.ok(pieces / places > 0.8, `${pieces / places}`);
});

test("evaluation goes from short to long, rows of one length in their order", () => {
  const order = evaluationBatches(rows, options).flatMap(({ index }) => index);
  const lengths = order.map((row) => rows[row]!.sequences[0]!.ids.length);
  assert.deepEqual(
    order,
    order.toSorted((a, b) => rows[a]!.sequences[0]!.ids.length - rows[b]!.sequences[0]!.ids.length || a - b),
  );
  assert.deepEqual(
    lengths,
    lengths.toSorted((a, b) => a - b),
  );
});

test("a batch's arrays hold pieces, segments, attention and targets, padding where there is nothing", () => {
  const pair = (ids: number[], typeIds: number[], target: number): Encoded => ({
    sequences: [{ ids, typeIds }],
    target,
    ...WHOLE,
  });
  const [batch] = evaluationBatches([pair([5, 6, 7], [0, 0, 1], 2)], { size: 2, buckets: [4], padId: 9, segments: 2 });
  assert.deepEqual(batch, {
    ...{ size: 2, rows: 1, choices: 1, length: 4, index: [0] },
    ids: BigInt64Array.of(5n, 6n, 7n, 9n, 9n, 9n, 9n, 9n),
    typeIds: BigInt64Array.of(0n, 0n, 1n, 0n, 0n, 0n, 0n, 0n),
    attention: Float32Array.of(1, 1, 1, 0, 1, 0, 0, 0),
    targets: BigInt64Array.of(2n, -1n),
  });
});

test("targets of pieces lie beside their pieces, and choices one after the other", () => {
  const [tagged] = evaluationBatches([{ sequences: [{ ids: [1, 2], typeIds: [0, 0] }], target: [-1, 3], ...WHOLE }], {
    ...{ size: 1, buckets: [3], padId: 0, segments: 2 },
  });
  assert.deepEqual(tagged!.targets, BigInt64Array.of(-1n, 3n, -1n));
  const sequences = [[1], [2, 3], [4], [5]].map((ids) => ({ ids, typeIds: ids.map(() => 0) }));
  const [choice] = evaluationBatches([{ sequences, target: 1, ...WHOLE }], {
    size: 1,
    buckets: [2],
    padId: 0,
    segments: 2,
  });
  assert.deepEqual(choice!.ids, BigInt64Array.of(1n, 0n, 2n, 3n, 4n, 0n, 5n, 0n));
  assert.deepEqual([choice!.choices, choice!.targets], [4, BigInt64Array.of(1n)]);
});

test("a segment that the model has no embedding for becomes 0, and can be told beforehand", () => {
  const rows = [{ sequences: [{ ids: [5, 6], typeIds: [0, 1] }], target: 0, ...WHOLE }];
  const [batch] = evaluationBatches(rows, { size: 1, buckets: [2], padId: 0, segments: 1 });
  assert.deepEqual(batch!.typeIds, BigInt64Array.of(0n, 0n));
  assert.deepEqual([segmentsBeyond(1, rows), segmentsBeyond(2, rows)], [true, false]);
});
