// study.json: what is accepted, and what each mistake is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseStudy } from "../../src/study/description.ts";

const FILE = "a/study.json";
const least = { models: ["m"], tasks: ["t.task.json"] };
const parse = (keys: object) => parseStudy({ ...least, ...keys }, FILE);
const refuses = (keys: object, message: RegExp) => assert.throws(() => parse(keys), message);

test("a study that names only a model and a task trains a mask with seed 1", () => {
  assert.deepEqual(parse({}), { ...least, methods: [{ method: "mask" }], options: {}, grid: {}, seeds: [1] });
});

test("a method may have options of its own", () => {
  const { methods } = parse({ methods: ["mask", { method: "finetune", learningRate: 5e-5 }] });
  assert.deepEqual(methods, [{ method: "mask" }, { method: "finetune", learningRate: 5e-5 }]);
});

test("a grid keeps the order of its keys", () => {
  assert.deepEqual(Object.keys(parse({ grid: { sparsity: [0.1], epochs: [1], batchSize: [8] } }).grid), [
    "sparsity",
    "epochs",
    "batchSize",
  ]);
});

test("an unknown key is refused with a suggestion, wherever it is", () => {
  refuses({ seed: [1] }, /^InputError: a\/study\.json, seed: unknown key "seed"; did you mean "seeds"\?/);
  refuses({ options: { epoch: 1 } }, /options\.epoch: unknown key "epoch"; did you mean "epochs"\?/);
  refuses({ grid: { learninRate: [1] } }, /grid\.learninRate: .*did you mean "learningRate"\?/);
  refuses({ methods: [{ method: "mask", sparsty: 1 }] }, /methods\.sparsty: .*did you mean "sparsity"\?/);
});

test("an option that has a key of its own is refused with that key", () => {
  refuses({ options: { seed: 1 } }, /options\.seed: seed is not given here; list its values under "seeds"/);
  refuses({ grid: { model: ["m"] } }, /grid\.model: .*under "models"/);
  refuses({ methods: [{ method: "mask", task: "t" }] }, /methods\.task: .*under "tasks"/);
});

test("a value out of range is refused with the allowed ones", () => {
  refuses({ seeds: [1, -1] }, /seeds: -1 is not a valid value; use a whole number from 0 to 4294967295/);
  refuses({ seeds: [] }, /seeds: \[\] is not a valid value; use a list of seeds, at least one/);
  refuses({ grid: { epochs: 3 } }, /grid\.epochs: 3 is not a valid value; use a list of values of epochs/);
  refuses({ grid: { epochs: [0] } }, /grid\.epochs: 0 is not .*a whole number from 1 to 100000/);
  refuses({ methods: ["masks"] }, /methods: "masks" is not a valid value; did you mean "mask"\?/);
  refuses({ methods: [{ method: "finetun" }] }, /methods\.method: "finetun" .*did you mean "finetune"\?/);
  refuses({ models: [""] }, /models: "" is not a valid value; use a model folder/);
  assert.throws(() => parseStudy([], FILE), /the study is not a JSON object/);
  assert.throws(() => parseStudy({ tasks: ["t"] }, FILE), /models: it is missing; use a list of model folders/);
});

test("an option is not both shared and varied", () => {
  refuses({ options: { epochs: 1 }, grid: { epochs: [1, 2] } }, /epochs is in both "options" and "grid"/);
});
