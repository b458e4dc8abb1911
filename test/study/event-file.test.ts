// TensorBoard event files, compared with one that TensorBoard's own writer made (test/fixtures/study/scalars.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crc32c, eventFile } from "../../src/study/event-file.ts";
import { scalarsOf } from "../../src/study/tensorboard.ts";

test("scalars are written as TensorBoard writes them, byte for byte", () => {
  const begin = 1_700_000_000.25;
  const bytes = eventFile(
    [
      { tag: "train/loss", step: 0, value: 0.7, wallTime: begin },
      { tag: "train/loss", step: 1, value: 0.69, wallTime: begin },
      { tag: "validation/accuracy", step: 300, value: 0, wallTime: 1_700_000_001.5 },
      { tag: "näher/東京", step: 1_000_000_000, value: -1.5e-7, wallTime: 1_700_000_002 },
    ],
    begin,
  );
  assert.ok(readFileSync("test/fixtures/study/scalars.tfevents").equals(bytes));
});

test("the checksum is CRC-32C", () => {
  assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283); // the check value of the algorithm
});

test("a run's steps, those of its transfer, and evaluations become scalars; an unknown sparsity is left out", () => {
  const metrics = { examples: 4, accuracy: { value: 0.5, low: 0.1, high: 0.9 } };
  const step = { type: "step", epoch: 1, learningRate: 0.01, secondsLeft: 3 } as const;
  const count = { train: 4, validation: 4, test: 4 };
  const start = { type: "start", run: "r", step: 0, steps: 2, examples: count, cut: count, labels: [] } as const;
  const scalars = scalarsOf([
    { ...start, time: 7000, seconds: 0 },
    { type: "transfer", step: 1, steps: 1, loss: 0.25, learningRate: 0.01, secondsLeft: 0, seconds: 0.5 },
    { ...step, step: 1, loss: 0.7, sparsity: null, seconds: 1.5 },
    { ...start, time: 90_000, seconds: 2.5 }, // resumed from a checkpoint
    { ...step, step: 2, loss: 0.6, sparsity: 0.05, seconds: 4 },
    { type: "evaluation", step: 2, split: "validation", metrics, value: 0.5, best: true, dynamics: null },
    { type: "checkpoint", step: 2 },
  ]);
  assert.deepEqual(
    scalars.map(({ tag, step: at, value, wallTime }) => `${tag} ${at} ${value} ${wallTime}`),
    [
      "transfer/divergence 1 0.25 7.5",
      "train/loss 1 0.7 8.5",
      "train/learning_rate 1 0.01 8.5",
      "train/loss 2 0.6 91.5",
      "train/learning_rate 2 0.01 91.5",
      "train/sparsity 2 0.05 91.5",
      "validation/accuracy 2 0.5 90",
    ],
  );
});
