import assert from "node:assert/strict";
import test from "node:test";
import { emptyBits } from "../../src/mask/bits.ts";
import { flipsOf } from "../../src/mask/changed.ts";
import { deadLines, describeLines, magnitudesOf } from "../../src/mask/lines.ts";
import { near, noise, trainedMask } from "./fixture.ts";

test("a row that lost most of its weights is marked and comes first", async () => {
  const u = noise(256 * 512, 7);
  const mask = await trainedMask(1, (i) => u[i]! < (Math.floor(i / 512) === 17 ? 0.4 : 0.03));
  const [matrix] = mask.matrices;
  const { rows, columns } = describeLines(matrix!.bits, flipsOf(mask, matrix!));
  assert.equal(rows.furthest[0]!.line, 17);
  assert.ok(rows.furthest[0]!.z > 20);
  assert.ok(rows.marked! >= 1 && rows.marked! <= 3, `${rows.marked} rows marked`); // 5 % of them false
  assert.equal(columns.marked, 0);
  assert.equal(rows.dead, 0);
});

test("rows and columns that keep nothing are counted against chance", () => {
  const bits = emptyBits(4, 2);
  bits.bytes.set([1, 0, 3, 0]);
  const { rows, columns } = describeLines(bits);
  assert.deepEqual([rows.dead, columns.dead, rows.marked], [2, 0, null]);
  assert.ok(near(rows.expectedDead, 4 * (5 / 8) ** 2));
  assert.ok(near(deadLines([rows, columns]).expected, 4 * (5 / 8) ** 2 + 2 * (5 / 8) ** 4));
});

test("sizes of kept and of pruned weights are means of |W|", () => {
  const bits = emptyBits(1, 3);
  bits.bytes[0] = 0b101;
  assert.deepEqual(magnitudesOf(bits, Float32Array.of(1, -4, -2)), { kept: 1.5, off: 4, pruned: null });
});
