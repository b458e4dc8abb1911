// Which adaptation fits a text: entropies and their order as SciPy and numpy compute them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fitsOf } from "../../src/adaptation/fit.ts";

interface Case {
  readonly answers: readonly {
    readonly p: readonly number[];
    readonly entropy: number;
    readonly uniform: number;
    readonly relative: number;
  }[];
  readonly order: readonly number[];
}

const cases = JSON.parse(readFileSync("test/fixtures/metrics/entropy.json", "utf8")) as Case[];

test("answers are ranked by their entropy over ln K as SciPy and numpy rank them, equal ones in the given order", () => {
  for (const { answers, order } of cases) {
    const fits = fitsOf(
      answers.map(({ p }, place) => ({ place, probabilities: Object.fromEntries(p.map((x, i) => [`label ${i}`, x])) })),
    );
    assert.deepEqual(
      fits.map(({ prediction }) => prediction.place),
      order,
    );
    for (const { prediction, entropy, uniform, relative } of fits) {
      const want = answers[prediction.place]!;
      for (const [have, number] of [
        [entropy, want.entropy],
        [uniform, want.uniform],
        [relative, want.relative],
      ] as const)
        assert.ok(Math.abs(have - number) < 1e-12, `${have} for ${number}`);
    }
  }
});

test("more labels do not make an answer look less sure: the ratio may rank otherwise than the entropy", () => {
  const { answers } = cases.at(-1)!;
  const [two, twelve] = [answers.at(-2)!, answers.at(-1)!];
  assert.ok(two.entropy < twelve.entropy && twelve.relative < two.relative);
});
