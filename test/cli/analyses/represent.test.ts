// masklens represent: its numbers stand beside those of the pretrained model, and what it refuses.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { folder, masklens, TINY, task, training } from "../run.ts";
import { besideTuned, json, maskOf, out } from "../trained.ts";

const file = task();
const TUNED = besideTuned(file);

test("represent puts the pretrained model first, then the adaptations", async () => {
  const found = await json("represent", maskOf("one"), TUNED, "--split", "validation");
  assert.deepEqual(
    found.models.map(({ adaptation }: { adaptation: string | null }) => adaptation),
    [null, maskOf("one"), TUNED],
  );
  for (const { probe, points, vectors, reads } of found.models) {
    assert.ok(probe.accuracy >= 0 && probe.accuracy <= 1);
    assert.equal(points.length, vectors.split);
    assert.equal(reads, "first");
  }
  assert.deepEqual(found.split, "validation");
});

test("represent tells its numbers, and what they are compared with, in words", async () => {
  const { out: printed, err } = await masklens(["represent", maskOf("one"), "--projection", "umap", "--rows", "20"]);
  assert.match(err, /encoded with tiny-bert\nencoded with .*one\.mask\.safetensors\n/);
  assert.match(printed, /^tiny: vectors of \d+ test examples, each the last hidden state of the first token\n/);
  assert.match(printed, /\n +probe accuracy, % +majority, % +silhouette\n/);
  assert.match(printed, /\npretrained +\d+\.\d +\d+\.\d +−?\d\.\d{3}\n/);
  assert.match(printed, /The probe is trained on 20 vectors of training examples/);
});

test("represent draws the projections side by side", async () => {
  const file = `${folder()}/figure.svg`;
  const { code, err } = await masklens(["represent", maskOf("one"), TUNED, "--out", file]);
  assert.equal(code, 0, err);
  assert.match(err, /\nwrote .*figure\.svg\n/);
  const svg = readFileSync(file, "utf8");
  assert.match(svg, /^<svg style="color:#000;background:#fff" .*<\/svg>\n$/);
  assert.equal(svg.match(/<g transform/g)!.length, 3);
  assert.match(svg, /<title>(yes|no): [a-z ]+<\/title>/);
});

test("a study's report has representations if it is asked for them", async () => {
  const plan = { models: [TINY], tasks: [file], options: { epochs: 1, batchSize: 8, layers: "all" }, seeds: [1] };
  const study = folder({ "study.json": JSON.stringify(plan) });
  assert.equal((await masklens(["study", "run", study])).code, 0);
  const { code, err } = await masklens(["study", "report", study, "--representations"]);
  assert.equal(code, 0, err);
  const text = readFileSync(`${study}/report.md`, "utf8");
  assert.match(text, /## Classes in the space of representations: tiny\n/);
  assert.match(text, /\| pretrained \| \d+\.\d \| \d+\.\d \| −?\d\.\d{3} \|\n\| .*mask, .*001 \|/);
  assert.match(text, /masklens study report .* --representations/);
  assert.ok(existsSync(`${study}/report/representations-1.svg`));
});

test("represent refuses what it cannot compare, in one sentence", async () => {
  await json(...training(out("other"), { file: task() }));
  const rows = Array.from({ length: 20 }, (_, i) => `start ${i},a${i},b${i},c${i},d${i},${i % 4}\n`).join("");
  const header = "text,choice0,choice1,choice2,choice3,label\n";
  const choices = task({ kind: "choice" }, { "rows.csv": header + rows });
  const cases: [string[], RegExp][] = [
    [["represent"], /represent takes one or more adaptations/],
    [["represent", maskOf("one"), maskOf("other")], /it was trained on another task .*; represent the adaptations/],
    [["represent", maskOf("one"), "--task", choices], /a label of a choice task is the place of a continuation/],
    [["represent", maskOf("one"), "--projection", "tsne"], /unknown projection "tsne"; choose pca or umap/],
    [["represent", maskOf("one"), "--out", "figure.png"], /--out: the figure is an SVG file, and "figure.png" is not/],
    [["represent", maskOf("one"), "--split", "train"], /unknown split "train"; choose test or validation/],
    [["represent", maskOf("one"), "--rows", "0"], /--rows: "0" is not an integer from 1 to/],
  ];
  for (const [words, what] of cases) {
    const { code, err } = await masklens(words);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, what);
    assert.equal(err.trim().split("\n").length, 1, err);
  }
});
