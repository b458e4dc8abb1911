// Pruned exports of masks that leave heads and neurons dead, against the logits of transformers (test/fixtures/models/dead.py).

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openBase } from "../../src/adaptation/base.ts";
import { exportModel } from "../../src/adaptation/export/export.ts";
import { readMask } from "../../src/adaptation/read.ts";
import { unpackBits } from "../../src/mask/bits.ts";
import { encodeTuned } from "../../src/mask/file.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { ScoringModel } from "../../src/program/scoring-model.ts";
import { encodeSafetensors, type TensorBytes } from "../../src/safetensors.ts";
import { flipped, randomBits } from "../mask/fixture.ts";
import { folderOf } from "../model/folders.ts";
import { FAMILIES, maskedFixture } from "../program/masked-fixture.ts";
import { deadMask } from "./dead-masks.ts";
import { MODEL, maskFile } from "./tiny.ts";

async function tensorIn(folder: string, name: string): Promise<Float32Array> {
  const pretrained = await openPretrained(folder);
  const data = await pretrained.readFloat32(name);
  await pretrained.close();
  return data;
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  assert.equal(a.length, b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};

/** Runs ONNX files over batches, an example at a time, in a process that knows nothing of this project. */
const RUN_ONNX = `
  import { cpSync, readFileSync, writeFileSync } from "node:fs";
  import { InferenceSession, Tensor } from "onnxruntime-node";
  const found = [];
  for (const { file, ids, masks, types } of JSON.parse(readFileSync(0, "utf8"))) {
    const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
    const [, length] = session.inputMetadata[0].shape;
    const row = (values, rest = 0) => new Tensor("int64", BigInt64Array.from({ length }, (_, i) => BigInt(values[i] ?? rest)), [1, length]);
    const logits = [];
    for (let i = 0; i < ids.length; i++) {
      const given = { input_ids: row(ids[i], file.includes("roberta") ? 1 : 0), attention_mask: row(masks[i]), token_type_ids: row(types[i]) };
      const feeds = Object.fromEntries(session.inputNames.map((name) => [name, given[name]]));
      logits.push(...(await session.run(feeds)).logits.data);
    }
    found.push(logits);
  }
  console.log(JSON.stringify(found));
`;

test("a pruned export has the logits that transformers gives under the mask, as a model and as ONNX", async (t) => {
  const home = folderOf(t);
  const onnx = [];
  for (const family of FAMILIES) {
    const { mask, logits } = await deadMask(family, home);
    const { batch, release } = await maskedFixture(family, "masking");
    const out = path.join(home, `${family}-model`);
    const { pruned, architecture } = await exportModel({ adaptation: mask, out, prune: true });
    assert.match(architecture, /ForSequenceClassification$/);
    // Layer 1 has the most living neurons: all but 3–7.
    assert.deepEqual(
      pruned!.layers.map(({ heads, neurons }) => [heads.dead, heads.removed, neurons.dead, neurons.removed]),
      [
        [3, 0, 25, 5],
        [0, 0, 5, 5],
        [4, 0, 64, 5],
      ],
    );
    assert.deepEqual(pruned!.deadHeads, { 0: [1, 2, 3], 2: [0, 1, 2, 3] });

    const base = await openBase(out);
    assert.equal(base.config.feedForward, 59);
    const model = new ScoringModel(base.config, base.pretrained, "cpu");
    const tensors = await Promise.all(
      [...base.pretrained.tensors].map(async ([name, { shape }]) => ({
        ...{ name, shape },
        data: await base.pretrained.readFloat32(name),
      })),
    );
    const scorer = await model.under({ classifier: "sequence", labels: 3 }, { matrices: [], tensors }, out);
    assert.ok(largest(await scorer.logits(batch), logits) < 1e-6);
    scorer.release();
    await model.release();
    await base.pretrained.close();

    const file = path.join(home, `${family}-onnx`);
    const found = await exportModel({ adaptation: mask, out: file, format: "onnx", prune: true });
    assert.deepEqual(
      found.pruned!.layers.map(({ heads, neurons }) => [heads.removed, neurons.removed]),
      [
        [3, 25],
        [0, 5],
        [4, 64],
      ],
    );
    assert.deepEqual(found.pruned!.pooler, { of: 32, dead: 3, removed: 3 });
    assert.deepEqual(found.pruned!.deadHeads, pruned!.deadHeads);
    const rows = (values: ArrayLike<number | bigint>) =>
      Array.from({ length: batch.size }, (_, i) =>
        Array.from(values, Number).slice(i * batch.length, (i + 1) * batch.length),
      );
    onnx.push({
      file: path.join(file, "model.onnx"),
      ...{ ids: rows(batch.ids), masks: rows(batch.attention), types: rows(batch.typeIds) },
      logits,
    });
    await release();
  }
  const found: number[][] = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", RUN_ONNX], {
      input: JSON.stringify(onnx),
      encoding: "utf8",
    }),
  );
  for (const [i, { file, logits }] of onnx.entries()) assert.ok(largest(found[i]!, logits) < 1e-6, file);
});

