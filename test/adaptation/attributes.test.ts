// An adaptation with attributes, used: evaluated, asked with and without them, explained, measured, combined and exported.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { evaluate } from "../../src/adaptation/evaluate.ts";
import { exportModel } from "../../src/adaptation/export/export.ts";
import { Loaded } from "../../src/adaptation/loaded.ts";
import { readMetadata } from "../../src/adaptation/metadata.ts";
import type { Asked, AskedText, Prediction } from "../../src/adaptation/prediction.ts";
import { parseRunOptions } from "../../src/recipe/options.ts";
import type { TrainEvent, TrainResult } from "../../src/train/events.ts";
import { train } from "../../src/train/run.ts";
import { maskFile } from "./tiny.ts";

const MODEL = path.resolve("test/fixtures/models/tiny-bert");
const home = mkdtempSync(path.join(tmpdir(), "masklens-attributes-"));
after(() => rmSync(home, { recursive: true, force: true }));
const write = (name: string, content: string) => writeFileSync(path.join(home, name), content);

/** A rater likes texts from a letter of their own on; "new" rates only test examples. */
const RATERS = { ann: 2, bob: 5, cy: 8 };
const LETTERS = [..."abcdefghij"];
const rowOf = (letter: number, rater: keyof typeof RATERS, as: string = rater) =>
  `the ${LETTERS[letter]} was on,${letter >= RATERS[rater] ? "yes" : "no"},${as},${letter % 2 ? "odd" : ""}`;
const all = LETTERS.flatMap((_, letter) => (["ann", "bob", "cy"] as const).map((rater) => rowOf(letter, rater)));
const csv = (rows: readonly string[]) => `text,label,rater,tags\n${rows.join("\n")}\n`;
const files = { train: "train.csv", validation: "validation.csv", test: "test.csv" };
const attributes = { rater: "rater", tags: { column: "tags", separator: "|" } };

write("train.csv", csv([...all, ...all, ...all, ...all]));
write("validation.csv", csv(all));
write("test.csv", csv([...all, rowOf(0, "ann", "new"), rowOf(9, "cy", "new")]));
write("rated.task.json", JSON.stringify({ kind: "sentence", files, attributes }));
write("plain.task.json", JSON.stringify({ kind: "sentence", files }));

async function trained(out: string, options: object): Promise<{ result: TrainResult; events: TrainEvent[] }> {
  const run = { model: MODEL, task: path.join(home, "rated.task.json"), out: path.join(home, out), device: "cpu" };
  const events: TrainEvent[] = [];
  for await (const event of train(parseRunOptions({ ...run, batchSize: 24, ...options }))) {
    events.push(event);
    if (event.type === "done") return { result: event.result, events };
  }
  throw new Error("no result");
}

let tuned: TrainResult;
let mask: TrainResult;
before(async () => {
  const settings = { adapters: { size: 8 }, learningRate: 5e-3, schedule: "linear", dropout: 0, evaluateEvery: 50 };
  const { result, events } = await trained("tuned", { ...settings, method: "finetune", epochs: 50 });
  tuned = result;
  const notes = JSON.stringify(events);
  assert.match(notes, /read attributes independently of the text: rater \(3 values\), tags \(1 values\)/);
  assert.match(notes, /2 of 32 test examples have values of attributes that do not occur in the training examples/);
  mask = (await trained("mask", { ...settings, method: "mask", epochs: 1 })).result;
});

test("the file has the attributes' values, and an evaluation reads them and counts unseen ones", async () => {
  const { task } = await readMetadata(tuned.adaptation);
  assert.deepEqual(task.attributes, [
    { name: "rater", values: ["ann", "bob", "cy"] },
    { name: "tags", values: ["odd"] },
  ]);
  const on = (file: string) =>
    evaluate({
      ...{ adaptations: [tuned.adaptation], tasks: { [tuned.adaptation]: path.join(home, file) } },
      ...{ split: "test", device: "cpu", model: MODEL },
    });
  const [own] = (await on("rated.task.json")).adaptations;
  assert.deepEqual(own!.metrics.accuracy, tuned.test!.accuracy);
  assert.match(own!.notes.join(), /2 of 32 test examples have values .* \(2 in all\), which count as missing\./);
  const [plain] = (await on("plain.task.json")).adaptations;
  assert.match(plain!.notes.join(), /attributes that the task does not have, so they count as missing: rater, tags\./);
  const accuracyOf = ({ metrics }: typeof own & object) => (metrics.accuracy as { value: number }).value;
  assert.ok(accuracyOf(own!) > 0.9, `${accuracyOf(own!)} with attributes`);
  assert.ok(accuracyOf(plain!) < accuracyOf(own!) - 0.1, `${accuracyOf(plain!)} without`);
});

