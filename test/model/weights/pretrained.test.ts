// Weights as they are stored, in one file or in shards: what is read from them, and which of them are refused.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { readConfig } from "../../../src/model/config.ts";
import { openPretrained } from "../../../src/model/weights/pretrained.ts";
import { checkShapes } from "../../../src/model/weights/shapes.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/safetensors.ts";
import { floats, folderOf, refuses, withHeader } from "../folders.ts";
import { opened, openFiles } from "./opened.ts";
import { BERT_LARGE, type Sizes, writeSparseModel } from "./sparse.ts";

const INDEX = "model.safetensors.index.json";
const one = (name: string, ...values: number[]) => floats({ [name]: { shape: [values.length], values } });

const indexOf = (map: object) => JSON.stringify({ weight_map: map });

for (const family of ["bert", "roberta", "distilbert"])
  test(`${family}: tensors come under their canonical names with their values`, async (t) => {
    const folder = `test/fixtures/models/tiny-${family}`;
    const pretrained = await opened(t, folder);
    checkShapes(pretrained, await readConfig(folder));
    const { bytesOf } = decodeSafetensors(readFileSync(`${folder}/model.safetensors`), folder);
    const name = "embeddings.word_embeddings.weight";
    const stored = bytesOf(`${family}.${name}`);
    assert.deepEqual(await pretrained.readRaw(name), new Uint8Array(stored));
    assert.deepEqual(await pretrained.readFloat32(name), new Float32Array(new Uint8Array(stored).buffer));
    assert.ok(pretrained.tensors.has(family === "roberta" ? "classifier.out_proj.bias" : "classifier.bias"));
  });

test("16-bit tensors are read as the float32 that torch makes of them", async (t) => {
  const { bytesOf } = decodeSafetensors(readFileSync("test/fixtures/model/types.safetensors"), "types");
  const finite = 7 * 31; // the infinities stand in the last row
  const cut = (name: string, type: "F16" | "BF16") => ({
    name,
    type,
    shape: [7, 31],
    bytes: bytesOf(name).subarray(0, 2 * finite),
  });
  const model = Buffer.concat(encodeSafetensors([cut("f16", "F16"), cut("bf16", "BF16")], {}));
  const pretrained = await openFiles(t, { "model.safetensors": model });
  for (const name of ["f16", "bf16"]) {
    const wide = new Float32Array(new Uint8Array(bytesOf(`${name}.wide`)).buffer).subarray(0, finite);
    assert.deepEqual(await pretrained.readFloat32(name), new Float32Array(wide));
  }
});

test("a tensor is read into the place given, and nowhere else", async (t) => {
  const pretrained = await opened(t, "media/sample/model");
  const name = "pooler.dense.weight";
  const around = new Float32Array(1 + 384 * 384 + 1).fill(7);
  const into = around.subarray(1, 1 + 384 * 384);
  assert.equal(await pretrained.readFloat32(name, into), into);
  assert.deepEqual(new Float32Array(into), await pretrained.readFloat32(name));
  assert.deepEqual([around.at(0), around.at(-1)], [7, 7]);
  await assert.rejects(pretrained.readFloat32(name, new Float32Array(1)), RangeError);
});

test("reading needs no memory beside the destination", async (t) => {
  const pretrained = await opened(t, "media/sample/model");
  const into = new Float32Array(12_000 * 384);
  const before = process.memoryUsage().arrayBuffers;
  await pretrained.readFloat32("embeddings.word_embeddings.weight", into);
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 1 << 20, `${grown} bytes`);
});

test("shards are read from the index, and each tensor from its shard", async (t) => {
  const pretrained = await openFiles(t, {
    "a.safetensors": one("bert.x.gamma", 1, 2),
    "b.safetensors": one("bert.y.weight", 3),
    [INDEX]: indexOf({ "bert.x.gamma": "a.safetensors", "bert.y.weight": "b.safetensors" }),
  });
  assert.deepEqual(await pretrained.readFloat32("x.weight"), Float32Array.of(1, 2));
  assert.deepEqual(await pretrained.readFloat32("y.weight"), Float32Array.of(3));
});

/** What this process has read so far, in bytes, by the system's own account. */
const ACCOUNT = "/proc/self/io";
const noAccount = !existsSync(ACCOUNT) && `there is no ${ACCOUNT}`;
const bytesRead = () => Number(/^rchar: (\d+)$/m.exec(readFileSync(ACCOUNT, "utf8"))![1]);

