// What each method masks, trains and leaves; and the range of the initial scores (test/fixtures/train/make.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import type { TaskKind } from "../../src/data/examples.ts";
import { readConfig } from "../../src/model/config.ts";
import { allMatrices, selectMatrices } from "../../src/model/names.ts";
import { expectedTensors } from "../../src/model/tensors.ts";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { classifierOf, recipeOf } from "../../src/recipe/recipe.ts";
import { recipeNotes } from "../../src/recipe/recipe-notes.ts";
import { familyReference } from "../model/family-reference.ts";

const config = await readConfig("test/fixtures/models/tiny-bert");
const encoder = new Set([...expectedTensors(config).keys()].filter((name) => !name.startsWith("classifier")));
const withoutPooler = new Set([...encoder].filter((name) => !name.startsWith("pooler")));

function recipe(options: object, { stored = encoder, kind = "sentence" as TaskKind, labels = ["a", "b", "c"] } = {}) {
  const all = parseRunOptions({ model: "m", task: "t", out: "o", layers: "all", ...options }, "run.json");
  return recipeOf(all, config, stored, { kind, labels });
}
const names = (matrices: readonly { name: string }[]) => matrices.map(({ name }) => name);
const classifier = ["classifier.weight", "classifier.bias"];

test("a mask run masks the wanted layers and kinds with pooler and classifier, and trains nothing else", () => {
  const { matrices, fixed, trained, format, labels } = recipe({ layers: "1-2", kinds: ["Q", "O", "P", "T"] });
  assert.deepEqual(names(matrices), [
    ...[1, 2].flatMap((l) => [`encoder.layer.${l}.attention.self.query`, `encoder.layer.${l}.output.dense`]),
    ...["pooler.dense", "classifier"],
  ]);
  assert.deepEqual({ fixed, trained, format, labels }, { fixed: [], trained: [], format: "mask", labels: 3 });
});

test("with a trained classifier it is trained and not masked; a pooler that the model has stays masked, a fresh one is trained", () => {
  const own = recipe({ classifier: "trained" });
  assert.ok(!names(own.matrices).includes("classifier") && names(own.matrices).includes("pooler.dense"));
  assert.deepEqual(own.trained, classifier);
  const fresh = recipe({ classifier: "trained" }, { stored: withoutPooler });
  assert.ok(!names(fresh.matrices).includes("pooler.dense"));
  assert.deepEqual([...fresh.trained].sort(), [...classifier, "pooler.dense.bias", "pooler.dense.weight"].sort());
});

test("a run that trains its classifier says what that is", () => {
  const notes = (options: object, more: Parameters<typeof recipe>[1] = {}) => {
    const all = parseRunOptions({ model: "m", task: "t", out: "o", layers: "all", ...options }, "run.json");
    return recipeNotes(all, recipe(options, more));
  };
  const trained = { classifier: "trained" };
  assert.deepEqual(notes(trained), [
    "The classifier is trained, not masked: classifier (only T); the model's own pooler (pooler.dense, P) is masked.",
  ]);
  assert.deepEqual(notes({ ...trained, kinds: ["Q"] }), [
    "The classifier is trained, not masked: classifier (only T).",
  ]);
  assert.deepEqual(notes(trained, { stored: withoutPooler }), [
    "The classifier is trained, not masked: pooler.dense and classifier (P and T).",
  ]);
  assert.deepEqual(notes(trained, { kind: "tagging" }), [
    "The classifier is trained, not masked: classifier (only T).",
  ]);
  assert.deepEqual(notes({ method: "random-mask" }), [
    "The classifier is trained, not masked: classifier (only T); the model's own pooler (pooler.dense, P) is masked.",
  ]);
  for (const method of ["mask", "finetune", "pattern"]) assert.deepEqual(notes({ method }), []);
  assert.deepEqual(notes(trained, { kind: "language", labels: [] }), []);
});

test("a sentence can be read without its document only in document tasks", () => {
  assert.throws(
    () => recipe({ context: "sentence" }),
    /a sentence task has no documents whose sentences could be read .*; omit the context, or use a document task/,
  );
  assert.doesNotThrow(() => recipe({ context: "sentence" }, { kind: "document" }));
});

test("pooling is refused where no vector stands for a whole text", () => {
  for (const pooling of ["first", "mean"])
    for (const kind of ["tagging", "generation"] as const)
      assert.throws(() => recipe({ pooling }, { kind }), /so no single vector is classified; omit the pooling/);
  assert.equal(recipe({ pooling: "last" }).pooling, "last");
});

