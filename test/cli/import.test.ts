// masklens import and bitdelta: what they print and write, and how the results are evaluated.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { folder, masklens, task, training } from "./run.ts";
import { json, maskOf, out } from "./trained.ts";

const IMPORTS = path.resolve("test/fixtures/imports");
const BASE = path.resolve("test/fixtures/torch");
const place = folder();
const file = task();
const given = (name: string) => path.join(IMPORTS, name);
const written = (name: string) => `${place}/${name}.mask.safetensors`;
const expected = JSON.parse(readFileSync(`${IMPORTS}/expected.json`, "utf8"));

test("an imported mask with its classifier predicts what the original's model predicts", async () => {
  const readings = { "torch.nn.utils.prune": [], zeros: ["--zeros"], maskbert: [], "maskbert, heads": [] };
  const masks: string[] = [];
  for (const [name, words] of Object.entries(readings)) {
    masks.push(written(name.replaceAll(/\W/g, "-")));
    const to = ["--model", BASE, "--task", file, "--out", masks.at(-1)!];
    await json("import", given(expected[name].file), ...to, ...words);
  }
  const { code, out: lines, err } = await masklens(["predict", ...masks], { input: "good film\n" });
  assert.equal(code, 0, err);
  const predicted = lines.trim().split("\n");
  for (const [i, name] of Object.keys(readings).entries()) {
    const { no } = JSON.parse(predicted[i]!).probabilities;
    assert.ok(Math.abs(no - expected[name].probabilities[0]) < 1e-6, `${name}: ${no}`);
  }
});

test("what the file told, what was taken for granted, and what was left out is printed", async () => {
  const {
    code,
    out: printed,
    err,
  } = await masklens(
    ["import", given("movement.pt"), "--model", BASE, "--pruning-method", "topK", "--threshold", "0.4"],
    { cwd: place },
  );
  assert.equal(code, 0, err);
  assert.match(
    printed,
    /^movement\.mask\.safetensors: movement pruning, topK, 12 of 14 matrices, 352 of 896 weights kept, sparsity 60\.71 %\n/m,
  );
  assert.match(
    printed,
    /\nRead from the file:\n- mask_scores contains .*\n- Of the 39 tensors that the file and the base model/,
  );
  assert.match(
    printed,
    /\nTaken for granted:\n- The mask is that of topK at the final threshold 0\.4, .*[\s\S]*- The task is unknown/,
  );
  const { metadata, json: description } = await described(`${place}/movement.mask.safetensors`);
  assert.deepEqual(metadata.imported.options, ["--threshold", "0.4", "--pruning-method", "topK"]);
  assert.equal(metadata.imported.file, "movement.pt");
  assert.equal(description.isEven, true);
});

/** A mask's metadata and its description by info. */
async function described(mask: string) {
  const bytes = readFileSync(mask);
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE(0))));
  const metadata = Object.fromEntries(
    Object.entries(header.__metadata__ as Record<string, string>).map(([key, value]) => [key, JSON.parse(value)]),
  );
  return { metadata, json: await json("info", mask) };
}

test("info and diff say why nothing is known of training, and evaluation why there is no task", async () => {
  const mask = written("smp");
  await json("import", given("smp.npy"), "--model", BASE, "--out", mask);
  const { unknownBecause, pruned, initial, matrices } = await json("info", mask);
  assert.equal(
    unknownBecause,
    "the mask was imported (packed bits (SMP)), and the imported file does not record an initial mask, so only densities are known",
  );
  assert.deepEqual([pruned, initial, matrices[0].z, matrices[0].expected], [null, null, null, null]);
  const { out: info } = await masklens(["info", mask]);
  assert.match(info, /What training changed is unknown: the mask was imported[\s\S]*\nSparsity, %\n/);
  const other = written("plain");
  await json("import", given("plain.npz"), "--model", BASE, "--out", other);
  const { code, out: compared } = await masklens(["diff", mask, other]);
  assert.equal(code, 0);
  assert.match(
    compared,
    /It cannot be determined whether the masks overlap more than chance; d is 0\.\d+ \(0\.\d+ by chance\)/,
  );
  assert.match(compared, /smp\.mask\.safetensors: the mask was imported \(packed bits \(SMP\)\)/);
  for (const words of [
    ["evaluate", mask, "--task", file],
    ["predict", mask],
    ["export", mask, "--out", `${place}/out`],
  ]) {
    const { code, err } = await masklens(words, { input: "good\n" });
    assert.equal(code, 2);
    assert.match(
      err,
      /its task is unknown, because the mask was imported without one; import it again with --task/,
      words[0],
    );
  }
});