test("the constant of a neuron without input weights is its activation, whichever the model has", async (t) => {
  for (const activation of ["relu", "silu", "gelu_new"]) {
    const home = folderOf(t);
    const base = path.join(home, "model");
    cpSync("test/fixtures/models/tiny-bert", base, { recursive: true });
    const config = JSON.parse(readFileSync(path.join(base, "config.json"), "utf8"));
    writeFileSync(path.join(base, "config.json"), JSON.stringify({ ...config, hidden_act: activation }));
    const { mask } = await deadMask("bert", home, { base });
    const out = path.join(home, "out");
    const { pruned } = await exportModel({ adaptation: mask, out, prune: true });
    assert.ok(pruned!.latency!.difference < 1e-6, activation);
    const name = "encoder.layer.0.output.dense.bias";
    const [before, after] = [await tensorIn(base, name), await tensorIn(out, name)];
    assert.ok(largest(before, after) > 1e-4, activation); // there are constants to add
  }
});

test("a pruned model keeps the 16 bits of its weights, but not of the biases that constants are added to", async (t) => {
  const home = folderOf(t);
  const base = path.join(home, "model");
  cpSync(MODEL, base, { recursive: true });
  const pretrained = await openPretrained(MODEL);
  const tensors: TensorBytes[] = [];
  for (const [name, { shape }] of pretrained.tensors) {
    const words = new Uint16Array((await pretrained.readRaw(name)).slice().buffer);
    const bytes = new Uint8Array(words.filter((_, i) => i % 2).buffer); // the upper halves
    tensors.push({ name, type: "BF16", shape, bytes });
  }
  await pretrained.close();
  writeFileSync(path.join(base, "model.safetensors"), Buffer.concat(encodeSafetensors(tensors, {})));
  const { mask } = await deadMask("bert", home, { base });
  const out = path.join(home, "out");
  const { pruned } = await exportModel({ adaptation: mask, out, prune: true });
  assert.ok(pruned!.latency!.difference < 1e-6);
  const exported = await openPretrained(out);
  const typeOf = (name: string) => exported.tensors.get(`encoder.layer.0.${name}`)!.type;
  assert.deepEqual(["output.dense.weight", "intermediate.dense.bias", "output.dense.bias"].map(typeOf), [
    "BF16",
    "BF16",
    "F32",
  ]);
  await exported.close();
});

test("tuned tensors that are zero where a mask is off are pruned like the mask", async (t) => {
  const home = folderOf(t);
  const file = (await deadMask("bert", home)).mask;
  const { metadata, matrices, tensors } = await readMask(file);
  const tuned = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const { name, bits } of matrices) {
    const data = tuned.get(name)?.data.slice() ?? (await tensorIn(MODEL, name));
    const kept = unpackBits(bits, new Float32Array(data.length));
    tuned.set(name, { name, shape: [bits.rows, bits.columns], data: data.map((weight, i) => weight * kept[i]!) });
  }
  const adaptation = path.join(home, "bert.tuned.safetensors");
  writeFileSync(
    adaptation,
    Buffer.concat(await encodeTuned({ metadata: { ...metadata, initial: null }, tensors: [...tuned.values()] })),
  );
  const both = [];
  for (const one of [file, adaptation]) {
    const out = path.join(home, path.basename(one).replaceAll(".", "-"));
    both.push((await exportModel({ adaptation: one, out, format: "onnx", prune: true })).pruned!);
  }
  const [ofMask, ofTuned] = both;
  assert.ok(ofTuned!.latency!.difference < 1e-6);
  for (const part of ["layers", "pooler", "remaining", "parameters", "zeros"] as const)
    assert.deepEqual(ofTuned![part], ofMask![part], part);
});