test("a text is asked with attributes, in the batch of texts without them", async () => {
  const loaded = new Loaded();
  const [facts] = await loaded.load([tuned.adaptation], { model: MODEL }, "cpu");
  assert.deepEqual(facts!.attributes, [
    { name: "rater", values: ["ann", "bob", "cy"], several: false },
    { name: "tags", values: ["odd"], several: false },
  ]);
  const text = "the f was on";
  const asked: Asked[] = [
    { text, attributes: { rater: ["ann"], tags: ["odd"] } },
    { text, attributes: { rater: [" cy "], tags: ["odd"] } },
    { text, attributes: { rater: ["new"] } },
    { text },
    text,
    { text, attributes: { rater: ["ann", "bob"] } },
  ];
  const found: Prediction[] = [];
  for await (const one of loaded.predict(asked)) found.push(one);
  assert.deepEqual([found[0]!.label, found[1]!.label], ["yes", "no"]);
  assert.deepEqual(found[2]!.unseenValues, { rater: ["new"] });
  assert.deepEqual(found[2]!.probabilities, found[3]!.probabilities);
  assert.deepEqual(found[3]!.probabilities, found[4]!.probabilities);
  assert.notDeepEqual(found[5]!.probabilities, found[0]!.probabilities);
  assert.deepEqual([found[0]!.attributes, "unseenValues" in found[0]!], [{ rater: ["ann"], tags: ["odd"] }, false]);
  const explained = await loaded.explain(tuned.adaptation, { ...(asked[1] as AskedText), label: "no", deletion: true });
  const p = found[1]!.probabilities.no!;
  assert.ok(Math.abs(explained.logOdds - Math.log(p / (1 - p))) < 1e-3 * Math.abs(explained.logOdds));
  await assert.rejects(async () => {
    for await (const _ of loaded.predict([{ text, attributes: { ratr: ["ann"] } }]));
  }, /no adaptation reads an attribute "ratr"; did you mean "rater"/);
  await loaded.load([], {}, "cpu");
});

test("adaptations with and without attributes are asked together, and only an attribute that none reads is refused", async () => {
  const other = await maskFile(home, "other", ["no", "yes"]);
  const loaded = new Loaded();
  await loaded.load([tuned.adaptation, other], { model: MODEL }, "cpu");
  const found: Prediction[] = [];
  for await (const one of loaded.predict([{ text: "the f", attributes: { rater: ["ann"] } }, "the f"])) found.push(one);
  assert.deepEqual(found[1]!.probabilities, found[3]!.probabilities);
  assert.notDeepEqual(found[0]!.probabilities, found[2]!.probabilities);
  await loaded.load([other], { model: MODEL }, "cpu");
  await assert.rejects(async () => {
    for await (const _ of loaded.predict([{ text: "the f", attributes: { rater: ["ann"] } }]));
  }, /give only the text, or train with adapters/);
  await loaded.load([], {}, "cpu");
});

test("an adaptation with attributes is not exported, because an exported model has no place for them", () =>
  assert.rejects(
    () => exportModel({ adaptation: mask.adaptation, out: path.join(home, "exported"), model: MODEL }),
    /adds parameters to its base model/,
  ));

test("settings of attributes need attributes, and unused attributes are named", async () => {
  const plain = path.join(home, "plain.task.json");
  const settings = { method: "pattern", epochs: 1 };
  await assert.rejects(
    () => trained("refused", { ...settings, task: plain, adapters: { size: 8, attributes: "joint" } }),
    /adapters\.attributes: attributes is about attributes of the examples, but the task has none/,
  );
  const { events } = await trained("unused", settings);
  assert.match(
    JSON.stringify(events),
    /The task's attributes \(rater, tags\) are not used, because only adapters read/,
  );
});
