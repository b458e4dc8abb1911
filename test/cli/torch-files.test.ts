// Models whose weights are a file of torch.save, as the command line reads and refuses them.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
  bytes,
  CODE,
  deflated,
  dict,
  int,
  legacy,
  pickle,
  storage,
  tensor,
  text,
  tuple,
  zipOf,
  zipped,
} from "../model/weights/torch-files.ts";
import { filesIn, folder, masklens, training } from "./run.ts";

const TORCH = path.resolve("test/fixtures/torch");

/** A folder of the small model with these weights: a file of the fixtures, or bytes. */
function modelOf(weights: string | Uint8Array, name = "pytorch_model.bin"): string {
  const place = folder();
  for (const file of ["config.json", "vocab.txt"]) copyFileSync(path.join(TORCH, file), path.join(place, file));
  if (typeof weights === "string") copyFileSync(path.join(TORCH, weights), path.join(place, name));
  else writeFileSync(path.join(place, name), weights);
  return place;
}

test("a model in pytorch_model.bin trains to the same predictions as its safetensors", async () => {
  const predictions: string[] = [];
  for (const [weights, name] of [
    ["model.safetensors", "model.safetensors"],
    ["zip.bin", undefined],
    ["legacy.bin", undefined],
  ] as const) {
    const base = modelOf(weights, name);
    const run = path.join(folder(), "run");
    const { code, err } = await masklens([...training(run, { base }), "--json"]);
    assert.equal(code, 0, err);
    const mask = path.join(run, "run.mask.safetensors");
    const { code: read, out } = await masklens(["predict", mask], { input: "good film\nvery bad dog\n" });
    assert.equal(read, 0);
    predictions.push(out.replaceAll(run, ""));
  }
  assert.ok(predictions[0]!.length > 100);
  assert.deepEqual(predictions[1], predictions[0]);
  assert.deepEqual(predictions[2], predictions[0]);
});

test("info on a model tells its tokenizer, its classifier's labels, and what is to be said of its weights", async () => {
  const { code, out, err } = await masklens(["info", modelOf("trainer.bin"), "--json"]);
  assert.equal(code, 0, err);
  const { classifier, notes, tokenizer, types } = JSON.parse(out);
  assert.deepEqual(classifier, { rows: 2, labels: ["no", "yes"] });
  assert.deepEqual(types, ["F32"]);
  assert.equal(tokenizer.size, 13);
  assert.equal(notes.length, 2);
  const { out: printed } = await masklens(["info", modelOf("trainer.bin")]);
  for (const note of notes) assert.ok(printed.split("\n").includes(note), note);
  assert.match(printed, /classifier +2 labels: no, yes/);
});

test("info refuses a model whose tokenizer or weights training would refuse", async () => {
  const broken = modelOf("zip.bin");
  writeFileSync(path.join(broken, "vocab.txt"), `${readFileSync(path.join(TORCH, "vocab.txt"), "utf8")}more\nwords\n`);
  await refuses(broken, /embeds only 13 tokens/);
  const deeper = modelOf("zip.bin");
  const config = JSON.parse(readFileSync(path.join(TORCH, "config.json"), "utf8"));
  writeFileSync(path.join(deeper, "config.json"), JSON.stringify({ ...config, num_hidden_layers: 12 }));
  await refuses(deeper, /do not contain this tensor.*they have 2 layers, but config.json specifies 12 layers/);
});

test("a folder of the Hub's cache is a model, and a file of a model is not", async () => {
  const cached = path.join(folder(), "models--some-org--tiny");
  const snapshot = path.join(cached, "snapshots", "abc");
  mkdirSync(path.join(cached, "refs"), { recursive: true });
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(path.join(cached, "refs", "main"), "abc");
  for (const [name, from] of Object.entries({
    "config.json": "config.json",
    "vocab.txt": "vocab.txt",
    "pytorch_model.bin": "zip.bin",
  }))
    copyFileSync(path.join(TORCH, from), path.join(snapshot, name));
  const { code, out } = await masklens(["info", cached, "--json"]);
  assert.deepEqual([code, JSON.parse(out).id], [0, "some-org/tiny"]);
  const run = path.join(folder(), "run");
  assert.equal((await masklens([...training(run, { base: cached }), "--json"])).code, 0);
  const mask = path.join(run, "run.mask.safetensors");
  const { code: predicted } = await masklens(["predict", mask, "--model", cached], { input: "good\n" });
  assert.equal(predicted, 0);
  for (const name of ["config.json", "pytorch_model.bin"])
    await refuses(path.join(snapshot, name), /this is a file, not a model folder; use its folder: /);
});

/** `info` and `train` on this model: exit code 2, one sentence, and no run folder. */
async function refuses(base: string, sentence: RegExp): Promise<void> {
  const run = path.join(folder(), "run");
  for (const words of [["info", base], training(run, { base })]) {
    const { code, out, err } = await masklens(words);
    assert.match(err, sentence);
    assert.equal(err.trimEnd().split("\n").length, 1, err);
    assert.match(err, /; .+\.\n$/, "a remedy stands behind the semicolon");
    assert.deepEqual([code, out], [2, ""], err);
  }
  assert.deepEqual(filesIn(run), []);
}

const value = pickle(dict(text("x"), tensor()));
const HOSTILE: Record<string, readonly [Uint8Array, RegExp]> = {
  "runs a command": [
    zipped(CODE[0]![1]),
    /it refers to os\.system, but MaskLens never runs code from a file; save only the model.s weights/,
  ],
  "runs a command, in the old format": [legacy(CODE[0]![1], []), /it refers to os\.system/],
  "makes an object": [zipped(CODE[2]![1]), /it refers to posix\.system/],
  "is truncated": [readFileSync(path.join(TORCH, "zip.bin")).subarray(0, 5000), /the file is truncated/],
  "is truncated, in the old format": [
    readFileSync(path.join(TORCH, "legacy.bin")).subarray(0, 5000),
    /its pickle ends too early/,
  ],
  "is a zip bomb": [zipOf([["a/data.pkl", deflated(Buffer.alloc(100_000_000))]]), /it is compressed/],
  "has a pickle that announces 4 GB of text": [zipped(bytes("X\xff\xff\xff\xff")), /its pickle ends too early/],
  "has wrong strides": [zipped(dict(text("x"), tensor(tuple(int(4)), tuple(int(1000))))), /extend beyond the 4 values/],
  "has negative sizes": [zipped(dict(text("x"), tensor(tuple(int(-4))))), /invalid sizes or strides/],
  "lies about its type": [
    zipped(dict(text("x"), tensor(undefined, undefined, { of: storage("0", int(4), "LongStorage") }))),
    /4 values of I64 need 32/,
  ],
  "lacks a storage": [zipOf([["a/data.pkl", value]]), /entry a\/data\/0: it is missing/],
  "holds itself": [zipped(bytes("}q\x00(", text("x"), "h\x00u")), /it contains no state dict/],
};

for (const [what, [content, sentence]] of Object.entries(HOSTILE))
  test(`a pytorch_model.bin that ${what} is refused in one sentence`, () => refuses(modelOf(content), sentence));
