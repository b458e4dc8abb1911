import assert from "node:assert/strict";
import test from "node:test";
import {
  bitAt,
  countBoth,
  countColumns,
  countOnes,
  countRows,
  fullBits,
  packBits,
  unpackBits,
  zerosOf,
} from "../../src/mask/bits.ts";
import { randomBits } from "./fixture.ts";

test("scores over the threshold become bits, lowest bit first, rows starting at whole bytes", () => {
  const scores = Float32Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? 1 : -1));
  const bits = packBits(scores, 2, 10, 0);
  assert.deepEqual([...bits.bytes], [0b01001001, 0b10, 0b00100100, 0b01]);
  assert.equal(bits.stride, 2);
  assert.ok(bitAt(bits, 1, 8) && !bitAt(bits, 1, 9));
});

test("a score is compared with the threshold in float32, and strictly", () => {
  const tau = Math.fround(0.01); // less than the number 0.01
  assert.deepEqual([...packBits(Float32Array.of(tau, 0.010000001, Number.NaN), 1, 3, 0.01).bytes], [0b010]);
});

test("unpacking gives back what was packed", () => {
  const bits = randomBits(5, 13, 0.6, 1);
  const numbers = unpackBits(bits, new Float32Array(65));
  assert.deepEqual(packBits(numbers, 5, 13, 0.5), bits);
});

test("ones are counted alike by word, row, column and one by one, wherever the bytes start", () => {
  for (const offset of [0, 1, 2, 4]) {
    const made = randomBits(70, 29, 0.8, 2);
    const bytes = new Uint8Array(offset + made.bytes.length).subarray(offset);
    bytes.set(made.bytes);
    const bits = { ...made, bytes };
    const numbers = unpackBits(bits, new Float32Array(70 * 29));
    const total = numbers.reduce((sum, value) => sum + value, 0);
    const [rows, columns] = [countRows(bits), countColumns(bits)];
    assert.equal(countOnes(bits), total);
    assert.equal(
      rows.reduce((sum, value) => sum + value),
      total,
    );
    assert.equal(columns.length, 29);
    for (const [column, count] of columns.entries())
      assert.equal(
        count,
        Array.from({ length: 70 }, (_, row) => numbers[row * 29 + column]!).reduce((a, b) => a + b),
      );
    const other = randomBits(70, 29, 0.5, 3);
    const both = unpackBits(other, new Float32Array(70 * 29)).reduce((sum, value, i) => sum + value * numbers[i]!, 0);
    assert.equal(countBoth(bits, other), both);
  }
});

test("the places of zeros are those where no bit is set, wherever the bytes start", () => {
  for (const [rows, columns] of [
    [1, 1],
    [5, 7],
    [3, 32],
    [9, 45],
    [4, 200],
  ] as const)
    for (const p of [0, 0.5, 0.95, 1])
      for (const start of [0, 1]) {
        const bits = randomBits(rows, columns, p, 8);
        const shifted = new Uint8Array(start + bits.bytes.length);
        shifted.set(bits.bytes, start);
        const places = Array.from({ length: rows * columns }, (_, i) => i);
        const wanted = places.filter((i) => !bitAt(bits, Math.floor(i / columns), i % columns));
        assert.deepEqual([...zerosOf({ ...bits, bytes: shifted.subarray(start) })], wanted);
      }
});

test("a mask that keeps everything counts every weight, and no padding", () => {
  for (const columns of [7, 8, 29]) assert.equal(countOnes(fullBits(5, columns)), 5 * columns);
});

test("masks of different shapes are not counted together", () => {
  assert.throws(() => countBoth(randomBits(2, 8, 0.5, 1), randomBits(1, 16, 0.5, 1)), RangeError);
});
