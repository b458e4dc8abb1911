import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { checksumOf } from "../../src/checksum.ts";
import { InputError } from "../../src/errors.ts";
import { packBits } from "../../src/mask/bits.ts";
import { encodeSafetensors, type TensorBytes } from "../../src/safetensors.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.ts";

const scores = Float32Array.from({ length: 27 }, (_, i) => Math.sin(i));
const matrix = { name: "encoder.layer.0.output.dense", layer: 0, kind: "O", rows: 3, columns: 9 } as const;
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
      sparsity: 0.05,
      logBytes: 77,
      seconds: 1.5,
    },
    order: { seed: 1, stream: "order", position: 12 },
    best: { value: 0.5, step: 4, metrics: { examples: 20, accuracy } },
  },
  state: new Map([
    ["scores.a", scores],
    ["first.a", Float32Array.of(Number.MIN_VALUE, -0, 1e-45, 3.4e38)],
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

test("a checkpoint of which any byte has changed is refused", async () => {
  const file = await fresh();
  await writeCheckpoint(file, whole);
  const bytes = await readFile(file);
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1 << (at % 8);
    await writeFile(file, changed);
    await assert.rejects(readCheckpoint(file), InputError, `byte ${at}`);
  }
});

/** A file with the right checksum over whatever it holds. */
async function crafted(metadata: Record<string, unknown>, tensors: readonly TensorBytes[] = []): Promise<string> {
  const file = await fresh();
  const texts = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, JSON.stringify(value)]));
  const checksum = JSON.stringify(await checksumOf(texts, tensors));
  await writeFile(file, Buffer.concat(encodeSafetensors(tensors, { ...texts, checksum })));
  return file;
}

test("a checkpoint that holds what no run writes is refused with its place, its checksum being right", async () => {
  const { position } = whole;
  const parts = { version: 2, position, matrices: [matrix] };
  const nan = new Uint8Array(Float32Array.of(1, Number.NaN).buffer);
  const cases: [file: Promise<string>, said: RegExp][] = [
    [crafted({ ...parts, version: 1 }), /not a checkpoint from this version of MaskLens/],
    [crafted({ version: 2, matrices: [] }), /metadata\.position: it is not JSON/],
    [crafted({ ...parts, position: null }), /position: it must be an object, but is null/],
    [
      crafted({ ...parts, position: { ...position, step: -1 } }),
      /position\.step: it must be a whole number of at least 0/,
    ],
    [crafted({ ...parts, position: { ...position, lambda: null } }), /position\.lambda: it must be a number/],
    [crafted({ ...parts, position: { ...position, order: { seed: 1e99 } } }), /position\.order\.seed: /],
    [crafted({ ...parts, matrices: [{ ...matrix, rows: 0 }] }), /matrices\.0\.rows: it must be a whole number from 1/],
    [crafted(parts, [{ name: "state.a", type: "F32", shape: [2], bytes: nan }]), /tensor a: value 1 is NaN/],
    [crafted(parts, [{ name: "state.a", type: "U8", shape: [8], bytes: nan }]), /tensor a: it is U8, but must be F32/],
    [
      crafted(parts, [{ name: `previous.${matrix.name}`, type: "U8", shape: [3, 1], bytes: new Uint8Array(3) }]),
      /it is U8 \[3, 1\], but a mask of 3 × 9 weights must be U8 \[3, 2\]/,
    ],
  ];
  for (const [file, said] of cases)
    await assert.rejects(readCheckpoint(await file), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, said);
      return true;
    });
});
