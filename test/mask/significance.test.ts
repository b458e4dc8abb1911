import assert from "node:assert/strict";
import test from "node:test";
import {
  benjaminiHochberg,
  correlation,
  discoveries,
  incompleteBeta,
  pearson,
  rankCorrelation,
  ratio,
  stouffer,
  tailOf,
  twoSided,
} from "../../src/mask/significance.ts";
import { expected, near, nearInterval } from "./fixture.ts";

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

test("the incomplete beta function is scipy's", () => {
  for (const [x, a, b, value] of expected.beta) assert.ok(near(incompleteBeta(x, a, b), value), `${x} ${a} ${b}`);
  assert.deepEqual([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)], [0, 1]);
});

test("a count's tails are the binomial ones of scipy", () => {
  for (const { observed, expected: mean, variance, p } of expected.tails) {
    const found = tailOf(observed, mean, variance)!;
    assert.ok(Math.abs(found - p) <= 1e-9 * p, `${observed} of ${mean}: ${found} and ${p}`);
  }
  assert.equal(tailOf(0, 0, 0), null);
});

test("ratios' intervals solve their equation, have a width at 0, and leave 1 out just where z is over its quantile", () => {
  for (const { observed, expected: mean, variance, ...interval } of expected.ratios)
    assert.ok(nearInterval(ratio(observed, mean, variance), interval), String(observed));
  const at = (z: number) => ratio(100 + z * 12, 100, 144)!;
  assert.ok(at(1.95).low < 1 && at(1.97).low > 1 && at(-1.95).high > 1 && at(-1.97).high < 1);
  const { value, low, high } = ratio(0, 3, 3)!;
  assert.deepEqual([value, low], [0, 0]);
  assert.ok(high > 1);
  assert.equal(ratio(0, 0, 0), null);
});

test("correlations have Fisher's interval, and none to speak of below four points", () => {
  const x = Array.from({ length: 60 }, (_, i) => Math.sin(i));
  const { value, low, high } = correlation(
    x,
    x.map((one, i) => one + 2 * Math.sin(7 * i + 1)),
  )!;
  const reach = 1.959963984540054 / Math.sqrt(57);
  assert.ok(near(Math.atanh(value) - Math.atanh(low), reach) && near(Math.atanh(high) - Math.atanh(value), reach));
  assert.deepEqual(correlation([1, 2, 3], [1, 3, 2])!.low, -1);
  assert.equal(correlation([1, 2], [3, 4]), null);
});

test("rank correlations are scipy's, with Bonett and Wright's interval", () => {
  // scipy.stats.spearmanr of these, and tanh(atanh r ± 1.96 · √((1 + r²/2) / 5)) by numpy
  const [x, y] = [
    [3.1, -2, 0.5, 0.5, 7, 1.25, -2, 9],
    [1, -1, 4, 2, 2, 3, -5, 6],
  ];
  const { value, low, high } = rankCorrelation(x, y)!;
  const wanted = [0.6363753238047306, -0.20612249008030892, 0.9370432567650108];
  for (const [i, one] of [value, low, high].entries()) assert.ok(near(one, wanted[i]!), `${one} for ${wanted[i]}`);
  assert.equal(rankCorrelation([1, 2, 3, 4], [2, 2, 2, 2]), null);
  assert.deepEqual(rankCorrelation([1, 20, 300], [5, 6, 700]), { value: 1, low: -1, high: 1 });
});

test("a z of 0 is no discovery, and neither is one that is not known", () => {
  assert.deepEqual(discoveries([0, null, 8, -8, 0]), [false, false, true, true, false]);
});