for (const [what, pathOf] of [
  ["the sample model", () => "media/sample/model"],
  ["a BERT-large of 1.3 GB", (t: TestContext) => sparseModel(t, BERT_LARGE).folder],
] as const)
  test(`opening ${what} reads what its headers hold and no weight`, { skip: noAccount }, async (t) => {
    const folder = pathOf(t);
    const before = bytesRead();
    const config = await readConfig(folder);
    const pretrained = await opened(t, folder);
    checkShapes(pretrained, config);
    const read = bytesRead() - before;
    assert.ok(read < 200_000, `${read} bytes`);
  });

test("the last tensor of a BERT-large of 1.3 GB can be read", async (t) => {
  const { folder, last } = sparseModel(t, BERT_LARGE);
  const pretrained = await opened(t, folder);
  assert.ok(pretrained.tensors.get(last)!.end > 1.3e9);
  assert.equal((await pretrained.readFloat32(last)).at(-1), 1.5);
});

test("tensors beyond 2 and 4 GiB are read", async (t) => {
  const { folder, last } = sparseModel(t, { ...BERT_LARGE, layers: 100 });
  const pretrained = await opened(t, folder);
  assert.ok(pretrained.tensors.get(last)!.end > 2 ** 32);
  assert.equal((await pretrained.readFloat32(last)).at(-1), 1.5);
});

function sparseModel(t: TestContext, sizes: Sizes) {
  const folder = folderOf(t);
  return { folder, last: writeSparseModel(folder, sizes) };
}

test("a git-lfs pointer instead of weights is called by its name", (t) =>
  refuses(
    () => openFiles(t, { "model.safetensors": "version https://git-lfs.github.com/spec/v1\noid sha256:0a\nsize 9\n" }),
    /git-lfs pointer.*git lfs pull/,
    { file: "model.safetensors" },
  ));

test("truncated weights, an enormous header and overlapping offsets are refused", async (t) => {
  const place = { file: "model.safetensors" };
  const whole = readFileSync("test/fixtures/models/tiny-bert/model.safetensors");
  for (const length of [0, 7, 100, whole.length - 1])
    await refuses(
      () => openFiles(t, { "model.safetensors": whole.subarray(0, length) }),
      /truncated|too short for a safetensors file|is empty/,
      place,
    );
  const long = Buffer.alloc(8);
  long.writeBigUInt64LE(25_000_001n);
  await refuses(() => openFiles(t, { "model.safetensors": long }), /more than the limit of 25 MB/, place);
  const entry = (begin: number) => ({ dtype: "F32", shape: [2], data_offsets: [begin, begin + 8] });
  await refuses(() => openFiles(t, { "model.safetensors": withHeader({ a: entry(0), b: entry(4) }, 12) }), /overlap/, {
    ...place,
    at: "tensor b",
  });
});

test("a folder without weights is refused, naming what is there instead", async (t) => {
  for (const file of ["tf_model.h5", "flax_model.msgpack", "model.gguf", "model.onnx", "model.pt"]) {
    const what = /weights are neither in model\.safetensors nor in pytorch_model\.bin; .*save_pretrained/;
    await refuses(() => openFiles(t, { [file]: "", "training_args.bin": "" }), what, { file });
  }
  await refuses(() => openFiles(t, { "optimizer.pt": "" }), /neither model\.safetensors nor pytorch_model\.bin/, {});
  await refuses(() => openFiles(t, { "adapter_model.bin": "" }), /an adapter/, { file: "adapter_model.bin" });
  await refuses(() => openFiles(t, { "weights.safetensors": "" }), /rename it to model\.safetensors/, {
    file: "weights.safetensors",
  });
  const shard = "model-00001-of-00002.safetensors";
  await refuses(() => openFiles(t, { [shard]: "" }), /download the model's model\.safetensors\.index\.json/, {
    file: shard,
  });
  await refuses(() => openFiles(t, { "adapter_model.safetensors": "" }), /an adapter/, {
    file: "adapter_model.safetensors",
  });
  await refuses(() => openFiles(t, { "config.json": "{}" }), /neither model\.safetensors nor pytorch_model\.bin/, {});
  await refuses(() => openPretrained("no/such/folder"), /no such folder/, { file: "folder" });
  await refuses(() => openPretrained("package.json"), /this is a file, not a model folder; use its folder: \./, {
    file: "package.json",
  });
});

