// masklens pack: packed files are smaller, open everywhere, and become the plain files again; and what it refuses.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { decodeMask, encodeMask } from "../../../src/mask/file.ts";
import { folder, masklens, TINY, task, training } from "../run.ts";
import { json, maskOf, out } from "../trained.ts";

const file = task();
const place = folder();
const at = (name: string) => path.join(place, `${name}.mask.safetensors`);
before(async () => {
  await json(...training(out("one"), { file }, "--layers", "all"));
});

test("a packed mask is smaller, is described and evaluated as the plain one, and becomes it again", async () => {
  const plain = maskOf("one");
  const { code, out: printed, err } = await masklens(["pack", plain, "--out", at("a")]);
  assert.equal(code, 0, err);
  assert.match(
    printed,
    /^written +from +to +bits per weight +needs its base model\n─.*\n.*a\.mask.* kB .* kB .* no\n$/,
  );
  const [based] = (await json("pack", plain, "--out", at("b"), "--with-base", TINY)).masks;
  assert.equal(based.base, (await json("info", plain)).base.fingerprint);
  for (const name of ["a", "b"]) {
    assert.ok(readFileSync(at(name)).length < readFileSync(plain).length);
    const { file: _, packed, ...description } = await json("info", at(name));
    const { file: __, packed: none, ...expected } = await json("info", plain);
    assert.deepEqual(description, expected);
    assert.equal(packed.base !== null, name === "b");
    assert.equal(none, null);
    const metrics = (await json("evaluate", at(name))).adaptations[0].metrics;
    assert.deepEqual(metrics, (await json("evaluate", plain)).adaptations[0].metrics);
    const folder = path.join(place, "new", name);
    await json("pack", "--plain", at(name), "--out", folder);
    assert.deepEqual(readFileSync(path.join(folder, path.basename(at(name)))), readFileSync(plain));
  }
  assert.match((await masklens(["info", at("b")])).out, /the file is packed, and needs its base model to be read/);
});

test("--with-base also finds the model that reads a mask", async () => {
  const { metadata, ...mask } = await decodeMask(readFileSync(maskOf("one")), maskOf("one"));
  const moved = { ...mask, metadata: { ...metadata, base: { ...metadata.base, path: "/moved" } } };
  writeFileSync(at("moved"), Buffer.concat(await encodeMask(moved)));
  const withBase = ["--with-base", TINY];
  await json("pack", at("moved"), "--out", at("once"), ...withBase);
  await json("pack", at("once"), "--out", at("twice"), ...withBase);
  assert.deepEqual(readFileSync(at("twice")), readFileSync(at("once")));
  assert.equal((await masklens(["pack", at("once"), "--out", at("lost")])).code, 2);
});

test("a run stores its mask packed if it is asked to, with the same bits", async () => {
  await json(...training(out("two"), { file }, "--layers", "all", "--packed"));
  const [two, one] = [await json("info", maskOf("two")), await json("info", maskOf("one"))];
  assert.equal(two.packed.base, null);
  assert.ok(readFileSync(maskOf("two")).length < readFileSync(maskOf("one")).length);
  assert.deepEqual(two.matrices, one.matrices);
  const { code, err } = await masklens(training(out("three"), { file }, "--method", "finetune", "--packed"));
  assert.equal(code, 2);
  assert.match(err, /--packed: method finetune stores no mask that could be packed; omit packed, or use method mask/);
});

test("pack refuses what it cannot pack, and never replaces a file", async () => {
  const taken = at("taken");
  writeFileSync(taken, "mine");
  const to = ["--out", at("new")];
  const cases: [string[], RegExp][] = [
    [["pack"], /no mask is specified; run masklens pack MASK --out FILE/],
    [["pack", maskOf("one")], /--out: no output is specified; write --out NAME\.mask\.safetensors or --out DIR/],
    [["pack", maskOf("one"), maskOf("one"), ...to], /2 masks cannot be one file; write --out DIR/],
    [["pack", maskOf("one"), maskOf("one"), "--out", place], /two masks are named "one\.mask\.safetensors"/],
    [["pack", maskOf("one"), "--out", taken], /taken.*: this file exists already/],
    [["pack", "--plain", maskOf("one"), ...to, "--with-base", TINY], /--plain cannot be combined with --with-base/],
    [["pack", taken, ...to], /taken.*: the file is 4 bytes long, too short for a safetensors file/],
    [["pack", maskOf("one"), ...to, "--with-base", place], /neither model\.safetensors nor pytorch_model\.bin/],
  ];
  for (const [words, message] of cases) {
    const { code, err } = await masklens(words);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, message);
    assert.equal(err.trim().split("\n").length, 1);
  }
  assert.equal(readFileSync(taken, "utf8"), "mine");
  assert.ok(!existsSync(at("new")));
});