test("a pruned tagger gives every token the same logits, and has no pooler to prune", async (t) => {
  const home = folderOf(t);
  const { mask } = await deadMask("bert", home, { kind: "tagging" });
  const { pruned } = await exportModel({ adaptation: mask, out: path.join(home, "out"), format: "onnx", prune: true });
  assert.equal(pruned!.pooler, null);
  assert.ok(pruned!.latency!.difference < 1e-6);
  assert.equal(pruned!.layers[2]!.heads.removed, 4);
});

test("lines of zeros that cannot be removed alone are counted, and sizes and latency are those before and after", async (t) => {
  const home = folderOf(t);
  const { mask } = await deadMask("bert", home);
  const out = path.join(home, "out");
  const { pruned } = await exportModel({ adaptation: mask, out, prune: true });
  // Layer 1: a value dimension; of the logits', two whose key is zeros (a query of zeros keeps its bias). Layer 0's heads are dead.
  assert.deepEqual(pruned!.remaining, { logits: 2, values: 1, rows: 1, columns: 1 });
  assert.deepEqual(pruned!.nearest, { head: null, neuron: null });
  const config = JSON.parse(readFileSync(path.join(out, "config.json"), "utf8"));
  assert.equal(config.intermediate_size, 59);
  const { parameters, bytes, latency, zeros } = pruned!;
  const perNeuron = 2 * 32 + 1;
  assert.equal(parameters.before - parameters.after, 3 * 5 * perNeuron);
  assert.equal(bytes.after, readFileSync(path.join(out, "model.safetensors")).length);
  assert.ok(Math.abs(bytes.before - bytes.after - 4 * 3 * 5 * perNeuron) < 100); // the headers differ by some digits
  assert.ok(latency!.before > 0 && latency!.after > 0 && latency!.pairs >= 11);
  assert.ok(latency!.ratio.low <= latency!.ratio.value && latency!.ratio.value <= latency!.ratio.high);
  assert.ok(zeros > 0);
});

test("a column of zeros counts as such if only a neuron read it that is removed", async (t) => {
  const home = folderOf(t);
  const mask = await maskFile(home, "one", ["no", "yes"], {
    bitsOf: ({ layer, kind, rows, columns }) =>
      flipped(randomBits(rows, columns, 1, 1), (i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        return layer === 0 && ((kind === "O" && column === 0) || (kind === "I" && column === 5 && row !== 0));
      }),
  });
  const { pruned } = await exportModel({ adaptation: mask, out: path.join(home, "out"), format: "onnx", prune: true });
  assert.equal(pruned!.layers[0]!.neurons.removed, 1);
  assert.deepEqual(pruned!.remaining, { logits: 0, values: 0, rows: 0, columns: 1 });
});

test("a mask that leaves nothing dead is exported as it is, with the head and neuron that come nearest", async (t) => {
  const home = folderOf(t);
  const mask = await maskFile(home, "two", ["no", "yes"]);
  const [whole, pruned] = [path.join(home, "whole"), path.join(home, "pruned")];
  await exportModel({ adaptation: mask, out: whole });
  const found = await exportModel({ adaptation: mask, out: pruned, prune: true });
  for (const name of ["config.json", "model.safetensors"])
    assert.deepEqual(readFileSync(path.join(pruned, name)), readFileSync(path.join(whole, name)), name);
  const { latency, nearest, parameters } = found.pruned!;
  assert.equal(latency, null);
  assert.equal(parameters.before, parameters.after);
  // Bits are on with a probability of 0.9, so the smaller of a row's and a column's count is a bit less than 0.9 of 32.
  assert.equal(nearest.head!.of, 8 * 32);
  assert.ok(nearest.head!.weights > 0.7 * 256 && nearest.head!.weights < 0.9 * 256);
  assert.equal(nearest.neuron!.of, 32);
  assert.ok(nearest.neuron!.weights >= 15 && nearest.neuron!.weights < 29);
});