test("shard names that leave the folder are refused before anything is opened", async (t) => {
  for (const shard of ["../x.safetensors", "/etc/passwd", "a/b.safetensors", "a\\b", "C:x", "..", "", 3, null])
    await refuses(() => openFiles(t, { [INDEX]: indexOf({ x: shard }) }), /is not a file in this folder/, {
      file: INDEX,
      at: "tensor x",
    });
});

test("an index without tensors, with a missing shard, or with a tensor that its shard lacks is refused", async (t) => {
  await refuses(() => openFiles(t, { [INDEX]: "{}" }), /maps no tensor/, { file: INDEX, at: "weight_map" });
  await refuses(() => openFiles(t, { [INDEX]: indexOf({ x: "a.safetensors" }) }), /no such file; .*all its files/, {
    file: "a.safetensors",
  });
  const files = { "a.safetensors": one("x", 1), [INDEX]: indexOf({ x: "a.safetensors", y: "a.safetensors" }) };
  await refuses(() => openFiles(t, files), /its shard a\.safetensors does not contain this tensor/, {
    file: INDEX,
    at: "tensor y",
  });
});

test("two tensors of one canonical name are refused", async (t) => {
  const twice = floats({ "bert.x": { shape: [1], values: [1] }, x: { shape: [1], values: [2] } });
  await refuses(() => openFiles(t, { "model.safetensors": twice }), /it has the same name \(x\) as another tensor/, {
    file: "model.safetensors",
    at: "tensor x",
  });
});

test("weights that are NaN or infinite are refused, naming tensor and place", async (t) => {
  const types = await openFiles(t, { "model.safetensors": readFileSync("test/fixtures/model/types.safetensors") });
  const infinite = { file: "model.safetensors", at: "tensor f16" };
  await refuses(() => types.readFloat32("f16"), /the value at \[\d, \d+\] is Infinity/, infinite);
  const weights = floats({ "bert.m.weight": { shape: [2, 3], values: [0, 1, 2, 3, Number.NaN, Number.NaN] } });
  const pretrained = await openFiles(t, { "model.safetensors": weights });
  const place = { file: "model.safetensors", at: "tensor m.weight" };
  await refuses(() => pretrained.readFloat32("m.weight"), /the value at \[1, 1\] is NaN/, place);
});

test("a tensor that is missing or not floating-point is refused", async (t) => {
  const pretrained = await openFiles(t, {
    "model.safetensors": withHeader({ ids: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, 8),
  });
  await refuses(() => pretrained.readFloat32("ids"), /its values are I64/, {
    file: "model.safetensors",
    at: "tensor ids",
  });
  await refuses(() => pretrained.readRaw("other"), /do not contain this tensor \(they contain ids\)/, {
    at: "tensor other",
  });
  await refuses(() => pretrained.readRaw("id"), /do not contain this tensor \(the most similar name is ids\)/, {
    at: "tensor id",
  });
});

test("weights that become shorter while they are open are refused", async (t) => {
  const folder = folderOf(t, { "model.safetensors": one("x", 1, 2, 3) });
  const pretrained = await opened(t, folder);
  writeFileSync(path.join(folder, "model.safetensors"), "");
  await refuses(() => pretrained.readFloat32("x"), /the file ends early, at byte/, { file: "model.safetensors" });
});

test("a type that safetensors has and MaskLens does not read is named", async (t) => {
  const entry = (dtype: string, size: number) =>
    withHeader({ x: { dtype, shape: [4], data_offsets: [0, size] } }, size);
  for (const [dtype, size] of [
    ["F8_E4M3", 4],
    ["U4", 2],
  ] as const)
    await refuses(() => openFiles(t, { "model.safetensors": entry(dtype, size) }), new RegExp(`"${dtype}"`), {
      file: "model.safetensors",
      at: "tensor x",
    });
  for (const [dtype, size] of [
    ["F64", 32],
    ["I8", 4],
  ] as const) {
    const pretrained = await openFiles(t, { "model.safetensors": entry(dtype, size) });
    await refuses(() => pretrained.readFloat32("x"), new RegExp(`its values are ${dtype}, not F32, F16 or BF16`), {
      file: "model.safetensors",
      at: "tensor x",
    });
  }
});
