import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { readConfig } from "../../src/model/config.ts";
import { openPretrained, PretrainedWeights } from "../../src/model/pretrained.ts";
import { checkShapes } from "../../src/model/shapes.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/safetensors.ts";
import { copyOf, floats, folderOf, refuses, withHeader } from "./folders.ts";
import { BERT_LARGE, type Sizes, writeSparseModel } from "./sparse.ts";

const INDEX = "model.safetensors.index.json";
const one = (name: string, ...values: number[]) => floats({ [name]: { shape: [values.length], values } });

async function opened(t: TestContext, folder: string): Promise<PretrainedWeights> {
  const pretrained = await openPretrained(folder);
  t.after(() => pretrained.close());
  return pretrained;
}

/** Opens a temporary folder with these files. */
const openFiles = (t: TestContext, files: Record<string, string | Uint8Array>) => opened(t, folderOf(t, files));
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
  await refuses(() => openFiles(t, { [shard]: "" }), /fetch the model's model\.safetensors\.index\.json/, {
    file: shard,
  });
  await refuses(() => openFiles(t, { "adapter_model.safetensors": "" }), /an adapter/, {
    file: "adapter_model.safetensors",
  });
  await refuses(() => openFiles(t, { "config.json": "{}" }), /neither model\.safetensors nor pytorch_model\.bin/, {});
  await refuses(() => openPretrained("no/such/folder"), /no such folder/, { file: "folder" });
  await refuses(() => openPretrained("package.json"), /this is a file, not a model folder; give its folder: \./, {
    file: "package.json",
  });
});

