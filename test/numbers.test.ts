import assert from "node:assert/strict";
import { test } from "node:test";
import { between, bytes, duration, fixed, grouped, signed } from "../src/numbers.ts";

test("a size has three digits at most where a unit is full, and the next unit from there", () => {
  const written: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [12_345, "12.3 kB"],
    [512_300, "512 kB"],
    [999_499, "999 kB"],
    [999_951, "1.00 MB"],
    [437_951_328, "438 MB"],
    [2e9, "2.00 GB"],
    [3e15, "3000 TB"],
  ];
  for (const [count, text] of written) assert.equal(bytes(count), text);
});

test("a time is rounded before it is divided into its two largest units", () => {
  const written: [number, string][] = [
    [-1, "0 s"],
    [59.4, "59 s"],
    [59.6, "1 min 0 s"],
    [200, "3 min 20 s"],
    [3599.6, "1 h 0 min"],
    [7530, "2 h 5 min"],
  ];
  for (const [seconds, text] of written) assert.equal(duration(seconds), text);
});

test("a count is grouped by thousands", () => {
  assert.deepEqual([0, 999, 1000, 1234567.6].map(grouped), ["0", "999", "1,000", "1,234,568"]);
});

test("a negative number has a minus sign, one that rounds to zero no sign, and none is a dash", () => {
  assert.deepEqual(
    [-2.14, 2.14, -0.04, 0, Number.NaN, null, undefined].map((value) => fixed(value, 1)),
    ["−2.1", "2.1", "0.0", "0.0", "–", "–", "–"],
  );
});

test("the ends of an interval are joined by a dash, or by a word where the lower one has a minus sign", () => {
  assert.equal(between(fixed(0.2, 1), fixed(0.5, 1)), "0.2–0.5");
  assert.equal(between(fixed(-0.2, 1), fixed(0.5, 1)), "−0.2 to 0.5");
  assert.equal(between(fixed(-0.04, 1), fixed(0.5, 1)), "0.0–0.5");
});

test("a difference has its sign, and one that rounds to zero none", () => {
  assert.deepEqual(
    [-2.14, 2.14, -0.04, 0.04, null].map((value) => signed(value, 1)),
    ["−2.1", "+2.1", "0.0", "0.0", "–"],
  );
});
