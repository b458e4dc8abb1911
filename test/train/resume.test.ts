import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { philox } from "../../src/philox.ts";
import { parseRunOptions } from "../../src/recipe/options.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { resume, train } from "../../src/train/run.ts";

// This file is its own trainer: with an argument it trains, or goes on, in that folder and reports each event.
const self = fileURLToPath(import.meta.url);
const [, , folder] = process.argv;
const STEPS = 24;

if (folder && process.send) {
  const options = JSON.parse(readFileSync(path.join(path.dirname(folder), "options.json"), "utf8"));
  // A kill may come before there is anything to go on with.
  const goesOn = existsSync(path.join(folder, "run.json"));
  for await (const event of goesOn ? resume(folder) : train(parseRunOptions({ ...options, out: folder })))
    await new Promise((sent) => process.send!(event, sent));
  process.exit(0);
}

const home = mkdtempSync(path.join(tmpdir(), "masklens-resume-"));
after(() => rmSync(home, { recursive: true, force: true }));

const words = ["the", "a", "film", "good", "bad", "dog", "was", "not", "very", "and"];
const rows = Array.from({ length: 40 }, (_, row) => {
  const drawn = philox([row, 0, 0, 0], [1, 2]);
  const text = Array.from({ length: 3 + (drawn[0]! % 9) }, (_, i) => words[(drawn[i % 4]! >>> (i * 2)) % 10]).join(" ");
  return `${text},${row % 2 ? "yes" : "no"},${row % 5 || ""},${["", "x", "x|y"][row % 3]}`;
});
writeFileSync(path.join(home, "rows.csv"), `text,label,rater,tags\n${rows.join("\n")}\n`);
const task = { name: "tiny", kind: "sentence", metric: "accuracy", files: { train: "rows.csv" } };
writeFileSync(path.join(home, "tiny.task.json"), JSON.stringify(task));
const attributes = { rater: "rater", tags: { column: "tags", separator: "|" } };
writeFileSync(path.join(home, "rated.task.json"), JSON.stringify({ ...task, attributes }));

/** A folder for runs with these options. */
function runsOf(
  options: { readonly method: "mask" | "finetune"; readonly learningRate: number; readonly [key: string]: unknown },
  name: string = options.method,
): string {
  const place = path.join(home, name);
  const json = {
    model: path.resolve("test/fixtures/models/tiny-bert"),
    task: path.join(home, "tiny.task.json"),
    ...{ epochs: 6, batchSize: 8, dropout: 0.1, layers: "all", evaluateEvery: 5, checkpointEvery: 3, ...options },
  };
  mkdirSync(place);
  writeFileSync(path.join(place, "options.json"), JSON.stringify(json));
  return place;
}

/** Trains in a process of its own until it is done, or until it is killed after so many more steps, or steps of its transfer stage. */
async function trainUntil(
  folder: string,
  steps = Number.POSITIVE_INFINITY,
  transfers = Number.POSITIVE_INFINITY,
): Promise<{ done: boolean; made: number }> {
  const child = fork(self, [folder], {
    execArgv: ["--enable-source-maps"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let [made, transferred, done, printed] = [0, 0, false, ""];
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  child.on("message", (event: TrainEvent) => {
    if (event.type === "step" && ++made === steps) child.kill("SIGKILL");
    if (event.type === "transfer" && ++transferred === transfers) child.kill("SIGKILL");
    if (event.type === "done") done = true;
  });
  const [code, signal] = await once(child, "exit");
  assert.ok(code === 0 || signal === "SIGKILL", printed);
  return { done, made };
}

const bytesOf = (folder: string, format: "mask" | "tuned") =>
  createHash("sha256")
    .update(readFileSync(path.join(folder, `${path.basename(folder)}.${format}.safetensors`)))
    .digest("hex");

/** The hashes of what a run leaves that is killed at five random moments, and of what it leaves undisturbed. */
async function killedAndWhole(place: string, format: "mask" | "tuned"): Promise<[string, string]> {
  const [whole, killed] = [path.join(place, "whole"), path.join(place, "killed")];
  assert.deepEqual(await trainUntil(whole), { done: true, made: STEPS });
  const moments = [...philox([0, 0, 0, 0], [7, 7]), ...philox([1, 0, 0, 0], [7, 7])].slice(0, 5);
  for (const moment of moments) assert.equal((await trainUntil(killed, 1 + (moment % 7))).done, false);
  assert.equal((await trainUntil(killed)).done, true);
  return [bytesOf(killed, format), bytesOf(whole, format)];
}

test("a run killed at five random moments, dropout on, ends with the mask of the uninterrupted run", async () => {
  const [killed, whole] = await killedAndWhole(runsOf({ method: "mask", learningRate: 0.01 }), "mask");
  assert.equal(killed, whole);
});

test("finetuning killed at five random moments ends with the tensors of the uninterrupted run", async () => {
  const [killed, whole] = await killedAndWhole(runsOf({ method: "finetune", learningRate: 1e-3 }), "tuned");
  assert.equal(killed, whole);
});

test("a run with attributes, some of them dropped, killed at five random moments ends with the same bytes", async () => {
  const adapters = { size: 4, attributes: "joint", weights: "phm", rank: 2, dropAttributes: 0.3 };
  const options = { method: "mask", learningRate: 0.01, task: path.join(home, "rated.task.json"), adapters } as const;
  const [killed, whole] = await killedAndWhole(runsOf(options, "rated"), "mask");
  assert.equal(killed, whole);
});

test("a run stays on the device that auto stood for when it began", async () => {
  const place = runsOf({ method: "mask", learningRate: 3e-3 }, "device");
  const options = JSON.parse(readFileSync(path.join(place, "options.json"), "utf8"));
  const [onCpu, onGpu] = ["cpu", "gpu"].map((name) => path.join(place, name));
  const deviceIn = (folder: string) => JSON.parse(readFileSync(path.join(folder, "run.json"), "utf8")).device;
  await trainUntil(onCpu!, 7);
  assert.equal(deviceIn(onCpu!), "auto");
  process.env.MASKLENS_AUTO = "cuda:7"; // there is none
  try {
    assert.deepEqual((await trainUntil(onCpu!)).done, true, "it goes on on the CPU");
    const all = train(parseRunOptions({ ...options, out: onGpu }));
    await assert.rejects(async () => {
      for await (const _ of all);
    }, /device cuda:7/);
    assert.equal(deviceIn(onGpu!), "cuda:7");
  } finally {
    delete process.env.MASKLENS_AUTO;
  }
});

test("a run with linear attention, killed in its transfer stage and after it, ends with the tensors of the uninterrupted run", async () => {
  const linearAttention = { map: "softmax", transferSteps: 8 };
  const place = runsOf({ method: "finetune", learningRate: 1e-3, linearAttention }, "linear");
  const [whole, killed] = [path.join(place, "whole"), path.join(place, "killed")];
  assert.deepEqual(await trainUntil(whole), { done: true, made: STEPS });
  const transfers = (folder: string) =>
    readFileSync(path.join(folder, "log.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .flatMap(({ type, step, loss }) => (type === "transfer" ? [[step, loss]] : []));
  for (const kill of [{ transfer: 2 }, { transfer: 4 }, { step: 5 }, { step: 6 }])
    assert.equal((await trainUntil(killed, kill.step, kill.transfer)).done, false);
  assert.equal((await trainUntil(killed)).done, true);
  assert.equal(bytesOf(killed, "tuned"), bytesOf(whole, "tuned"));
  assert.equal(transfers(whole).length, 8);
  assert.deepEqual(transfers(killed), transfers(whole));
});
