// A study's report: clusters as scipy and scikit-learn find them, the same bytes each time, and text from files as text.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { evaluate } from "../../src/adaptation/evaluate.ts";
import { readAdaptation } from "../../src/adaptation/read.ts";
import { flipsOf } from "../../src/mask/changed.ts";
import { compareMasks } from "../../src/mask/compare.ts";
import type { Mask } from "../../src/mask/file.ts";
import { OFF } from "../../src/mask/strata.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { grouped, signed } from "../../src/numbers.ts";
import { adjustedRand, clustersOf } from "../../src/study/report/cluster.ts";
import type { Report } from "../../src/study/report/document.ts";
import { reportHtml } from "../../src/study/report/html.ts";
import { reportMarkdown } from "../../src/study/report/markdown.ts";
import { commandsFor, reportOf, writeReport } from "../../src/study/report/report.ts";
import { similarityOf } from "../../src/study/report/similarity.ts";
import { StudyState } from "../../src/study/state.ts";
import { readStudy } from "../../src/study/study.ts";
import { HOSTILE } from "../hostile-strings.ts";
import { pythonMask } from "../mask/fixture.ts";
import { asking, run, TINY, TinyStudies, OPTIONS as TRAINING } from "./tiny.ts";

const { cases, rands } = JSON.parse(readFileSync("test/fixtures/study/clusters.json", "utf8")) as {
  cases: { distances: number[][]; count: number; clusters: number[] }[];
  rands: { a: number[]; b: number[]; index: number }[];
};

const studies = new TinyStudies();
let folder: string;
before(async () => {
  studies.taskFile("other");
  const methods = [{ method: "mask", learningRate: 0.03 }, "finetune"];
  folder = studies.make("reported", { tasks: ["../tiny.task.json", "../other.task.json"], methods, seeds: [1, 2] });
  await run(folder);
});
after(() => studies.remove());

const stateOf = async (folder: string) => StudyState.read(await readStudy(folder));
const OPTIONS = { tool: "masklens test", commands: commandsFor("my studies/reported", []) };

test("clusters by average linkage are scipy's, and the adjusted Rand index is scikit-learn's", () => {
  for (const { distances, count, clusters } of cases)
    assert.equal(adjustedRand(clustersOf(distances, count), clusters), 1, `${distances.length} in ${count}`);
  for (const { a, b, index } of rands) {
    assert.ok(Math.abs(adjustedRand(a, b) - index) < 1e-12, `${a} with ${b}`);
    assert.ok(Math.abs(adjustedRand(b, a) - index) < 1e-12);
  }
});

test("a mask has the dissimilarity 0 to itself, and 1 to its complement", async () => {
  const mask = await pythonMask("sentiment");
  const turned = {
    ...mask,
    file: "turned",
    matrices: mask.matrices.map((matrix) => {
      const { rows, columns, stride, bytes } = matrix.bits;
      const unused = 8 * stride - columns;
      const flipped = bytes.map((byte, i) => ~byte & (i % stride === stride - 1 ? 0xff >> unused : 0xff));
      return { ...matrix, bits: { rows, columns, stride, bytes: flipped } };
    }),
  };
  const dOf = (...masks: readonly Mask[]) => compareMasks(...masks).pairs[0]!.matrices.map(({ d }) => d);
  assert.deepEqual(new Set(dOf(mask, { ...mask, file: "same" })), new Set([0]));
  assert.deepEqual(new Set(dOf(mask, turned)), new Set([1]));
});

test("tasks are told apart by pairs within and between them", async () => {
  const compared = await Promise.all(
    ["sentiment", "topic", "other"].map(async (name) => ({ mask: await pythonMask(name), name, task: name })),
  );
  const alone = similarityOf(compared);
  assert.deepEqual([alone.pairs.length, alone.lifts.within, alone.lifts.between?.n], [3, null, 3]);
  assert.deepEqual(alone.rand, { lift: null, heads: null, d: null }, "each task has one mask");
  const two = similarityOf(compared.map((one, i) => ({ ...one, task: i < 2 ? "a" : "b" })));
  assert.deepEqual([two.lifts.within?.n, two.lifts.between?.n], [1, 2]);
  assert.ok(Object.values(two.rand).every((index) => index !== null));
});

test("the same study gives the same bytes twice, whatever was written before", async () => {
  const [one, other] = [1, 2].map(() => mkdtempSync(path.join(tmpdir(), "masklens-report-"))) as [string, string];
  for (const out of [one, other]) await writeReport(out, await reportOf(await stateOf(folder), OPTIONS));
  const files = readdirSync(one, { recursive: true }).map(String).sort();
  assert.deepEqual(files, ["report", "report.html", "report.md", "report/results.svg", "report/similarity.svg"]);
  for (const file of files.slice(1))
    assert.ok(readFileSync(path.join(one, file)).equals(readFileSync(path.join(other, file))), file);
  const html = readFileSync(path.join(one, "report.html"), "utf8");
  assert.doesNotMatch(html, /<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)|src=|@import|url\(/);
});

