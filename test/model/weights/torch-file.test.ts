// Files of torch.save: what is read from them is what torch reads.

import assert from "node:assert/strict";
import { closeSync, copyFileSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { readConfig } from "../../../src/model/config.ts";
import { allMatrices } from "../../../src/model/names.ts";
import { fingerprintOf, weightHashes } from "../../../src/model/weights/fingerprint.ts";
import type { PretrainedWeights } from "../../../src/model/weights/pretrained.ts";
import { checkShapes } from "../../../src/model/weights/shapes.ts";
import { readStored } from "../../../src/model/weights/stored-tensor.ts";
import { readTorchFile } from "../../../src/model/weights/torch-file.ts";
import { folderOf } from "../folders.ts";
import { opened } from "./opened.ts";
import { inMemory, MODEL, readBytes, readFixture, refused, TORCH } from "./torch-bytes.ts";
import * as made from "./torch-files.ts";

const { bytes, dict, int, legacy, tensor, text, tuple, zipped } = made;

const expected: Record<
  "model" | "parts",
  Record<string, { type: string; shape: number[]; sha256: string }>
> = JSON.parse(readFileSync(`${TORCH}/expected.json`, "utf8"));

/** A folder with config.json and these files of the fixtures, under these names. */
function withFiles(t: TestContext, files: Record<string, string>): string {
  const folder = folderOf(t);
  for (const [name, from] of Object.entries({ "config.json": "config.json", ...files }))
    copyFileSync(path.join(TORCH, from), path.join(folder, name));
  return folder;
}

/** What the pretrained tensors are, in the words of expected.json. */
async function described(pretrained: PretrainedWeights): Promise<typeof expected.model> {
  const entries: [string, (typeof expected.model)[string]][] = [];
  for (const [name, { type, shape }] of pretrained.tensors)
    entries.push([name, { type, shape: [...shape], sha256: await pretrained.sha256(name) }]);
  return Object.fromEntries(entries);
}

for (const file of ["zip.bin", "legacy.bin", "protocol5.bin"])
  test(`${file}: every tensor has the name, shape and bytes that torch reads`, async (t) => {
    const folder = withFiles(t, { [MODEL]: file });
    const pretrained = await opened(t, folder);
    assert.deepEqual(await described(pretrained), expected.model);
    assert.deepEqual(checkShapes(pretrained, await readConfig(folder)), []);
  });

test("tensors in the shards of an index are read from their shards", async (t) => {
  const folder = withFiles(t, { "pytorch_model-1.bin": "shard-1.bin", "pytorch_model-2.bin": "shard-2.bin" });
  const map: Record<string, string> = {};
  for (const shard of [1, 2])
    for (const name of (await readFixture(`shard-${shard}.bin`)).tensors.keys())
      map[name] = `pytorch_model-${shard}.bin`;
  writeFileSync(path.join(folder, "pytorch_model.bin.index.json"), JSON.stringify({ weight_map: map }));
  assert.deepEqual(await described(await opened(t, folder)), expected.model);
});

for (const file of ["parts.bin", "parts-legacy.bin"])
  test(`${file}: types, views, transposed, shared and empty tensors are what torch makes of them`, async (t) => {
    const pretrained = await opened(t, withFiles(t, { [MODEL]: file }));
    assert.deepEqual(await described(pretrained), expected.parts);
    const float = await pretrained.readFloat32("float");
    const transposed = await pretrained.readFloat32("transposed");
    for (let i = 0; i < 24; i++) assert.equal(transposed[(i % 6) * 4 + Math.floor(i / 6)], float[i]);
    assert.deepEqual(
      await pretrained.readFloat32("repeated"),
      Float32Array.of(...Array(5).fill(1.5), ...Array(5).fill(2.5)),
    );
    const half = await pretrained.readFloat32("half");
    const halfTransposed = await pretrained.readFloat32("half.transposed");
    for (let i = 0; i < 24; i++) assert.equal(halfTransposed[(i % 6) * 4 + Math.floor(i / 6)], half[i]);
  });

test("the fingerprint is that of the same weights as safetensors", async (t) => {
  const fingerprints = await Promise.all(
    [{ "model.safetensors": "model.safetensors" }, { [MODEL]: "zip.bin" }, { [MODEL]: "legacy.bin" }].map(
      async (files) => {
        const folder = withFiles(t, files);
        const matrices = allMatrices(await readConfig(folder), { labels: 2 });
        return fingerprintOf(await weightHashes(await opened(t, folder), matrices));
      },
    ),
  );
  assert.equal(new Set(fingerprints).size, 1);
});

test("where there is a model.safetensors, pytorch_model.bin is not looked at", async (t) => {
  const folder = withFiles(t, { "model.safetensors": "model.safetensors" });
  writeFileSync(path.join(folder, MODEL), "nothing of torch");
  assert.deepEqual(await described(await opened(t, folder)), expected.model);
});

test("a training script's file is read from its state dict, and this and the prefix are said", async (t) => {
  const pretrained = await opened(t, withFiles(t, { [MODEL]: "trainer.bin" }));
  assert.deepEqual(await described(pretrained), expected.model);
  assert.deepEqual(pretrained.notes, [
    'The weights file contains the tensors under "state_dict".',
    `Tensor names are read without "model.", which a wrapper of the model added.`,
  ]);
});

test("a file beyond 4 GiB is read, by the wider fields of its directory", async (t) => {
  const { file, value } = largeFile(t);
  const handle = await open(file);
  t.after(() => handle.close());
  const { size } = await handle.stat();
  const { tensors } = await readTorchFile(handle, size, file);
  const last = tensors.get("x")!;
  assert.ok(last.begin > 2 ** 32);
  const into = new Uint8Array(16);
  await readStored(handle, last, into, file);
  assert.deepEqual(into, value);
});

/** A zip of torch.save in which a hole of 4 GiB stands before the storage. */
function largeFile(t: TestContext): { file: string; value: Uint8Array } {
  const value = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const small = zipped(dict(text("x"), tensor()), value);
  const end = small.length - 22;
  const directory = small.readUInt32LE(end + 16);
  const moved = small.lastIndexOf("PK\x03\x04", directory); // the last entry
  const hole = 2 ** 32 + 4096;
  const entries = Buffer.from(small.subarray(directory, end));
  const entry = entries.lastIndexOf("PK\x01\x02");
  const extra = Buffer.alloc(12);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8, 2);
  extra.writeBigUInt64LE(BigInt(moved + hole), 4);
  entries.writeUInt16LE(12, entry + 30);
  entries.writeUInt32LE(0xffffffff, entry + 42);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(3n, 32);
  record.writeBigUInt64LE(BigInt(entries.length + extra.length), 40);
  record.writeBigUInt64LE(BigInt(directory + hole), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(directory + hole + entries.length + extra.length), 8);
  const last = Buffer.from(small.subarray(end));
  last.writeUInt16LE(0xffff, 10);
  last.writeUInt32LE(0xffffffff, 16);
  const file = path.join(folderOf(t), MODEL);
  writeFileSync(file, small.subarray(0, moved));
  truncateSync(file, moved + hole);
  const handle = openSync(file, "r+");
  const tail = Buffer.concat([small.subarray(moved, directory), entries, extra, record, locator, last]);
  writeSync(handle, tail, 0, tail.length, moved + hole);
  closeSync(handle);
  return { file, value };
}

