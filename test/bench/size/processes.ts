// What the benchmark of memory measures, each in a process of its own: npm run bench size train|predict|run …

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { packBits } from "../../../src/mask/bits.ts";
import { median } from "../../../src/mask/significance.ts";
import { readConfig } from "../../../src/model/config.ts";
import { allMatrices } from "../../../src/model/names.ts";
import { openPretrained } from "../../../src/model/pretrained.ts";
import { Program } from "../../../src/program/program.ts";
import { ScoringModel } from "../../../src/program/scoring-model.ts";
import { parseRunOptions } from "../../../src/recipe/options.ts";
import { sizeOf } from "../../../src/tensor.ts";
import { randomBatch } from "../../../src/train/random-program.ts";
import { train } from "../../../src/train/run.ts";

/** A line that a process prints. */
const say = (value: object) => console.log(JSON.stringify(value));

/** What is measured after as many repetitions, which compile and fill memory. */
const SKIPPED = 3;

async function timed(count: number, work: (i: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await work(i);
    times.push(performance.now() - start);
  }
  return median(times.slice(SKIPPED));
}

const LABELS = { classifier: "sequence", labels: 2 } as const;
const small = (name: string, shape: readonly number[]) =>
  name.startsWith("classifier.") ? new Float32Array(sizeOf(shape)).fill(0.01) : undefined;

/** Steps of a mask over all matrices. */
async function trainSteps(folder: string, size: number, length: number, steps: number): Promise<void> {
  const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
  const program = await Program.create(config, pretrained, {
    ...{ ...LABELS, matrices: allMatrices(config, { labels: 2 }), trained: [], own: small },
    initialScores: ({ rows, columns }) =>
      Float32Array.from({ length: rows * columns }, (_, i) => (i % 60) / 100 - 0.02),
    ...{ binarizer: "threshold", threshold: 0.01, dropout: 0, dropoutSeed: 1, steered: false, device: "cpu" },
  });
  const batch = randomBatch([0, 0, 0, 0, size, length]);
  const milliseconds = await timed(steps, (i) => program.step([batch], { step: i + 1, learningRate: 1e-3 }));
  await program.release();
  say({ milliseconds });
}

/** Predictions under a mask over all matrices. */
async function predict(folder: string, size: number, length: number, count: number): Promise<void> {
  const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
  const matrices = allMatrices(config, { labels: 2 }).map(({ name, rows, columns }) => ({
    name,
    bits: packBits(
      Float32Array.from({ length: rows * columns }, (_, i) => (i * 7) % 20),
      rows,
      columns,
      0.5,
    ),
  }));
  const tensors = [
    { name: "classifier.weight", shape: [2, config.hiddenSize] },
    { name: "classifier.bias", shape: [2] },
  ].map(({ name, shape }) => ({ name, shape, data: small(name, shape)! }));
  const model = new ScoringModel(config, pretrained, "cpu");
  const loaded = await model.under(LABELS, { matrices, tensors }, "mask");
  const batch = randomBatch([0, 0, 0, 0, size, length]);
  const milliseconds = await timed(count, () => loaded.logits(batch));
  await model.release();
  say({ milliseconds });
}

/** A short run as `masklens train` makes it; prints its estimate. */
async function run(options: string): Promise<void> {
  const out = mkdtempSync(path.join(tmpdir(), "masklens-size-"));
  try {
    for await (const event of train(parseRunOptions({ ...JSON.parse(options), out: path.join(out, "run") })))
      if (event.type === "start") say(event.room!);
  } finally {
    rmSync(out, { recursive: true });
  }
}

export async function inProcess([what, given = "", ...counts]: readonly string[]): Promise<boolean> {
  const [size = 1, length = 1, count = 1] = counts.map(Number);
  if (what === "train") await trainSteps(given, size, length, count);
  else if (what === "predict") await predict(given, size, length, count);
  else if (what === "run") await run(given);
  else return false;
  return true;
}
