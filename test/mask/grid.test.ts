import assert from "node:assert/strict";
import test from "node:test";
import { bitAt, countOnes } from "../../src/mask/bits.ts";
import { BoxLines, type SummedAreas, summedAreas, type Window } from "../../src/mask/grid.ts";
import { expected, pythonMask, randomBits } from "./fixture.ts";

/** All boxes, [height, width]. */
function boxMeans(areas: SummedAreas, window: Window, height: number, width: number): Float32Array {
  const lines = new BoxLines(areas, window, height, width);
  const means = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    lines.next();
    means.set(lines.means, y * width);
  }
  return means;
}

test("box means are numpy's, whatever the window cuts", async () => {
  const mask = await pythonMask("sentiment");
  const areas = summedAreas(mask.matrices.find(({ kind }) => kind === "O")!.bits);
  for (const { window, height, width, means } of expected.boxes) {
    const [top, left, bottom, right] = window;
    const found = boxMeans(areas, { top, left, bottom, right }, height, width);
    for (const [i, mean] of means.entries()) assert.ok(Math.abs(found[i]! - mean) < 1e-6, `${window} ${i}`);
  }
});

test("the whole matrix holds all its ones", () => {
  const bits = randomBits(9, 21, 0.7, 1);
  const [mean] = boxMeans(summedAreas(bits), { top: 0, left: 0, bottom: 9, right: 21 }, 1, 1);
  assert.equal(mean, Math.fround(countOnes(bits) / (9 * 21)));
});

test("boxes beyond the matrix have no mean, and cut ones the mean of what is inside", () => {
  const areas = summedAreas(randomBits(4, 4, 1, 1));
  const found = boxMeans(areas, { top: 0, left: -3, bottom: 4, right: 9 }, 1, 4); // boxes of 3 columns
  assert.deepEqual([...found], [Number.NaN, 1, 1, Number.NaN]);
});

test("a line of boxes says when it is the one before", () => {
  const lines = new BoxLines(summedAreas(randomBits(2, 4, 0.5, 3)), { top: 0, left: 0, bottom: 2, right: 4 }, 6, 4);
  assert.deepEqual(
    Array.from({ length: 6 }, () => lines.next()),
    [true, false, false, true, false, false],
  );
});

test("pixels inside one row of weights are alike, but for those beyond the matrix", () => {
  const bits = randomBits(4, 4, 0.5, 2);
  const found = boxMeans(summedAreas(bits), { top: -1, left: 0, bottom: 4, right: 4 }, 20, 4); // 4 pixels a row
  for (let y = 0; y < 20; y++)
    for (let x = 0; x < 4; x++)
      assert.equal(found[y * 4 + x], y < 4 ? Number.NaN : Number(bitAt(bits, Math.floor(y / 4) - 1, x)));
});
