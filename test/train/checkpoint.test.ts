import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { InputError } from "../../src/errors.ts";
import { packBits } from "../../src/mask/bits.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.ts";

const scores = Float32Array.from({ length: 27 }, (_, i) => Math.sin(i));
const matrix = { name: "encoder.layer.0.output.dense", block: 0, kind: "O", rows: 3, columns: 9 } as const;
const mask = { ...matrix, bits: packBits(scores, 3, 9, 0.01) };
const accuracy = { value: 0.5, low: 0.4, high: 0.6 };

const whole: Checkpoint = {
  position: {
    inputs: { "the data": "d" },
    ...{
      step: 5,
      evaluated: 4,
      epochStep: 2,
      waited: 1,
      lambda: 0.1 + 0.2,
      zeroShare: 0.05,
      logBytes: 77,
      seconds: 1.5,
    },
    order: { seed: 1, stream: "order", position: 12 },
    best: { score: 0.5, step: 4, scores: { rows: 20, accuracy } },
  },
  state: new Map([
    ["scores.a", scores],
    ["first.a", Float32Array.of(Number.MIN_VALUE, -0, 1e-45, Number.POSITIVE_INFINITY)],
  ]),
  best: { matrices: [mask], tensors: [{ name: "classifier.bias", shape: [2], data: Float32Array.of(1, 2) }] },
  previous: [{ ...matrix, bits: packBits(scores, 3, 9, 0.5) }],
};

const fresh = async () => path.join(await mkdtemp(path.join(tmpdir(), "masklens-")), "checkpoint.safetensors");

test("a checkpoint comes back bit by bit", async () => {
  const file = await fresh();
  await writeCheckpoint(file, whole);
  assert.deepEqual(await readCheckpoint(file), whole);
});

test("a checkpoint before the first evaluation, of a run without masks, comes back", async () => {
  const file = await fresh();
  const early = { ...whole, position: { ...whole.position, best: null }, best: null, previous: [] };
  await writeCheckpoint(file, early);
  assert.deepEqual(await readCheckpoint(file), early);
});

test("without a file there is no checkpoint", async () => {
  assert.equal(await readCheckpoint(await fresh()), undefined);
});

test("a checkpoint that was cut off is refused in one sentence", async () => {
  const file = await fresh();
  await writeCheckpoint(file, whole);
  await writeFile(file, (await readFile(file)).subarray(0, -7));
  await assert.rejects(readCheckpoint(file), (error) => error instanceof InputError && /truncated/.test(error.message));
});