test("a method that trains only a classifier is refused for tasks that have none", () => {
  const language = { kind: "language", labels: [] as string[] } as const;
  const nothing = /a language task has no classifier, so nothing would be trained/;
  assert.throws(() => recipe({ method: "pattern" }, language), nothing);
  assert.throws(() => recipe({ method: "random-mask" }, language), nothing);
  assert.ok(recipe({ method: "pattern", pattern: "bitfit" }, language).trained.length);
  assert.ok(recipe({ classifier: "trained" }, language).matrices.length);
});

test("a Bernoulli run says which sparsity it starts from and what a learning rate is to it", () => {
  const all = (options: object) =>
    parseRunOptions({ model: "m", task: "t", out: "o", binarizer: "bernoulli", ...options }, "run.json");
  const [shares, steps] = recipeNotes(all({}), recipe({ binarizer: "bernoulli" }));
  assert.match(
    shares!,
    /Initially, 5\.0 % of the weights are off in the sampled mask and 5\.0 % in the evaluated mask/,
  );
  assert.match(steps!, /their learning rate is 250 times the configured learning rate/);
  const fixed = { binarizer: "bernoulli", sparsity: 0.01, scaleFixed: true };
  assert.match(
    recipeNotes(all(fixed), recipe(fixed))[0]!,
    /1\.3 % of the weights are off in the sampled mask and 1\.0 % in the eval/,
  );
});

test("finetuning trains every parameter and masks none", () => {
  const { matrices, fixed, trained, initial, format } = recipe({ method: "finetune" });
  assert.deepEqual({ matrices, fixed, initial, format }, { matrices: [], fixed: [], initial: null, format: "tuned" });
  assert.deepEqual([...trained].sort(), [...encoder, ...classifier].sort());
});

test("a tagging task has no pooler to train", () => {
  const { trained, classifier: kind } = recipe({ method: "finetune" }, { kind: "tagging" });
  assert.equal(kind, "token");
  assert.ok(!trained.some((name) => name.startsWith("pooler")));
});

test("a random mask drops exactly the wanted share, learns nothing, and the classifier is trained", () => {
  const { matrices, fixed, trained, initial, format } = recipe({ method: "random-mask", sparsity: 0.3 });
  assert.deepEqual(names(fixed), names(selectMatrices(config, { layers: "all", labels: 3 })).slice(0, -1));
  assert.deepEqual({ matrices, trained, format }, { matrices: [], trained: classifier, format: "tuned" });
  assert.deepEqual([initial!.kind, initial!.sparsity], ["controlled-uniform", 0.3]);
});

test("a pattern trains what it names with the classifier", () => {
  assert.deepEqual(recipe({ method: "pattern", pattern: "classifier-only" }).trained, classifier);
  const bitfit = recipe({ method: "pattern", pattern: "bitfit" }).trained;
  assert.deepEqual(new Set(bitfit), new Set([...[...encoder].filter((name) => name.endsWith("bias")), ...classifier]));
});

test("a choice has one number a continuation, whatever its labels", () => {
  assert.deepEqual(classifierOf("choice", 4), { classifier: "choice", labels: 1 });
  assert.deepEqual(classifierOf("document", 5), { classifier: "token", labels: 5 });
  assert.equal(allMatrices(config, { labels: 1 }).at(-1)!.rows, 1);
});

test("initial scores have the wanted share at or below the threshold, at their own width or at the paper's", () => {
  const { bounds } = JSON.parse(readFileSync("test/fixtures/train/expected.json", "utf8")) as {
    bounds: { sparsity: number; threshold: number; scaleFixed: boolean; low: number; high: number }[];
  };
  for (const { sparsity, threshold, scaleFixed, low, high } of bounds) {
    const { initial, ...made } = recipe({
      sparsity,
      scaleFixed,
      binarizer: threshold ? "threshold" : "hard-tanh-sign",
    });
    assert.equal(made.threshold, threshold);
    assert.ok(
      Math.abs(initial!.low - low) < 1e-15 && Math.abs(initial!.high - high) < 1e-14,
      `${sparsity} ${threshold}`,
    );
  }
  assert.throws(
    () => recipe({ sparsity: 0 }),
    /sparsity: a sparsity of 0 would make the range of the initial scores infinite/,
  );
});

test("a language model's finetuning trains every parameter that transformers has, and no constants", async () => {
  for (const name of ["gpt2", "flan-t5", "bart"]) {
    const { config, logical } = await familyReference(name);
    const all = parseRunOptions({ model: "m", task: "t", out: "o", method: "finetune" }, "run.json");
    const { trained, labels } = recipeOf(all, config, new Set(), { kind: "generation", labels: [] });
    const parameters = [...logical("grad.").keys()].filter((own) => !own.startsWith("0."));
    assert.deepEqual([...trained].sort(), parameters.sort(), name);
    assert.equal(labels, 0);
  }
});