test("a report has the study's numbers, what they are compared with, and how to repeat them", async () => {
  const report = await reportOf(await stateOf(folder), OPTIONS);
  const section = (id: string) => report.sections.find((one) => one.id === id)!;
  assert.deepEqual(
    report.sections.map(({ id }) => id),
    ["results", "memory", "similarity", "agreed", "moved", "provenance"],
  );
  const results = section("results").table!.rows;
  assert.equal(results.length, 4);
  const state = await stateOf(folder);
  const tests = state.cells.slice(0, 2).map((cell) => state.line(cell) as unknown as { test_accuracy: number });
  const mean = (tests[0]!.test_accuracy + tests[1]!.test_accuracy) / 2;
  assert.ok(results[0]![4]!.startsWith((100 * mean).toFixed(1)), results[0]!.join());
  assert.equal(section("similarity").table!.rows.length, 6, "pairs of four masks");
  const [, mask, finetuned] = /mask ([\d.]+ [kM]?B) .*finetune ([\d.]+ [kM]?B)/.exec(section("memory").text[0]!) ?? [];
  assert.ok(mask && finetuned);
  const provenance = section("provenance");
  assert.deepEqual(provenance.commands, [
    "masklens study run 'my studies/reported'",
    "masklens study report 'my studies/reported'",
  ]);
  assert.ok(
    provenance.table!.rows.some(
      ([name, value]) => /training data of other/.test(name!) && /^[0-9a-f]{64}$/.test(value!),
    ),
  );
});

test("what a mask prunes is compared with a finetuned copy of another seed, by hand", async () => {
  const { sections } = await reportOf(await stateOf(folder), OPTIONS);
  const { rows } = sections.find(({ id }) => id === "moved")!.table!;
  // Of each task, the mask of a seed that no other task's mask has, and the copy of the other seed.
  assert.deepEqual(
    rows.map(([name]) => name),
    ["tiny: mask 001, finetuned 004", "other: mask 006, finetuned 007"],
  );
  const fileOf = (cell: string, ending: string) => path.join(folder, "cells", cell, `${cell}.${ending}.safetensors`);
  const mask = (await readAdaptation(fileOf("001", "mask"))) as Mask;
  const tuned = await readAdaptation(fileOf("004", "tuned"));
  const pretrained = await openPretrained(TINY);
  let [both, all] = [0, 0];
  for (const matrix of mask.matrices) {
    const after = tuned.tensors.find(({ name }) => name === matrix.name)!.data;
    if (!mask.metadata.base.weights[matrix.name]) continue;
    const before = await pretrained.readFloat32(matrix.name);
    const { cells, pruned } = flipsOf(mask, matrix)!;
    const on = [...cells.keys()].filter((place) => cells[place]! < OFF);
    const distance = (place: number) => Math.abs(Math.fround(after[place]! - before[place]!));
    const most = on.sort((a, b) => distance(b) - distance(a) || a - b).slice(0, pruned.length);
    all += pruned.length;
    both += most.filter((place) => pruned.includes(place)).length;
  }
  await pretrained.close();
  assert.deepEqual([rows[0]![1], rows[0]![3]], [grouped(all), grouped(both)]);
  const agreed = sections.find(({ id }) => id === "agreed")!;
  assert.match(agreed.text[0]!, /^One mask of each task: tiny 001, other 006\. Below the last layer/);
  assert.equal(agreed.text.length, 2, "the masks share no seed");
});

test("a copy under a fixed mask, or of permuted labels, is none to compare a mask with", async () => {
  const fixedMask = { by: "magnitude", sparsity: 0.5 };
  const methods = ["mask", { method: "finetune", fixedMask }, { method: "finetune", permuteLabels: 3 }];
  const fixed = studies.make("fixed", { methods });
  await run(fixed);
  const { sections } = await reportOf(await stateOf(fixed), OPTIONS);
  assert.ok(!sections.some(({ id }) => id === "moved" || id === "sweep-permuteLabels"));
});

test("masks over other matrices are left out and counted, and models and digests are told apart", async () => {
  const model = path.join(studies.home, "copied-bert");
  cpSync(TINY, model, { recursive: true });
  const swept = studies.make("swept", {
    models: [TINY, path.relative(path.join(studies.home, "swept"), model)],
    grid: { kinds: [["Q"], ["K", "V"]] },
    seeds: [1, 2],
  });
  await run(swept);
  const { sections } = await reportOf(await stateOf(swept), OPTIONS);
  assert.deepEqual(
    sections.map(({ id }) => id),
    ["results", "memory-tiny-bert", "memory-copied-bert", "similarity", "provenance"],
  );
  const names = sections[0]!.table!.rows.map(([name]) => name);
  assert.equal(new Set(names).size, 4, names.join("; "));
  assert.match(names[0]!, /^tiny-bert, tiny, mask, kinds=Q$/);
  // The copy has the same weights, so the masks of both models over the same kinds can be compared.
  const similarity = sections.find(({ id }) => id === "similarity")!;
  assert.equal(similarity.table!.rows.length, 6);
  assert.match(similarity.text.at(-1)!, /^4 masks over other matrices or another base model are left out\.$/);
  const rows = sections.at(-1)!.table!.rows.map(([name]) => name);
  assert.ok(rows.includes("weights that the runs use of the base model copied-bert"), rows.join("; "));
});

