// Texts generated from graphs: from a file of WebNLG's form to metrics with several references, and the study of the structure.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { readMask } from "../../../src/adaptation/read.ts";
import { folder, masklens, task, training } from "../run.ts";
import { json, maskOf, out } from "../trained.ts";

const T5 = "test/fixtures/families/tiny-t5";
const NAMES = ["Anna", "Bert", "Cleo", "Dan", "Eva", "Finn"];
const ENTRIES = NAMES.map(
  (name, i) => `<entry category="Person" eid="Id${i}" size="1">
<modifiedtripleset><mtriple>${name} | livesIn | Oslo</mtriple></modifiedtripleset>
<lex>${name} lives in Oslo.</lex><lex>Oslo is where ${name} lives.</lex></entry>`,
).join("\n");
const XML = `<?xml version="1.0"?>\n<benchmark><entries>\n${ENTRIES}\n</entries></benchmark>\n`;

const graphTask = (name: string, more: object = {}) =>
  task(
    {
      name,
      kind: "generation",
      metric: undefined,
      files: { train: "a.xml", validation: "a.xml", test: "a.xml" },
      ...more,
    },
    { "a.xml": XML },
  );
const file = graphTask("people");

before(async () => {
  const bag = { graph: { order: "shuffled", structure: "labels" }, metric: "bleu" };
  await json(...training(out("people"), { base: T5, file }, "--max-steps", "2", "--max-length", "48"));
  const bags = graphTask("bags", bag);
  await json(...training(out("bags"), { base: T5, file: bags }, "--max-steps", "1", "--max-length", "48"));
});

test("a task's information shows how its graphs are read", async () => {
  const { out: printed } = await masklens(["info", file]);
  assert.match(printed, /the first source is "?<H> Anna <R> lives In <T> Oslo/);
  assert.match(printed, /examples +12 +6 +6/);
});

test("what is generated is compared with all texts of a graph, and the mask records how graphs were written", async () => {
  const lines = path.join(folder(), "lines.jsonl");
  await masklens(["evaluate", maskOf("people"), "--examples", lines]);
  const rows = readFileSync(lines, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(rows.length, 6);
  assert.equal(rows[0].source, "<H> Anna <R> lives In <T> Oslo");
  assert.deepEqual(rows[0].references, ["Anna lives in Oslo.", "Oslo is where Anna lives."]);
  const { metadata } = await readMask(maskOf("people"));
  assert.deepEqual(metadata.task.graph, { order: "as-is", structure: "full", seed: 1 });
  assert.deepEqual((await readMask(maskOf("bags"))).metadata.task.graph, {
    order: "shuffled",
    structure: "labels",
    seed: 1,
  });
});

test("the preset graph-structure copies a task for each way to write its graphs", async () => {
  const place = path.join(folder(), "study");
  const words = ["study", "new", "graph-structure", "--model", T5, "--task", file, "--out", place];
  const { code, err, out: printed } = await masklens(words);
  assert.equal(code, 0, err);
  assert.match(printed, /study\.json: 24 cells\./);
  const variants = ["bag", "full", "labels", "shuffled"].map((variant) => `people-${variant}.task.json`);
  assert.deepEqual(readdirSync(place).sort(), [...variants, "study.json"]);
  const { out: cells } = await masklens(["study", "cells", place]);
  assert.equal(cells.trimEnd().split("\n").length, 24);
  const { out: bag } = await masklens(["info", path.join(place, "people-bag.task.json")]);
  assert.match(bag, /the first source is "?(• (Anna|lives In|Oslo) ?){3}/);
  const plain = task();
  const refused = await masklens([...words.slice(0, 6), plain, "--out", path.join(folder(), "other")]);
  assert.deepEqual([refused.code, refused.out], [2, ""]);
  assert.match(refused.err, /the task has no graphs; choose generation tasks that read graphs/);
});

test("a model that restored the texts of graphs is a base model for masks of the graphs", async () => {
  const texts = graphTask("texts", { denoise: {} });
  await json(...training(out("texts"), { base: T5, file: texts }, "--method", "finetune", "--max-steps", "2"));
  const adapted = path.join(folder(), "adapted");
  const tuned = path.join(out("texts"), "texts.tuned.safetensors");
  const exported = await masklens(["export", tuned, "--out", adapted]);
  assert.equal(exported.code, 0, exported.err);
  await json(...training(out("after"), { base: adapted, file }, "--max-steps", "1", "--max-length", "48"));
  assert.equal((await readMask(maskOf("after"))).metadata.task.denoise, undefined);
});
