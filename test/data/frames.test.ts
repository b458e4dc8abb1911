// Tasks whose examples name files of frame features, and files that hold none.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { encodeExamples, evaluationBatches, largestBatch } from "../../src/data/batches.ts";
import { readFrames } from "../../src/data/frames/read.ts";
import { readTask } from "../../src/data/task.ts";
import { loadTokenizer } from "../../src/data/tokenizer/tokenizer.ts";
import { encodeSafetensors, type TensorBytes } from "../../src/safetensors.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "masklens-frames-"));
after(() => rmSync(root, { recursive: true, force: true }));

function npy(shape: string, values: Float32Array | Uint16Array | Float64Array, fortran = false): Buffer {
  const type = values instanceof Uint16Array ? "<f2" : values instanceof Float32Array ? "<f4" : "<f8";
  const text = `{'descr': '${type}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${shape}), }\n`;
  const start = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text}`, "latin1");
  start.writeUInt16LE(text.length, 8);
  return Buffer.concat([start, Buffer.from(values.buffer)]);
}

function write(name: string, bytes: Buffer | string | readonly Uint8Array[]): string {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, Array.isArray(bytes) ? Buffer.concat(bytes) : (bytes as Buffer | string));
  return file;
}

const tensor = (name: string): TensorBytes => ({
  ...{ name, type: "F32", shape: [1, 2], bytes: new Uint8Array(Float32Array.of(5, 6).buffer) },
});

test("frames of float32 and float16, in files of numpy and safetensors, are read as they are", async () => {
  const { length, features, data } = await readFrames(write("a.npy", npy("3, 2", Float32Array.of(1, 2, 3, 4, 5, 6))));
  assert.deepEqual([length, features, [...data]], [3, 2, [1, 2, 3, 4, 5, 6]]);
  const half = await readFrames(write("h.npy", npy("1, 2", Uint16Array.of(0x3c00, 0xc000))));
  assert.deepEqual([...half.data], [1, -2]);
  assert.deepEqual([...(await readFrames(write("s.safetensors", encodeSafetensors([tensor("x")], {})))).data], [5, 6]);
});

test("a file without frames is refused with its name and the reason", async () => {
  const cases: [string, Buffer | string | readonly Uint8Array[], RegExp][] = [
    ["empty.npy", "", /empty\.npy: this is not an array of numpy\.save/],
    ["text.npy", "hello", /text\.npy: this is not an array of numpy\.save/],
    ["cut.npy", npy("3, 2", Float32Array.of(1)), /cut\.npy: its shape \[3, 2\] needs 24 bytes, but it has 4/],
    [
      "flat.npy",
      npy("2,", Float32Array.of(1, 2)),
      /flat\.npy: the array has the shape \[2\], not \[frames, features\]/,
    ],
    ["none.npy", npy("0, 2", new Float32Array(0)), /none\.npy: the array is empty/],
    ["wide.npy", npy("1, 5000", new Float32Array(5000)), /it has 5,000 features, over the limit of 4,096/],
    ["double.npy", npy("1, 1", Float64Array.of(1)), /double\.npy: its numbers are of type F64/],
    ["nan.npy", npy("2, 1", Float32Array.of(1, Number.NaN)), /nan\.npy: frame 1 has a value that is not finite/],
    ["order.npy", npy("2, 1", Float32Array.of(1, 2), true), /order\.npy: its numbers are in Fortran's order/],
    ["two.safetensors", encodeSafetensors([tensor("x"), tensor("y")], {}), /two\.safetensors: the file has 2 arrays/],
  ];
  for (const [name, bytes, message] of cases) await assert.rejects(readFrames(write(name, bytes)), message, name);
});

/** A task of tones, whose files have so many frames each. */
function writeTask(name: string, lengths: readonly number[], more: object = {}): string {
  const rows = lengths.map((length, i) => {
    const features = name === "uneven" && i === 2 ? 3 : 2;
    write(`${name}/f/${i}.npy`, npy(`${length}, ${features}`, new Float32Array(length * features).fill(i + 1)));
    return JSON.stringify({ frames: `f/${i}.npy`, label: i % 2 ? "high" : "low" });
  });
  for (const split of ["train", "validation", "test"]) write(`${name}/${split}.jsonl`, rows.join("\n"));
  const files = { train: "train.jsonl", validation: "validation.jsonl", test: "test.jsonl" };
  const task = { kind: "sentence", columns: { frames: "frames", label: "label" }, files, ...more };
  return write(`${name}/${name}.task.json`, JSON.stringify(task));
}

test("batches have frames with zeros after them, and lengths that the adaptor divides", async () => {
  const task = await readTask(writeTask("tones", [5, 40, 9]));
  assert.deepEqual(task.frames, { features: 2 });
  const tokenizer = await loadTokenizer("test/fixtures/models/tiny-bert");
  const adaptor = { features: 2, framesPerPosition: 4 };
  const encoded = encodeExamples(task, "train", tokenizer, { maxLength: 8, adaptor });
  assert.deepEqual(
    encoded.map(({ cut, frames }) => [cut, frames!.length]),
    [
      [false, 5],
      [true, 32],
      [false, 9],
    ],
  );
  const batching = { size: 2, buckets: [2, 4, 8], padId: 0, segments: 2, framesPerPosition: 4 };
  assert.deepEqual(largestBatch(encoded, batching), { size: 2, length: 32 });
  const [first, second] = evaluationBatches(encoded, batching);
  assert.deepEqual([first!.length, first!.index], [16, [0, 2]]);
  const { data } = first!.frames!;
  assert.deepEqual([...data.subarray(0, 32)], [...Array(10).fill(1), ...Array(22).fill(0)]);
  assert.deepEqual([...first!.attention.subarray(16)], [...Array(9).fill(1), ...Array(7).fill(0)]);
  assert.deepEqual([second!.length, second!.rows, second!.attention[32]], [32, 1, 1]); // a filler row
});

test("the data's hash changes with a file of frames", async () => {
  const file = writeTask("hash", [5, 6, 7]);
  const before = (await readTask(file)).dataSha256;
  write("hash/f/1.npy", npy("6, 2", new Float32Array(12).fill(9)));
  assert.notEqual((await readTask(file)).dataSha256.train, before.train);
});

test("frames and adaptors that do not fit are refused", async () => {
  const task = await readTask(writeTask("fit", [5, 6]));
  const texts = await readTask("media/sample/tasks/sentiment.task.json");
  const tokenizer = await loadTokenizer("test/fixtures/models/tiny-bert");
  const encode = (of: typeof task, adaptor?: { features: number; framesPerPosition: number }, more = {}) =>
    encodeExamples(of, "train", tokenizer, { maxLength: 8, adaptor, ...more });
  const adaptor = { features: 3, framesPerPosition: 4 };
  assert.throws(() => encode(task), /frames of 2 features, but there is no length adaptor; set .*features=2/);
  assert.throws(() => encode(task, adaptor), /frames of 2 features, but the length adaptor reads 3; use/);
  assert.throws(() => encode(texts, adaptor), /the examples are texts, but the length adaptor reads frame features/);
  const decoder = { architecture: "decoder" };
  assert.throws(() => encode(task, { ...adaptor, features: 2 }, decoder), /the model is a decoder; use another model/);
  await assert.rejects(
    readTask(writeTask("uneven", [5, 6, 7])),
    /2\.npy: its frames have 3 features, but others have 2/,
  );
  const missing = writeTask("missing", [5, 6, 7]);
  rmSync(path.join(root, "missing/f/2.npy"));
  await assert.rejects(readTask(missing), /2\.npy: there is no such file/);
  const skipping = writeTask("skipping", [5, 6, 7], { skip: true });
  rmSync(path.join(root, "skipping/f/2.npy"));
  const { splits, notes } = await readTask(skipping);
  assert.equal(splits.train.length, 2);
  assert.match(notes.join(), /1 row was left out \(frame features that cannot be read: 1\)/);
});
