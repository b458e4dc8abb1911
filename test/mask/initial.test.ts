import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { countOnes, packBits } from "../../src/mask/bits.ts";
import { initialMask, initialScores, leastKept, needsWeights } from "../../src/mask/initial.ts";
import { fillWords } from "../../src/philox.ts";
import { expected, recipe } from "./fixture.ts";

const sha256 = (array: Float32Array | Uint8Array) =>
  createHash("sha256")
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest("hex");

function weightsOf([seed, stream]: [number, number], count: number): Float32Array {
  const words = new Uint32Array(count);
  fillWords(words, seed, stream);
  return Float32Array.from(words, (word) => (word >>> 24) - 128);
}

for (const { recipe, name, rows, columns, weights: source, ...wanted } of expected.initial)
  test(`initial scores and mask of kind ${recipe.kind} are numpy's, ${rows} × ${columns}`, () => {
    const weights = source && weightsOf(source, rows * columns);
    const mask = initialMask(recipe, name, rows, columns, weights)!;
    assert.equal(countOnes(mask), wanted.ones);
    assert.equal(sha256(mask.bytes), wanted.mask);
    assert.equal(sha256(initialScores(recipe, name, rows, columns, weights)), wanted.scores);
  });

test("a matrix's initial mask is its initial scores over the threshold, at every share", () => {
  for (const sparsity of [0.001, 0.05, 0.5, 0.95, 1]) {
    const made = { ...recipe(3), sparsity, high: 0.03 / sparsity - 0.02 };
    const scores = initialScores(made, "a.weight", 60, 41);
    assert.deepEqual(initialMask(made, "a.weight", 60, 41), packBits(scores, 60, 41, made.threshold));
  }
});

test("the least kept number is where scores pass the threshold", () => {
  assert.equal(leastKept({ ...recipe(1), low: 0.02 }), 0);
  assert.equal(leastKept({ ...recipe(1), high: 0.01 }), 2 ** 24);
  const least = leastKept(recipe(1));
  const score = (k: number) => Math.fround(-0.02 + 0.6 * (k * 2 ** -24));
  assert.ok(score(least) > Math.fround(0.01) && score(least - 1) <= Math.fround(0.01));
});

test("controlled kinds drop exactly the wanted share, of every size of matrix", () => {
  for (const kind of ["magnitude", "controlled-uniform", "magnitude-and-uniform", "double-uniform"] as const)
    for (const [rows, columns] of [
      [1, 7],
      [33, 20],
      [64, 300],
    ] as const)
      for (const sparsity of [0, 0.05, 0.51, 0.97, 1]) {
        const weights = weightsOf([5, 5], rows * columns);
        const mask = initialMask({ ...recipe(9, kind), sparsity, high: 0.012 }, "a.weight", rows, columns, weights)!;
        assert.equal(countOnes(mask), rows * columns - Math.round(sparsity * rows * columns), `${kind} ${sparsity}`);
      }
});

test("constant scores are all the upper end of their range, and keep everything", () => {
  const made = { ...recipe(9, "constant"), high: 0.03 };
  assert.deepEqual(initialScores(made, "a.weight", 3, 5), new Float32Array(15).fill(0.03));
  assert.equal(countOnes(initialMask(made, "a.weight", 3, 5)!), 15);
  assert.equal(needsWeights(made, "encoder"), false);
});

test("magnitude drops the smallest weights", () => {
  const weights = Float32Array.of(3, -0.1, 0.2, -5, 0, 7, -0.3, 1);
  const mask = initialMask({ ...recipe(1, "magnitude"), sparsity: 0.5 }, "a.weight", 1, 8, weights)!;
  assert.deepEqual([...mask.bytes], [0b10101001]);
});

test("double-uniform scores lie close around the threshold, on both sides", () => {
  for (const score of initialScores({ ...recipe(1, "double-uniform"), sparsity: 0.5 }, "a.weight", 30, 30))
    assert.ok((score >= 0.005 && score < 0.009) || (score > 0.011 && score <= 0.0150001), `${score}`);
});

test("a mask by magnitude is not made without the weights, and the classifier's part of magnitude-and-uniform is", () => {
  const mixed = recipe(1, "magnitude-and-uniform");
  assert.equal(initialMask(recipe(1, "magnitude"), "a.weight", 2, 2), undefined);
  assert.equal(initialMask(mixed, "a.weight", 2, 2), undefined);
  assert.ok(initialMask(mixed, "a.weight", 2, 2, undefined, "classifier"));
  assert.deepEqual([needsWeights(mixed, "encoder"), needsWeights(mixed, "classifier")], [true, false]);
});

test("a double-uniform mask around a threshold of 0 is refused", () => {
  assert.throws(() => initialScores({ ...recipe(1, "double-uniform"), threshold: 0 }, "a.weight", 2, 2), {
    name: "InputError",
    message: /choose another initial mask/,
  });
});

test("another seed and another name give another mask", () => {
  const mask = initialMask(recipe(1), "a.weight", 8, 64);
  assert.notDeepEqual(initialMask(recipe(2), "a.weight", 8, 64), mask);
  assert.notDeepEqual(initialMask(recipe(1), "b.weight", 8, 64), mask);
});