test("views of storages, as PyTorch before 0.4 saved them, are read at their offset", async () => {
  const view = bytes(
    tuple(
      text("storage"),
      made.global("torch.cuda", "FloatStorage"),
      text("0"),
      text("cuda:0"),
      int(4),
      tuple(text("7"), int(1), int(2)),
    ),
    "Q",
  );
  const values = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const content = legacy(dict(text("x"), tensor(tuple(int(2)), tuple(int(1)), { of: view })), ["0"], [4n, values]);
  const { tensors } = await readBytes(content);
  const into = new Uint8Array(8);
  await readStored(inMemory(content), tensors.get("x")!, into, MODEL);
  assert.deepEqual(new Float32Array(into.buffer), Float32Array.of(2, 3));
  const beyond = bytes(
    tuple(
      text("storage"),
      made.global("torch", "FloatStorage"),
      text("0"),
      text("cpu"),
      int(4),
      tuple(text("7"), int(3), int(2)),
    ),
    "Q",
  );
  await refused(
    legacy(dict(text("x"), tensor(undefined, undefined, { of: beyond })), ["0"]),
    /view of its storage 0 extends beyond/,
  );
});

test("a state dict that Python 2 pickled as pairs is read", async () => {
  const old = (name: string) => bytes("U", name.length, name);
  const pairs = bytes("](", "](", old("x"), tensor(), "e", "e");
  const content = legacy(made.call(made.global("collections", "OrderedDict"), pairs), ["0"], [4n, new Uint8Array(16)]);
  assert.deepEqual([...(await readBytes(content)).tensors.keys()], ["x"]);
});
