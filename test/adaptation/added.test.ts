// Analyses and distillation with adaptations that add parameters: each reads what it was trained on, and is compared with a base model that
// has nothing added.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { checkEnds } from "../../src/adaptation/landscape/ends.ts";
import { readAdaptation } from "../../src/adaptation/read.ts";
import { represent } from "../../src/adaptation/representation/representation.ts";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { train } from "../../src/train/run.ts";

const MODEL = path.resolve("test/fixtures/models/tiny-bert");
const home = mkdtempSync(path.join(tmpdir(), "masklens-added-"));
after(() => rmSync(home, { recursive: true, force: true }));

function taskFile(name: string, rows: readonly object[], more: object): string {
  writeFileSync(path.join(home, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const files = Object.fromEntries(["train", "validation", "test"].map((split) => [split, `${name}.jsonl`]));
  writeFileSync(path.join(home, `${name}.task.json`), JSON.stringify({ name, files, ...more }));
  return path.join(home, `${name}.task.json`);
}

const rows = Array.from({ length: 12 }, (_, i) => ({
  ...{ text: `the ${"abcdef"[i % 6]} was on`, label: i % 2 ? "yes" : "no", rater: i % 3 ? "ann" : "bob" },
}));
const rated = taskFile("rated", rows, { kind: "sentence", attributes: { rater: "rater" } });
const framed = Array.from({ length: 8 }, (_, i) => {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${4 + i}, 2), }\n`;
  const start = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${header}`, "latin1");
  start.writeUInt16LE(header.length, 8);
  const values = Float32Array.from({ length: 2 * (4 + i) }, (_, j) => Math.sin(i * i + j));
  writeFileSync(path.join(home, `${i}.npy`), Buffer.concat([start, Buffer.from(values.buffer)]));
  return { frames: `${i}.npy`, label: i % 2 ? "yes" : "no", target: i % 2 ? "the yes" : "no" };
});
const heard = taskFile("heard", framed, { kind: "sentence", columns: { frames: "frames", label: "label" } });
const written = taskFile("written", framed, { kind: "generation", columns: { frames: "frames", target: "target" } });

async function trained(out: string, task: string, options: object): Promise<string> {
  const run = { model: MODEL, task, out: path.join(home, out), device: "cpu", batchSize: 4, learningRate: 0.05 };
  for await (const event of train(parseRunOptions({ ...run, maxSteps: 4, ...options })))
    if (event.type === "done") return event.result.adaptation;
  throw new Error("no result");
}

const found = async (adaptations: readonly string[], task = rated) =>
  (await represent({ adaptations, task, split: "test", rows: 100, seed: 1, projection: "pca", device: "cpu" })).models;

test("a representation's pretrained model has nothing added, and each adaptation reads its own attributes", async () => {
  const plain = await trained("plain", rated, {});
  const linear = await trained("linear", rated, { linearAttention: { map: "relu", transferSteps: 2 } });
  const adapters = await trained("adapters", rated, { adapters: { size: 8 }, method: "finetune" });
  const all = await found([plain, linear, adapters]);
  assert.deepEqual(
    all.map(({ adaptation }) => adaptation),
    [null, plain, linear, adapters],
  );
  for (const [i, own] of [plain, linear, adapters].entries()) {
    const [pretrained, alone] = await found([own]);
    assert.deepEqual(pretrained, all[0], own);
    assert.deepEqual(alone, all[i + 1], own);
  }

  const one = await readAdaptation(adapters);
  checkEnds(one, one);
  const { task, ...metadata } = one.metadata;
  const attributes = [{ ...task.attributes![0]!, values: task.attributes![0]!.values.toReversed() }];
  const other = { ...one, metadata: { ...metadata, task: { ...task, attributes } } };
  assert.throws(() => checkEnds(one, other), /other parameters or attributes/, "rows stand for other values");
});

test("frames are trained on, represented without the base model, and taught only by who reads them alike", async () => {
  const lengthAdaptor = { features: 2, layers: 2 };
  const teacher = await trained("teacher", heard, { lengthAdaptor });
  assert.deepEqual(
    (await found([teacher], heard)).map(({ adaptation }) => adaptation),
    [teacher],
  );
  await trained("taught", heard, { lengthAdaptor, distill: { teacher } });
  const unlike = { lengthAdaptor: { features: 2, layers: 1 }, distill: { teacher } };
  await assert.rejects(trained("unlike", heard, unlike), /the teacher does not read frame features as this run does/);
  await trained("written", written, { model: path.resolve("test/fixtures/families/tiny-t5"), lengthAdaptor });
});
