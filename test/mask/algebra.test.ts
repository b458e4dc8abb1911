import assert from "node:assert/strict";
import test from "node:test";
import { combine, count } from "../../src/mask/algebra.ts";
import { bitAt, countOnes } from "../../src/mask/bits.ts";
import { randomBits } from "./fixture.ts";

const MEANINGS = {
  and: (a: boolean, b: boolean) => a && b,
  or: (a: boolean, b: boolean) => a || b,
  xor: (a: boolean, b: boolean) => a !== b,
  andNot: (a: boolean, b: boolean) => a && !b,
};

for (const [rows, columns] of [
  [3, 5],
  [6, 70],
  [4, 64],
] as const)
  test(`operations mean what they say bit by bit, and their counts are those of the masks, ${rows} × ${columns}`, () => {
    const [a, b] = [randomBits(rows, columns, 0.7, 1), randomBits(rows, columns, 0.4, 2)];
    for (const operation of ["and", "or", "xor", "andNot"] as const) {
      const result = combine(operation, a, b);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          assert.equal(bitAt(result, row, column), MEANINGS[operation](bitAt(a, row, column), bitAt(b, row, column)));
      assert.equal(count(operation, a, b), countOnes(result)); // so padding bits are 0
    }
  });
