import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { countOnes } from "../../src/mask/bits.ts";
import { decodeAdaptation, decodeMask, decodeTuned, encodeMask, encodeTuned, metadataOf } from "../../src/mask/file.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/safetensors.ts";
import { expected, facts, pythonMask, randomBits, recipe } from "./fixture.ts";

const FILE = "a.mask.safetensors";
const sha256 = (array: Float32Array | Uint8Array) =>
  createHash("sha256")
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest("hex");

const matrices = [
  { name: "encoder.layer.0.output.dense.weight", layer: 0, kind: "O", bits: randomBits(5, 11, 0.9, 1) },
  { name: "classifier.weight", layer: null, kind: "T", bits: randomBits(2, 9, 0.9, 2) },
] as const;
const classifier = [
  { name: "classifier.weight", shape: [2, 9], data: new Float32Array(18).fill(0.5) },
  { name: "classifier.bias", shape: [2], data: Float32Array.of(1, -1) },
];

const encoded = async () =>
  new Uint8Array(Buffer.concat(await encodeMask({ metadata: facts(recipe(1)), matrices, tensors: classifier })));

/** The file with other metadata or tensors, its checksum made right again by writing it as MaskLens does not. */
async function refusal(change: (metadata: Record<string, unknown>) => void, message: RegExp) {
  const { initial, ...rest } = { ...facts(recipe(1)) };
  const metadata: Record<string, unknown> = structuredClone({ ...rest, initial });
  change(metadata);
  const bytes = Buffer.concat(await encodeMask({ metadata: metadata as never, matrices, tensors: classifier }));
  await assert.rejects(decodeMask(bytes, FILE), { name: "InputError", message });
}

for (const name of ["sentiment", "topic", "other"])
  test(`the mask ${name}, written by Python, is read bit by bit`, async () => {
    const { matrices, tensors, metadata } = await pythonMask(name);
    const wanted = expected.masks[name]!;
    assert.deepEqual(Object.fromEntries(matrices.map((m) => [m.name, countOnes(m.bits)])), wanted.ones);
    assert.deepEqual(Object.fromEntries(matrices.map((m) => [m.name, sha256(m.bits.bytes)])), wanted.sha256);
    assert.deepEqual(Object.fromEntries(tensors.map((t) => [t.name, sha256(t.data)])), wanted.classifier);
    assert.equal(metadata.training.steps, 264);
  });

test("a mask written here has the tensors that Python's writer gives it", async () => {
  const mask = await pythonMask("sentiment");
  const written = decodeSafetensors(Buffer.concat(await encodeMask(mask)), FILE);
  const python = decodeSafetensors(readFileSync("test/fixtures/mask/sentiment.mask.safetensors"), FILE);
  assert.deepEqual([...written.header.entries.keys()].sort(), [...python.header.entries.keys()].sort());
  for (const name of python.header.entries.keys())
    assert.deepEqual(new Uint8Array(written.bytesOf(name)), new Uint8Array(python.bytesOf(name)), name);
});

test("what is written is read again, equal bytes each time", async () => {
  const bytes = await encoded();
  const mask = await decodeMask(bytes, FILE);
  assert.deepEqual(mask.matrices, matrices);
  assert.deepEqual(mask.tensors, classifier);
  assert.deepEqual(mask.metadata.initial, recipe(1));
  assert.deepEqual(new Uint8Array(Buffer.concat(await encodeMask(mask))), bytes);
});

test("tuned tensors are read again, and are not taken for a mask", async () => {
  const bytes = Buffer.concat(await encodeTuned({ metadata: facts(null), tensors: classifier }));
  assert.deepEqual((await decodeTuned(bytes, FILE)).tensors, classifier);
  assert.equal((await decodeAdaptation(bytes, FILE)).format, "tuned");
  await assert.rejects(decodeMask(bytes, FILE), { name: "InputError", message: /tuned tensors, not a mask/ });
  await assert.rejects(decodeTuned(await encoded(), FILE), {
    name: "InputError",
    message: /a mask, not tuned tensors/,
  });
});

test("any flipped bit is noticed, in header and tensors alike", async () => {
  const bytes = await encoded();
  const unnoticed: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const damaged = bytes.slice();
    damaged[i]! ^= 1 << (i % 8);
    const error: unknown = await decodeAdaptation(damaged, FILE).catch((thrown: unknown) => thrown);
    if (!(error instanceof Error && error.name === "InputError")) unnoticed.push(i);
  }
  assert.deepEqual(unnoticed, []);
});

