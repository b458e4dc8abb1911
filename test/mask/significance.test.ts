import assert from "node:assert/strict";
import test from "node:test";
import { benjaminiHochberg, pearson, stouffer, twoSided } from "../../src/mask/significance.ts";
import { expected, near } from "./fixture.ts";

const scipy = expected.significance;

test("two-sided probabilities are scipy's, far out too", () => {
  for (const [i, z] of scipy.z.entries()) {
    const ratio = twoSided(z) / scipy.p[i]!;
    assert.ok(Math.abs(ratio - 1) < 1e-12, `z ${z}: ${ratio - 1}`);
  }
});

test("adjusted probabilities are scipy's", () => {
  for (const [i, p] of benjaminiHochberg(scipy.raw).entries()) assert.ok(near(p, scipy.adjusted[i]!));
  assert.deepEqual(benjaminiHochberg([]), []);
});

test("several seeds combine as scipy's Stouffer does", () => {
  assert.ok(near(stouffer([1.2, -0.3, 2.5]), scipy.stouffer));
  assert.equal(stouffer([]), null);
});

test("correlation needs three points that vary", () => {
  assert.ok(near(pearson([1, 2, 3, 4], [2, 4, 6, 9]), 0.9943767126843689));
  assert.equal(pearson([1, 2], [3, 4]), null);
  assert.equal(pearson([1, 1, 1], [3, 4, 5]), null);
  assert.throws(() => pearson([1], [1, 2]), RangeError);
});
