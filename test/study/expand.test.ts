// The cells of a plan: their order, their options, and those that are refused.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { parseStudy } from "../../src/study/description.ts";
import { expand } from "../../src/study/expand.ts";

const FILE = "/a/study.json";
const of = (keys: object) => expand(parseStudy({ models: ["m"], tasks: ["t.task.json"], ...keys }, FILE), FILE);

test("cells are ordered by model, task, method, grid in the order of its keys, and seed", () => {
  const { combinations } = of({
    ...{ models: ["m", "n"], tasks: ["t.task.json", "u.task.json"], methods: ["mask", "random-mask"] },
    ...{ grid: { sparsity: [0.1, 0.2], epochs: [1, 2] }, seeds: [5, 6] },
  });
  assert.equal(combinations.length, 64);
  const text = (i: number) => {
    const { model, task, method, seed, options } = combinations[i]!;
    return [model, task[0], method, options.sparsity, options.epochs, seed].join(" ");
  };
  assert.deepEqual([0, 1, 2, 4, 8, 16, 32, 63].map(text), [
    "m t mask 0.1 1 5",
    "m t mask 0.1 1 6",
    "m t mask 0.1 2 5",
    "m t mask 0.2 1 5",
    "m t random-mask 0.1 1 5",
    "m u mask 0.1 1 5",
    "n t mask 0.1 1 5",
    "n u random-mask 0.2 2 6",
  ]);
  assert.deepEqual(
    combinations.slice(0, 6).map((one) => one!.group),
    [0, 0, 1, 1, 2, 2],
  );
});

test("paths are relative to the study", () => {
  const { model, task } = of({ models: ["../m"] }).combinations[0]!.options;
  assert.deepEqual([model, task], [path.resolve("/m"), path.resolve("/a/t.task.json")]);
});

test("a seed is also the seed of the initial scores, unless that is given", () => {
  const seeds = (keys: object) =>
    of({ seeds: [3, 4], ...keys }).combinations.map((one) => `${one!.options.seed} ${one!.options.maskSeed}`);
  assert.deepEqual(seeds({}), ["3 3", "4 4"]);
  assert.deepEqual(seeds({ options: { maskSeed: 9 } }), ["3 9", "4 9"]);
  assert.deepEqual(seeds({ grid: { maskSeed: [1, 2] } }), ["3 1", "4 1", "3 2", "4 2"]);
});

test("a method's own options come before the shared ones", () => {
  const { combinations } = of({
    methods: ["mask", { method: "finetune", learningRate: 5e-5 }],
    options: { learningRate: 3e-3 },
  });
  assert.deepEqual(
    combinations.map((one) => one!.options.learningRate),
    [3e-3, 5e-5],
  );
});

test("combinations that contradict themselves are named with the key that does it, and leave the others", () => {
  const { combinations, contradictions } = of({ methods: ["mask", "finetune"], grid: { sparsity: [0.1, 0.2] } });
  assert.deepEqual(
    combinations.map((one) => one?.method),
    ["mask", "mask", undefined, undefined],
  );
  assert.deepEqual(
    contradictions.map(({ position }) => position),
    [2, 3],
  );
  assert.match(contradictions[0]!.error.message, /grid\.sparsity: method finetune does not use sparsity/);
  const steered = of({ methods: [{ method: "finetune", targetSparsity: { target: 0.5 } }] }).contradictions;
  assert.match(steered[0]!.error.message, /methods\.targetSparsity: sparsity control requires method mask/);
  const twice = of({ methods: [{ method: "mask", epochs: 1 }], grid: { epochs: [1, 2] } }).contradictions;
  assert.match(twice[0]!.error.message, /epochs is in both "grid" and "methods"/);
});

test("a plan with too many cells is refused before they are made", () => {
  const many = Array.from({ length: 200 }, (_, i) => i + 1);
  assert.throws(() => of({ grid: { epochs: many }, seeds: many }), /the study has 40000 cells, more than the limit/);
});
