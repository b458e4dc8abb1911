// The slopes of a label's log-odds along the strengths of tokens: against PyTorch's, and against differences of our own scores.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "../../../src/data/batches.ts";
import type { Loaded } from "../../../src/program/scoring-model.ts";
import { FAMILIES, maskedFixture } from "../masked-fixture.ts";

/** With PyTorch's scores and evidence. */
async function fixture(family: string) {
  const { floats, ...made } = await maskedFixture(family, "evidence");
  return { ...made, scores: floats("scores"), evidence: floats("evidence") };
}

const ones = ({ size, length }: Batch) => new Float32Array(size * length).fill(1);

function near(have: Float32Array, want: Float32Array, tolerance: number): void {
  assert.equal(have.length, want.length);
  assert.ok(want.some((x) => Math.abs(x) > 0.1));
  want.forEach((x, i) => {
    assert.ok(Math.abs(have[i]! - x) <= tolerance, `${i}: ${have[i]} for ${x}`);
  });
}

for (const family of FAMILIES) {
  test(`${family}: log-odds and the evidence of every token are PyTorch's, and padding has none`, async () => {
    const { batch, scorer, scores, evidence, release } = await fixture(family);
    const found = await scorer.slopes(batch, ones(batch));
    near(found.scores, scores, 1e-5);
    near(found.slopes, evidence, 1e-4);
    for (const [i, attended] of batch.attention.entries()) if (!attended) assert.equal(found.slopes[i], 0);
    await release();
  });

  test(`${family}: evidence is what small changes of a token's strength do to the score`, async () => {
    const { batch, scorer, release } = await fixture(family);
    const { slopes } = await scorer.slopes(batch, ones(batch));
    const [by, { size, length }] = [0.002, batch];
    for (let token = 0; token < length; token++) {
      const changed = async (strength: number) => {
        const strengths = ones(batch);
        for (let row = 0; row < size; row++) strengths[row * length + token] = strength;
        return oddsOf(scorer, batch, strengths);
      };
      const [more, less] = [await changed(1 + by), await changed(1 - by)];
      const differences = more.map((score, row) => (score - less[row]!) / (2 * by));
      for (const [row, difference] of differences.entries()) {
        const slope = slopes[row * length + token]!;
        assert.ok(Math.abs(slope - difference) <= 1e-3, `row ${row}, token ${token}: ${slope} for ${difference}`);
      }
    }
    await release();
  });
}

const oddsOf = async (scorer: Loaded, batch: Batch, strengths: Float32Array) =>
  (await scorer.slopes(batch, strengths)).scores;

test("the log-odds are those of the probabilities that the same adaptation predicts", async () => {
  const { batch, scorer, release } = await fixture("bert");
  const logits = await scorer.logits(batch);
  const { scores } = await scorer.slopes(batch, ones(batch));
  for (const [row, score] of scores.entries()) {
    const powers = Array.from(logits.subarray(3 * row, 3 * row + 3), Math.exp);
    const own = powers[Number(batch.targets[row])]!;
    const others = powers.reduce((sum, power) => sum + power, -own);
    assert.ok(Math.abs(score - Math.log(own / others)) < 1e-5);
  }
  await release();
});
