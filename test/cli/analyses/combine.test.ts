// masklens combine: the mask that it writes, and what it refuses.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { readAdaptation } from "../../../src/adaptation/read.ts";
import { count } from "../../../src/mask/algebra.ts";
import { countOnes } from "../../../src/mask/bits.ts";
import type { Mask } from "../../../src/mask/file.ts";
import { folder, masklens, TINY, task, training } from "../run.ts";
import { json, maskOf, out } from "../trained.ts";

const file = task();
const place = folder();
before(async () => {
  await json(...training(out("one"), { file }, "--layers", "all"));
  await json(...training(out("two"), { file }, "--layers", "all", "--mask-seed", "2", "--seed", "2"));
});

const maskIn = async (file: string) => (await readAdaptation(file)) as Mask;

test("a combined mask keeps what it should, is evaluated on the first one's task, and says where it came from", async () => {
  const both = `${place}/both.mask.safetensors`;
  const {
    code,
    out: printed,
    err,
  } = await masklens(["combine", "intersection", maskOf("one"), maskOf("two"), "--out", both]);
  assert.equal(code, 0, err);
  assert.match(
    printed,
    /^intersection +sparsity, %\n─+.*\n.*one.* +\d+\.\d\d\n.*two.* +\d+\.\d\d\n.*both.* +\d+\.\d\d\n$/,
  );
  const [one, two, combined] = await Promise.all([maskOf("one"), maskOf("two"), both].map(maskIn));
  for (const [i, { bits }] of combined!.matrices.entries())
    assert.equal(countOnes(bits), count("and", one!.matrices[i]!.bits, two!.matrices[i]!.bits));
  const [evaluation] = (await json("evaluate", both)).adaptations;
  assert.equal(evaluation.task.name, "tiny");
  const description = await json("info", both);
  assert.equal(description.pruned, null);
  assert.match(description.unknownBecause, /^the mask was not trained but combined from others \(intersection of 2\)/);
  const { err: diffed, out: compared } = await masklens(["diff", both, maskOf("one")]);
  assert.match(diffed + compared, /combined from others/);
});

test("combine refuses what it cannot combine, and never replaces a file", async () => {
  const taken = `${place}/taken.mask.safetensors`;
  writeFileSync(taken, "mine");
  await json(...training(out("upper"), { file }, "--layers", "2"));
  const to = ["--out", `${place}/new.mask.safetensors`];
  const cases: [string[], RegExp][] = [
    [["combine"], /combine needs an operation; choose union, intersection, difference, majority/],
    [["combine", "unoin", maskOf("one"), maskOf("two"), ...to], /unknown operation "unoin"; did you mean "union"/],
    [["combine", "union", maskOf("one"), ...to], /one mask alone cannot be combined/],
    [["combine", "union", maskOf("one"), maskOf("two")], /--out: no output file is specified; write --out NAME\.mask/],
    [["combine", "union", maskOf("one"), maskOf("two"), "--out", "x.bin"], /--out: "x\.bin" is not the name of a mask/],
    [["combine", "union", maskOf("one"), maskOf("two"), "--out", taken], /taken.*: this file exists already/],
    [["combine", "union", maskOf("one"), maskOf("upper"), ...to], /upper.*: .* is not masked there and in .*one/],
    [["combine", "union", maskOf("one"), TINY, ...to], /tiny-bert/],
  ];
  for (const [words, what] of cases) {
    const { code, err } = await masklens(words);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, what);
    assert.equal(err.trim().split("\n").length, 1, err);
  }
  assert.equal(readFileSync(taken, "utf8"), "mine");
});
