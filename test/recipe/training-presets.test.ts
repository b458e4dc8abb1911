import assert from "node:assert/strict";
import test from "node:test";
import { parseRunOptions } from "../../src/recipe/options.ts";
import {
  defaultsFor,
  nearestPreset,
  presetFor,
  TRAINING_PRESET_IDS,
  TRAINING_PRESETS,
} from "../../src/recipe/training-presets.ts";

const run = (options: object) => parseRunOptions({ model: "m", task: "t", out: "o", ...options });

test("a run's options are those of a preset whatever its model, task, folder, device and seeds are", () => {
  for (const preset of TRAINING_PRESET_IDS) {
    const options = run({ ...TRAINING_PRESETS[preset], device: "cuda:0", seed: 7, maskSeed: 8 });
    assert.deepEqual(nearestPreset(options), { preset, changes: [] });
  }
});

test("the options that differ from the nearest preset are named with their values", () => {
  assert.deepEqual(nearestPreset(run({ ...TRAINING_PRESETS.quick, epochs: 5 })), {
    preset: "quick",
    changes: ["epochs 5"],
  });
  const changes = ["maxSteps 9", "kinds Q,K", "limit train=64", "permuteLabels 3"];
  const given = { maxSteps: 9, kinds: ["Q", "K"], limit: { train: 64 }, permuteLabels: 3 };
  assert.deepEqual(nearestPreset(run(given)), { preset: "paper", changes });
});

test("a mask is trained by the recommended preset unless options do not fit it, and other methods by their own defaults", () => {
  assert.deepEqual(defaultsFor({ epochs: 2 }), TRAINING_PRESETS.recommended);
  const topK = { share: 0.5, scope: "matrix", schedule: "cubic", hold: 0.3 } as const;
  const { initialMask, auxiliary } = run({ ...defaultsFor({ topK }), topK });
  assert.deepEqual([initialMask, auxiliary?.parameters], ["magnitude-order", "norm-and-bias"]);
  const constant = { ...topK, schedule: "constant" } as const;
  assert.equal(run({ ...defaultsFor({ topK: constant }), topK: constant }).initialMask, "magnitude");
  assert.deepEqual(defaultsFor({ method: "finetune" }), {});
});

test("masks that prune read the mean of all tokens where a single vector is classified", () => {
  assert.equal(presetFor("prune-10", "pair").pooling, "mean");
  assert.equal(presetFor("prune-10", "tagging").pooling, undefined);
  assert.equal(presetFor("recommended", "pair").pooling, undefined);
});