test("a file that is no adaptation is refused, with what to give instead, by its header alone as well", async () => {
  const bytes = Buffer.concat(encodeSafetensors([], { format: "pt" }));
  const refused = { name: "InputError", message: /choose a file made by MaskLens/ };
  await assert.rejects(decodeAdaptation(bytes, FILE), refused);
  assert.throws(() => metadataOf(decodeSafetensors(bytes, FILE).header, FILE), refused);
});

test("a later version of the format is refused", async () => {
  const { header, bytesOf } = decodeSafetensors(await encoded(), FILE);
  const tensors = [...header.entries.values()].map((entry) => ({ ...entry, bytes: bytesOf(entry.name) }));
  const bytes = Buffer.concat(encodeSafetensors(tensors, { ...header.metadata, formatVersion: "2" }));
  await assert.rejects(decodeAdaptation(bytes, FILE), {
    name: "InputError",
    message: /version is 2, but this version of MaskLens reads version 1; .* a later version/,
  });
});

test("a metric without an interval keeps why it has none", async () => {
  const metrics = {
    test: {
      examples: 8,
      matthews: { value: 0, low: null, high: null, reason: 'undefined, so 0: all predictions are "no"' },
      accuracy: { value: 0.5, low: 0.2, high: 0.8 },
    },
  };
  const metadata = { ...facts(recipe(1)), metrics };
  const bytes = Buffer.concat(await encodeMask({ metadata, matrices, tensors: classifier }));
  assert.deepEqual((await decodeMask(bytes, FILE)).metadata.metrics, metrics);
  await refusal(
    (m) => Object.assign(m, { metrics: { test: { examples: 8, f1: { value: 0, low: "none", high: null } } } }),
    /metadata\.metrics\.test\.f1\.low: it must be a number/,
  );
});

test("metadata that lacks or garbles a key is refused, naming the key", async () => {
  await refusal((metadata) => delete metadata.tool, /metadata\.tool: it is missing/);
  await refusal(
    (m) => Object.assign(m.initial as object, { maskSeed: -1 }),
    /metadata\.initial\.maskSeed: it must be a whole/,
  );
  await refusal(
    (m) => Object.assign(m.base as object, { weights: { a: "b" } }),
    /metadata\.base\.weights\.a: it must be a hexadecimal SHA-256 digest, but is "b"/,
  );
  await refusal(
    (m) => Object.assign(m, { metrics: { test: { accuracy: {} } } }),
    /metadata\.metrics\.test\.examples: it is missing/,
  );
  await refusal((m) => Object.assign(m, { initial: undefined }), /metadata\.initial: it is missing/);
});

test("bits beyond the columns are refused, naming the matrix", async () => {
  const bits = { ...matrices[0].bits, bytes: matrices[0].bits.bytes.slice() };
  bits.bytes[3]! |= 0x80;
  const bytes = Buffer.concat(
    await encodeMask({ metadata: facts(null), matrices: [{ ...matrices[0], bits }], tensors: [] }),
  );
  await assert.rejects(decodeMask(bytes, FILE), {
    name: "InputError",
    message: /output\.dense\.weight: bits beyond its 11 columns/,
  });
});

test("values that are no numbers are refused, naming the tensor", async () => {
  const broken = [{ name: "classifier.bias", shape: [1], data: Float32Array.of(Number.NaN) }];
  const bytes = Buffer.concat(await encodeMask({ metadata: facts(null), matrices, tensors: broken }));
  await assert.rejects(decodeMask(bytes, FILE), {
    name: "InputError",
    message: /tensor classifier\.bias: value 0 is NaN/,
  });
});

test("the Python that the docs print is what wrote and read the fixtures", () => {
  const script = ["make", "packed"].map((name) => readFileSync(`test/fixtures/mask/${name}.py`, "utf8")).join("");
  const layers = readFileSync("docs/mask-file.md", "utf8")
    .split("```python\n")
    .slice(1)
    .map((part) => part.split("```")[0]!);
  const marked = script
    .split("# docs\n")
    .slice(1)
    .map((part) => part.split("# end\n")[0]!);
  const printed = layers.filter((layer) => /^(import|def|class)/.test(layer));
  assert.deepEqual(printed.sort(), marked.sort()); // the page explains in another order than the script needs
});