test("the base model's classifier is used only with a word that it is", async () => {
  const { assumed } = await json(
    ...["import", given("smp.npy"), "--model", BASE, "--task", file, "--out", written("with-task")],
  );
  assert.ok(assumed.includes("The file has no classifier, so the base model's own is used."), assumed.join());
});

test("import refuses what it cannot read, and never replaces a file", async () => {
  const taken = written("taken");
  writeFileSync(taken, "mine");
  const text = path.join(folder({ "a.txt": "text" }), "a.txt");
  const to = ["--model", BASE, "--out", written("new")];
  const cases: [string[], RegExp][] = [
    [["import"], /import takes one file or model folder; run masklens import FILE --model DIR/],
    [["import", given("smp.npy")], /--model: no base model is specified; write --model DIR/],
    [["import", given("smp.npy"), "--model", BASE, "--out", taken], /taken.*: this file exists already/],
    [["import", given("smp.npy"), "--model", BASE, "--out", "x.npy"], /--out: "x\.npy" is not the name of a mask/],
    [["import", text, ...to], /a\.txt: this is not a file of safetensors, torch\.save or numpy/],
    [["import", given("none.pt"), ...to], /none\.pt: .*no such file|none\.pt: the file does not exist/],
    [
      ["import", given("pruned.safetensors"), ...to, "--moved", "2"],
      /--moved: "2" is not a number above 0 and at most 1/,
    ],
    [["import", given("movement.pt"), ...to, "--threshold", "x"], /--threshold: "x" is not a number/],
    [["import", given("movement.pt"), ...to, "--pruning-method", "l0"], /unknown pruning-method "l0"; choose topK,/],
    [["import", given("pruned.safetensors"), ...to], /it contains weights, which can become a mask in several ways/],
  ];
  for (const [words, what] of cases) {
    const { code, err } = await masklens(words);
    assert.match(err, what);
    assert.equal(code, 2, words.join(" "));
    assert.equal(err.trim().split("\n").length, 1, err);
  }
  assert.equal(readFileSync(taken, "utf8"), "mine");
});

const tuned = `${out("tuned")}/tuned.tuned.safetensors`;
before(async () => {
  await json(...training(out("tuned"), { file }, "--method", "finetune", "--learning-rate", "0.001"));
  await json(...training(out("mask"), { file }));
});

test("bitdelta writes an adaptation that is evaluated like the finetuned one, and says what it takes", async () => {
  const bits = `${place}/bits.tuned.safetensors`;
  const { matrices, bytes, leftOut } = await json("bitdelta", tuned, "--out", bits, "--rest", "vectors");
  // Three layers of 4 · 32² + 2 · 32 · 64 weights and the pooler: a bit each, and a scale of four bytes a matrix.
  assert.equal(matrices.length, 19);
  assert.equal(bytes.matrices, (3 * (4 * 32 ** 2 + 2 * 32 * 64) + 32 ** 2) / 8 + 19 * 4);
  assert.ok(
    leftOut.includes("embeddings.word_embeddings.weight") &&
      !leftOut.some((name: string) => /bias|LayerNorm/.test(name)),
  );
  const [evaluation] = (await json("evaluate", bits)).adaptations;
  assert.equal(evaluation.task.name, "tiny");
  const { out: printed } = await masklens(["bitdelta", tuned, "--out", `${place}/all.tuned.safetensors`]);
  assert.match(
    printed,
    /all\.tuned\.safetensors: 19 matrices as signs and scales, .* of other tensors; the finetuned copy takes /,
  );
});

test("bitdelta refuses a mask", async () => {
  const { code, err } = await masklens(["bitdelta", maskOf("mask"), "--out", `${place}/none.tuned.safetensors`]);
  assert.equal(code, 2);
  assert.match(err, /this is a mask; choose the adaptation of a finetuning run/);
});
