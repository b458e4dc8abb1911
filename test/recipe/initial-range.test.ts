// The range of initial scores: the wanted share starts off, and for Bernoulli also when it is drawn (test/fixtures/train/make.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { initialScores } from "../../src/mask/initial.ts";
import { readConfig } from "../../src/model/config.ts";
import { initialRange, sampledShare } from "../../src/recipe/initial-range.ts";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { recipeOf } from "../../src/recipe/recipe.ts";

const { logits } = JSON.parse(readFileSync("test/fixtures/train/expected.json", "utf8")) as {
  logits: { sparsity: number; scaleFixed: boolean; low: number; high: number; sampled: number }[];
};

test("Bernoulli's scores reach far enough on both sides of 0 that as many start off when drawn as when evaluated", () => {
  for (const { sparsity, scaleFixed, sampled, ...wanted } of logits) {
    const range = initialRange({ sparsity, scaleFixed, threshold: 0, logits: true });
    for (const end of ["low", "high"] as const)
      assert.ok(Math.abs(range[end] - wanted[end]) < 1e-12, `${end} at ${sparsity}: ${range[end]}`);
    assert.ok(Math.abs(sampledShare(range) - sampled) < 1e-12, `${sampledShare(range)} instead of ${sampled}`);
    if (!scaleFixed) assert.ok(Math.abs(sampled / sparsity - 1) < 0.002, `${sampled} of ${sparsity}`);
  }
});

test("the drawn scores of a Bernoulli run have both shares that it prints", async () => {
  const config = await readConfig("test/fixtures/models/tiny-bert");
  const options = parseRunOptions({ model: "m", task: "t", out: "o", binarizer: "bernoulli" }, "run.json");
  const { initial } = recipeOf(options, config, new Set<string>(), { kind: "sentence", labels: ["a", "b"] });
  const scores = initialScores(initial!, "a.weight", 500, 800);
  const off = (chance: (score: number) => number) =>
    scores.reduce((sum, score) => sum + chance(score), 0) / scores.length;
  // Five deviations of a share of 5 % of 400,000 weights are 0.17 %.
  assert.ok(Math.abs(off((score) => Number(score <= initial!.threshold)) - 0.05) < 0.0017);
  assert.ok(Math.abs(off((score) => 1 / (1 + Math.exp(score))) - 0.05) < 0.0017);
});
