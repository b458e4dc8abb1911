// What imports take from above the layers: the classifier and its task, and what a mask file cannot contain.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readMask } from "../../src/adaptation/read.ts";
import { task } from "../cli/run.ts";
import { type Changes, changed, floats, home, IMPORTS, imported, MODEL, output, QUERY } from "./imported-files.ts";

/** The classifier of the pruned model with a bias of other arrays. */
const withBias = (bias: Changes) => changed("pruned.safetensors", { "classifier.bias": null, ...bias });
const READ = { zeros: true, task: task() };

test("a classifier is used with its bias, pruned or not, and otherwise that it is not used is said", async () => {
  const pruned = {
    ...{ "classifier.weight_orig": floats([2, 8], (i) => i), "classifier.weight_mask": floats([2, 8], (i) => i % 2) },
    ...{ "classifier.bias_orig": floats([2], (i) => i + 1), "classifier.bias_mask": floats([2], (i) => i) },
  };
  const { mask, leftOut } = await imported(withBias({ "classifier.weight": null, ...pruned }), { task: READ.task });
  assert.deepEqual([...(await readMask(mask)).tensors.find(({ name }) => name === "classifier.bias")!.data], [0, 2]);
  assert.deepEqual(leftOut, []);
  const bare = await imported(withBias({}), READ);
  assert.ok(bare.assumed.includes("The file's classifier has no bias, so the base model's own is used."));
  assert.ok(!(await readMask(bare.mask)).tensors.some(({ name }) => /classifier/.test(name)));
  await assert.rejects(
    imported(withBias({ "classifier.bias": floats([3], () => 1) }), READ),
    /tensor classifier\.bias: its shape is \[3\], but classifier has 2 rows/,
  );
  const scored = { [QUERY.replace("weight", "weight_mask")]: floats([8, 8], (i) => i / 10), [`bert.${QUERY}`]: null };
  const { assumed } = await imported(changed("pruned.safetensors", scored), { threshold: 0.5, task: READ.task });
  assert.ok(!assumed.some((line) => /the base model's own/.test(line)), assumed.join());
});

test("the classifier must have as many rows as the task", async () => {
  const three = { "classifier.weight": floats([3, 8], () => 1), "classifier.bias": floats([3], () => 1) };
  const wrong = /its classifier has 3 rows, but the task "tiny" needs 2; choose the task that it was made for/;
  await assert.rejects(imported(changed("pruned.safetensors", three), READ), wrong);
  const base = path.join(home, "three");
  mkdirSync(base);
  for (const name of ["config.json", "vocab.txt"]) copyFileSync(`${MODEL}/${name}`, `${base}/${name}`);
  copyFileSync(changed("pruned.safetensors", three), `${base}/model.safetensors`);
  await assert.rejects(imported(`${IMPORTS}/smp.npy`, { task: READ.task }, base), wrong);
  const { assumed } = await imported(`${IMPORTS}/smp.npy`, { task: READ.task });
  assert.ok(assumed.includes("The classifier's rows are the task's labels in order: no, yes."), assumed.join());
});

test("many long labels are shortened, so that the file can be read", async () => {
  const labels = Array.from({ length: 40 }, (_, i) => `${i} `.padEnd(300, "x"));
  const rows = `text,label\n${labels.map((label) => `good film,${label}`).join("\n")}\n`;
  const forty = { "classifier.weight": floats([40, 8], () => 1), "classifier.bias": floats([40], () => 1) };
  const { mask } = await imported(changed("pruned.safetensors", forty), {
    ...{ zeros: true, task: task({}, { "rows.csv": rows }) },
  });
  assert.match((await readMask(mask)).metadata.imported!.assumed.at(-1)!, /x, 1 x+, \d+ x+ and 37 more\.$/);
});

test("what a mask file cannot contain is refused, and nothing is written", async () => {
  const bad = async (changes: Changes, error: RegExp) => {
    const place = output();
    await assert.rejects(imported(changed("pruned.safetensors", changes), { ...READ, output: place }), error);
    assert.ok(!existsSync(place));
  };
  await bad(
    { "classifier.bias": floats([2], () => -Infinity) },
    /tensor classifier\.bias: value 0 is -Infinity in float32/,
  );
  const large = new Uint8Array(Float64Array.of(0, 1e300).buffer);
  await bad({ "classifier.bias": { type: "F64", shape: [2], bytes: large } }, /value 1 is Infinity in float32/);
  await bad({ "classifier.weight": floats([0, 8], () => 0) }, /the classifier has no rows/);
});
