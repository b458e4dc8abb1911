import assert from "node:assert/strict";
import { test } from "node:test";
import type { LayerKind } from "../../src/kinds.ts";
import type { InitialRecipe } from "../../src/mask/metadata.ts";
import type { Matrix } from "../../src/model/names.ts";
import { maskedWeights, masksBy } from "../../src/recipe/fixed.ts";
import { scoredBy } from "../../src/recipe/units.ts";
import { drawn } from "../program/tiny.ts";

const [WIDTH, NEURONS, HEADS] = [8, 6, 4];
const SHAPES: Partial<Record<LayerKind, readonly [number, number]>> = {
  ...{ Q: [WIDTH, WIDTH], K: [WIDTH, WIDTH], V: [WIDTH, WIDTH], AO: [WIDTH, WIDTH] },
  ...{ I: [NEURONS, WIDTH], O: [WIDTH, NEURONS] },
};
const matrices = [0, 1].flatMap((layer) =>
  (Object.keys(SHAPES) as LayerKind[]).map((kind): Matrix => {
    const [rows, columns] = SHAPES[kind]!;
    return { name: `${layer}.${kind}`, layer, kind, rows, columns };
  }),
);

test("a layer has one score for each head over Q, K, V and AO, and one for each neuron over I and O", () => {
  const scored = scoredBy(matrices, HEADS);
  assert.deepEqual(
    scored.map(({ scores: { name, rows, columns }, matrices, weights }) => ({
      ...{ name, rows, columns, weights },
      over: matrices.map(({ kind }) => kind).join(" "),
    })),
    [0, 1].flatMap((layer) => [
      { name: `${layer}.AO`, rows: HEADS, columns: 1, weights: 64, over: "Q K V AO" },
      { name: `${layer}.O`, rows: NEURONS, columns: 1, weights: 16, over: "I O" },
    ]),
  );
  const ofWeights = scoredBy(matrices);
  assert.deepEqual(
    ofWeights.map(({ scores }) => scores),
    matrices,
  );
});

/** A weight's unit, whether it is in a row or in a column. */
function unitOf({ kind, columns }: Matrix, i: number): number {
  const line = kind === "AO" || kind === "O" ? i % columns : Math.floor(i / columns);
  return kind === "I" || kind === "O" ? line : Math.floor(line / (WIDTH / HEADS));
}

test("by magnitude, the heads and the neurons with the smallest norms are 0 in all of their matrices", async () => {
  const weights = new Map(matrices.map((one) => [`${one.name}.weight`, drawn(one.name, one.rows * one.columns)]));
  const recipe: InitialRecipe = {
    ...{ generator: "philox4x32-10", kind: "magnitude", maskSeed: 1 },
    ...{ threshold: 0.01, sparsity: 0.5, low: -0.02, high: 0.04 },
  };
  const weightsOf = async (name: string) => weights.get(name)!.slice();
  const { tensors, sparsity } = await maskedWeights(weightsOf, masksBy(recipe), scoredBy(matrices, HEADS));
  assert.equal(sparsity, 0.5);
  assert.equal(tensors.length, matrices.length);
  for (const kinds of ["Q K V AO", "I O"])
    for (const layer of [0, 1]) {
      const members = matrices.filter((one) => one.layer === layer && kinds.split(" ").includes(one.kind));
      const norms = new Map<number, number>();
      for (const one of members)
        weights.get(`${one.name}.weight`)!.forEach((weight, i) => {
          norms.set(unitOf(one, i), (norms.get(unitOf(one, i)) ?? 0) + weight * weight);
        });
      const ordered = [...norms].sort(([, a], [, b]) => a - b).map(([unit]) => unit);
      const smallest = new Set(ordered.slice(0, ordered.length / 2));
      for (const one of members) {
        const before = weights.get(`${one.name}.weight`)!;
        const { data } = tensors.find(({ name }) => name === `${one.name}.weight`)!;
        assert.deepEqual(
          data,
          before.map((weight, i) => (smallest.has(unitOf(one, i)) ? 0 : weight)),
          one.name,
        );
      }
    }
});