test("shard names that leave the folder are refused before anything is opened", async (t) => {
  for (const shard of ["../x.safetensors", "/etc/passwd", "a/b.safetensors", "a\\b", "C:x", "..", "", 3, null])
    await refuses(() => openFiles(t, { [INDEX]: indexOf({ x: shard }) }), /is not a file of this folder/, {
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
  await refuses(() => openFiles(t, files), /its shard a\.safetensors does not contain it/, {
    file: INDEX,
    at: "tensor y",
  });
});

test("two tensors of one canonical name are refused", async (t) => {
  const twice = floats({ "bert.x": { shape: [1], values: [1] }, x: { shape: [1], values: [2] } });
  await refuses(() => openFiles(t, { "model.safetensors": twice }), /two tensors are called x/, {
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
  await refuses(() => pretrained.readRaw("other"), /no such tensor \(they have ids\)/, { at: "tensor other" });
  await refuses(() => pretrained.readRaw("id"), /no such tensor \(the nearest is ids\)/, { at: "tensor id" });
});

test("weights that become shorter while they are open are refused", async (t) => {
  const folder = folderOf(t, { "model.safetensors": one("x", 1, 2, 3) });
  const pretrained = await opened(t, folder);
  writeFileSync(path.join(folder, "model.safetensors"), "");
  await refuses(() => pretrained.readFloat32("x"), /the file ends at byte/, { file: "model.safetensors" });
});

test("weights that disagree with the config are refused, naming the first tensor", async (t) => {
  const changed = async (change: object, what: RegExp, at: string) => {
    const json = JSON.parse(readFileSync("test/fixtures/models/tiny-bert/config.json", "utf8"));
    const folder = copyOf(t, "tiny-bert", { "config.json": JSON.stringify({ ...json, ...change }) });
    const pretrained = await opened(t, folder);
    const config = await readConfig(folder);
    await refuses(() => checkShapes(pretrained, config), what, { at: `tensor ${at}` });
  };
  await changed(
    { vocab_size: 181 },
    /its shape is \[180, 32\], but config\.json requires \[181, 32\]/,
    "embeddings.word_embeddings.weight",
  );
  const beyond = "encoder.layer.3.attention.output.LayerNorm.weight";
  for (const layers of [4, 1000]) {
    const what = new RegExp(
      `no such tensor, which config.json asks for \\(they have 3 layers, but it says ${layers}\\)`,
    );
    await changed({ num_hidden_layers: layers }, what, beyond);
  }
  const adapted = withWeights(
    t,
    renamed((name) => name.replace("query.weight", "query.base_layer.weight")),
  );
  const base = await opened(t, adapted);
  const tiny = await readConfig(adapted);
  const instead = /\(the nearest is encoder\.layer\.0\.attention\.self\.query\.base_layer\.weight\)/;
  await refuses(() => checkShapes(base, tiny), instead, { at: "tensor encoder.layer.0.attention.self.query.weight" });
  const ids = { "embeddings.word_embeddings.weight": { dtype: "I64", shape: [180, 32], data_offsets: [0, 46080] } };
  const integers = copyOf(t, "tiny-bert", { "model.safetensors": withHeader(ids, 46080) });
  const config = await readConfig(integers);
  const place = { file: "model.safetensors", at: "tensor embeddings.word_embeddings.weight" };
  await refuses(async () => checkShapes(await opened(t, integers), config), /its values are I64/, place);
  await changed(
    { intermediate_size: 128 },
    /\[64, 32\], but config\.json requires \[128, 32\]/,
    "encoder.layer.0.intermediate.dense.weight",
  );
});

test("a model without a pooler has the shapes that are asked for", async (t) => {
  const folder = "test/fixtures/models/tiny-bert";
  const whole = await opened(t, folder);
  const tensors = new Map([...whole.tensors].filter(([name]) => !name.startsWith("pooler.")));
  checkShapes(new PretrainedWeights(folder, tensors, whole.shards), await readConfig(folder));
});

/** The tiny BERT's tensors by stored name, renamed; undefined leaves one out. */
function renamed(rename: (name: string) => string | undefined, metadata: Record<string, string> = {}): Buffer {
  const { header, bytesOf } = decodeSafetensors(
    readFileSync("test/fixtures/models/tiny-bert/model.safetensors"),
    "tiny",
  );
  const tensors = [...header.entries.values()].flatMap(({ name, type, shape }) => {
    const called = rename(name);
    return called === undefined ? [] : [{ name: called, type, shape, bytes: bytesOf(name) }];
  });
  return Buffer.concat(encodeSafetensors(tensors, metadata));
}

const withWeights = (t: TestContext, weights: Buffer) => copyOf(t, "tiny-bert", { "model.safetensors": weights });
const namesIn = ({ tensors }: PretrainedWeights) => [...tensors.keys()].sort();

/** The notes of a copy of the tiny BERT with these weights, or with these keys of its config. */
async function notesOf(t: TestContext, folder: string): Promise<string[]> {
  const pretrained = await opened(t, folder);
  return [...pretrained.notes, ...checkShapes(pretrained, await readConfig(folder))];
}

test("names are found under whatever a wrapper put before them, classifier included, and this is said once", async (t) => {
  const plain = namesIn(await opened(t, "test/fixtures/models/tiny-bert"));
  const bare = (name: string) => name.replace("bert.", "");
  const wrapped: Record<string, (name: string) => string> = {
    "module.": (name) => `module.${name}`,
    "_orig_mod.": (name) => `_orig_mod.${name}`,
    "0.auto_model.": (name) => `0.auto_model.${bare(name)}`,
    "model.": (name) => `model.${name}`,
    "bert.": (name) => `bert.${name}`,
    "student.": (name) => `student.${name}`,
    "transformer.": (name) => `transformer.${bare(name)}`,
    "encoder.": (name) => (name.startsWith("bert.") ? `encoder.${bare(name)}` : name),
    "bert.module.": (name) => name.replace(/^bert\./, "bert.module."),
  };
  for (const [prefix, rename] of Object.entries(wrapped)) {
    const folder = withWeights(t, renamed(rename));
    assert.deepEqual(namesIn(await opened(t, folder)), plain, prefix);
    const note = `The weights' names were read without ${JSON.stringify(prefix)}, which a wrapper of the model added.`;
    assert.deepEqual(await notesOf(t, folder), [note]);
  }
  const both = withWeights(
    t,
    renamed((name) => `module.${name.replace(/layer\.(\d)\./, "layer.$1._checkpoint_wrapped_module.")}`),
  );
  assert.deepEqual(namesIn(await opened(t, both)), plain);
  assert.match((await notesOf(t, both)).join(), /without "module\." and "_checkpoint_wrapped_module\.", which/);
  assert.deepEqual(await notesOf(t, "test/fixtures/models/tiny-bert"), []);
  assert.deepEqual(await notesOf(t, withWeights(t, renamed(bare))), []);
});

test("two encoders in one folder are refused, naming both prefixes", async (t) => {
  const embeddings = { shape: [1, 1], values: [1] };
  const name = "embeddings.word_embeddings.weight";
  const two = (a: string, b: string) =>
    openFiles(t, { "model.safetensors": floats({ [a + name]: embeddings, [b + name]: embeddings }) });
  await refuses(
    () => two("question_encoder.bert_model.", "ctx_encoder.bert_model."),
    /2 encoders: under "question_encoder\.bert_model\.", under "ctx_encoder\.bert_model\."; save only the encoder you want/,
    {},
  );
  await refuses(() => two("teacher.bert.", ""), /2 encoders: under "teacher\.bert\.", without prefix/, {});
});

test("a tensor that was left out for another with its values is read from that, as the metadata says", async (t) => {
  const words = "bert.embeddings.word_embeddings.weight";
  const decoder = "cls.predictions.decoder.weight";
  const tied = (metadata: Record<string, string>) =>
    withWeights(
      t,
      renamed((name) => (name === words ? decoder : name), { format: "pt", ...metadata }),
    );
  const pretrained = await opened(t, tied({ [words]: decoder }));
  const there = await opened(t, "test/fixtures/models/tiny-bert");
  const name = words.slice("bert.".length);
  assert.deepEqual(await pretrained.readRaw(name), await there.readRaw(name));
  assert.equal(await pretrained.sha256(name), await there.sha256(name));
  assert.deepEqual(await notesOf(t, tied({ [words]: "cls.a", "cls.a": "cls.b", "cls.b": decoder })), []);
  const wrapped = renamed((stored) => (stored === words ? `module.${decoder}` : `module.${stored}`), {
    [`module.${words}`]: `module.${decoder}`,
  });
  assert.equal((await opened(t, withWeights(t, wrapped))).tensors.has(name), true);
  const missing = async (metadata: Record<string, string>) => {
    const folder = tied(metadata);
    const broken = await opened(t, folder);
    const config = await readConfig(folder);
    await refuses(() => checkShapes(broken, config), /no such tensor, which config\.json asks for \(they have /, {
      at: `tensor ${name}`,
    });
  };
  await missing({});
  await missing({ [words]: "nothing.there" });
  await missing({ [words]: "a", a: words });
});

test("blocks beyond those of config.json and tensors of no known part are not used, and this is said", async (t) => {
  const config = JSON.parse(readFileSync("test/fixtures/models/tiny-bert/config.json", "utf8"));
  const fewer = copyOf(t, "tiny-bert", { "config.json": JSON.stringify({ ...config, num_hidden_layers: 1 }) });
  assert.deepEqual(await notesOf(t, fewer), [
    "config.json says 1 layer and the weights have 3: those from encoder.layer.1 on are not used.",
  ]);
  const more = renamed((name) => name.replace(/^classifier\./, "2.linear."));
  assert.deepEqual(await notesOf(t, withWeights(t, more)), [
    "Not used: 2 tensors of the weights that this kind of model does not have (2.linear.bias, 2.linear.weight).",
  ]);
  const known = renamed((name) => name.replace(/^classifier\./, "cls.predictions."));
  assert.deepEqual(await notesOf(t, withWeights(t, known)), []);
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