test("ensembles are of the seeds of each group", async () => {
  const asked: string[][] = [];
  const value = { value: 0.75, low: 0.5, high: 0.9 };
  const report = await reportOf(await stateOf(folder), {
    ...OPTIONS,
    extras: {
      which: ["ensembles"],
      asks: asking({
        async evaluate({ adaptations }) {
          asked.push([...adaptations]);
          const votes = [{ by: "majority" as const, metrics: { examples: 8, accuracy: value }, difference: value }];
          return { adaptations: [], comparisons: [], ensembles: [{ task: "t", adaptations, votes }] };
        },
      }),
    },
  });
  assert.deepEqual(
    asked.map((files) => files.length),
    [2, 2, 2, 2],
  );
  assert.ok(asked.flat().every((file) => existsSync(file)));
  const { rows } = report.sections.find(({ id }) => id === "ensembles")!.table!;
  assert.deepEqual(rows[0]!.slice(1), ["2", "majority", "accuracy", "75.0", "+75.0", "+50.0 to +90.0"]);
});

test("adaptations are evaluated on the other tasks with the same labels, beside the majority", async () => {
  const transferred = studies.make("transferred", {
    tasks: ["../tiny.task.json", "../other.task.json"],
    methods: ["mask", "finetune"],
  });
  await run(transferred);
  const report = await reportOf(await stateOf(transferred), {
    ...OPTIONS,
    extras: {
      which: ["transfer"],
      asks: asking({ evaluate: (options) => evaluate({ ...options, split: "test", device: "cpu" }) }),
    },
  });
  const { table, text, figure } = report.sections.find(({ id }) => id === "transfer")!;
  assert.deepEqual(table!.header, ["adaptation of", "on tiny", "on other"]);
  assert.deepEqual(
    table!.rows.map(([name]) => name),
    ["most frequent label", "tiny, mask", "tiny, finetune", "other, mask", "other, finetune"],
  );
  // On its own task, an adaptation has the test accuracy of its cell.
  const state = await stateOf(transferred);
  const own = (state.line(state.cells[0]!) as unknown as { test_accuracy: number }).test_accuracy;
  const majority = Number(table!.rows[0]![1]) / 100;
  assert.ok(majority >= 0.5 && majority < 1);
  const points = 100 * (own - majority);
  assert.equal(table!.rows[1]![1], `${(100 * own).toFixed(1)} (${signed(points, 1)})`);
  assert.equal(text.length, 1, "nothing is left out");
  assert.equal(figure!.svg.match(/<rect/g)?.length, 8);
});

test("options that vary are swept, and layers from the top and from the bottom", async () => {
  const { layers: _, ...options } = TRAINING;
  const swept = studies.make("sweeps", {
    options,
    grid: { layers: ["0", "2", "all"], sparsity: [0.05, 0.3] },
  });
  await run(swept);
  const { sections } = await reportOf(await stateOf(swept), OPTIONS);
  const of = (id: string) => sections.find((one) => one.id === id)!;
  const layers = of("sweep-layers").table!.rows.map(([series, count]) => [series, count]);
  assert.deepEqual(layers, [
    ...["sparsity=0.05", "sparsity=0.3"].flatMap((rest) => [
      [`tiny, mask, ${rest}, top down`, "1"],
      [`tiny, mask, ${rest}, top down`, "3"],
    ]),
    ...["sparsity=0.05", "sparsity=0.3"].flatMap((rest) => [
      [`tiny, mask, ${rest}, bottom up`, "1"],
      [`tiny, mask, ${rest}, bottom up`, "3"],
    ]),
  ]);
  assert.equal(of("sweep-sparsity").table!.rows.length, 6);
  assert.equal(
    of("sweep-sparsity").figure!.svg.match(/<path d="M[^"]*L[^"]*" fill="none"/g)?.length,
    3,
    "a curve for each choice of layers",
  );
  assert.match(of("sweep-sparsity").claim!, /3 to 10 %/);
});

test("whatever names say, a report shows them as text", () => {
  for (const name of HOSTILE.filter(Boolean)) {
    const figure = { svg: "<svg></svg>", alt: name };
    const table = { caption: name, header: ["", name], rows: [[name, name]] };
    const section = { id: "one", title: name, claim: name, text: [name], commands: [name], table, figure };
    const report: Report = { title: name, lead: [name], sections: [section] };
    const html = reportHtml(report);
    assert.equal((html.match(/<(?!\/)/g) ?? []).length, (reportHtml(plain(report)).match(/<(?!\/)/g) ?? []).length);
    assert.doesNotMatch(html, /<script|<img|onerror=[^&]*>/i);
    assert.ok(reportMarkdown(report, "figures").startsWith("# "));
  }
});

/** The same report with names of letters alone. */
const plain = (report: Report): Report =>
  JSON.parse(JSON.stringify(report), (key, value) =>
    typeof value === "string" && key !== "svg" && key !== "id" ? "x" : value,
  );
