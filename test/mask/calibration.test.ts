// What `npm run bench calibration` shows at full size, small: each statistic where its null holds.

import assert from "node:assert/strict";
import test from "node:test";
import { initialMask } from "../../src/mask/initial.ts";
import { beyondOthers, underIndependence, underShuffles } from "./calibration.ts";
import { facts, flipped, noise, pythonMask, recipe, writtenAndRead } from "./fixture.ts";

test("where drops are independent given the initial scores every z has a deviation near 1, and 95 % intervals hold 1", async () => {
  const sources = [await pythonMask("sentiment"), await pythonMask("topic")];
  const { calibrations, matrices, linesMarked } = underIndependence(sources, 12);
  assert.equal(calibrations.length, 13);
  for (const { statistic, count, deviation, covered } of calibrations) {
    // Three standard errors of a deviation of independent values, and of a share; regions of one mask share its rates.
    const error = 3 * Math.sqrt(1 / (2 * count)) + 0.02;
    if (!Number.isNaN(deviation))
      assert.ok(deviation > 0.9 - error && deviation < 1.05 + error, `${statistic}: ${deviation}`);
    const share = 3 * Math.sqrt((0.05 * 0.95) / count);
    assert.ok(covered! > 0.93 - share && covered! < 0.97 + share, `${statistic}: ${covered}`);
  }
  assert.ok(linesMarked / matrices < 0.08, String(linesMarked / matrices));
});

test("where lines belong to no head a head is marked in 5 % of shuffles, and would be far more often were lines' drops taken for independent", async () => {
  const name = "encoder.layer.0.attention.self.query.weight";
  const [width, heads] = [240, 12];
  const [luck, effect] = [noise(width * width, 1, 50), noise(width, 2, 51)];
  const bits = flipped(
    initialMask(recipe(1), name, width, width)!,
    (i, kept) => kept && luck[i]! < 0.06 * (0.3 + 1.4 * effect[Math.floor(i / width)]!),
  );
  const about = facts(recipe(1));
  const metadata = { ...about, base: { ...about.base, heads, width } };
  const mask = await writtenAndRead(metadata, [{ name, layer: 0, kind: "Q", bits }]);
  const { marked, markedWithoutClusters, deviation } = underShuffles(mask, 400);
  assert.ok(marked <= 0.07, String(marked));
  assert.ok(markedWithoutClusters > 0.2, String(markedWithoutClusters));
  assert.ok(deviation > 0.9 && deviation < 1.05, String(deviation));
});

test("of lifts of unrelated pairs few lie beyond the range of the others, and one of related tasks does", () => {
  const normal = (seed: number) => {
    const [u, v] = noise(2, seed);
    return 1.03 + 0.02 * Math.sqrt(-2 * Math.log(u!)) * Math.cos(2 * Math.PI * v!);
  };
  const beyond = Array.from({ length: 100 }, (_, set) =>
    beyondOthers(Array.from({ length: 12 }, (_, i) => normal(100 * set + i))),
  );
  const share = beyond.reduce((total, count) => total + count, 0) / 1200;
  assert.ok(share > 0.03 && share < 0.08, String(share));
  assert.equal(beyondOthers([1.02, 1.03, 1.035, 1.04, 1.045, 1.05, 1.25]), 1);
});
