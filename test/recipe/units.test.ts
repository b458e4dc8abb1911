import assert from "node:assert/strict";
import { test } from "node:test";
import { LAYER_KINDS, type LayerKind, TOP_KINDS } from "../../src/kinds.ts";
import type { InitialRecipe } from "../../src/mask/metadata.ts";
import type { Matrix } from "../../src/model/names.ts";
import { maskedWeights, masksBy } from "../../src/recipe/fixed.ts";
import { maskedKinds, scoredBy } from "../../src/recipe/units.ts";
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

test("heads and neurons span what a model has: gates and cross attention, too, but not keys and values that heads share", () => {
  const units = { units: "heads-and-neurons", kinds: null };
  const encoder = LAYER_KINDS.filter((kind) => !kind.startsWith("C") && kind !== "G");
  const all = [...LAYER_KINDS, ...TOP_KINDS];
  assert.deepEqual(maskedKinds(units, { heads: 4 }, [...encoder, ...TOP_KINDS]), encoder);
  assert.deepEqual(maskedKinds(units, { heads: 4 }, all), LAYER_KINDS);
  assert.deepEqual(maskedKinds(units, { heads: 4, keyHeads: 2 }, [...encoder, "G"]), ["Q", "AO", "I", "O", "G"]);
  assert.deepEqual(maskedKinds({ ...units, units: "weights" }, { heads: 4, keyHeads: 2 }, all), all);
  assert.throws(
    () => maskedKinds({ ...units, kinds: ["Q", "K", "V", "AO"] }, { heads: 4, keyHeads: 2 }, encoder),
    /span Q, AO; I, O; keys and values, which several heads share, belong to no head, but the masked kinds are Q, K, V, AO/,
  );
  assert.throws(
    () => maskedKinds({ ...units, kinds: ["I", "O"] }, { heads: 4 }, [...encoder, "G"]),
    /use Q,K,V,AO or I,O,G, or several/,
  );
});

test("with a gate, a neuron is a row of the gate and of I and a column of O, and heads of cross attention have scores of their own", () => {
  const shapes = { ...SHAPES, CQ: SHAPES.Q, CAO: SHAPES.AO, G: SHAPES.I };
  const gated = LAYER_KINDS.flatMap((kind): Matrix[] => {
    const shape = shapes[kind];
    return shape ? [{ name: kind, layer: 0, kind, rows: shape[0], columns: shape[1] }] : [];
  });
  assert.deepEqual(
    scoredBy(gated, HEADS).map(({ scores, matrices }) => [
      scores.name,
      scores.rows,
      matrices.map(({ kind }) => kind).join(" "),
    ]),
    [
      ["AO", HEADS, "Q K V AO"],
      ["CAO", HEADS, "CQ CAO"],
      ["O", NEURONS, "G I O"],
    ],
  );
});
