// Packed masks: Python decodes what MaskLens writes, plain files come back byte for byte, and damage is refused.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { emptyBits, fullBits } from "../../src/mask/bits.ts";
import { decodeMask, encodeMask, encodePacked, encodePlain, metadataOf, type Packing } from "../../src/mask/file.ts";
import type { WeightsOf } from "../../src/mask/initial.ts";
import type { Contexts } from "../../src/mask/packed/matrix.ts";
import { fillWords, streamOf, uniform } from "../../src/philox.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/safetensors.ts";
import { facts } from "./fixture.ts";

const FILE = "a.mask.safetensors";
const fixture = (name: string) => readFileSync(`test/fixtures/mask/${name}`);
const bare = async (bytes: Uint8Array) => {
  const { metadata, matrices, tensors } = await decodeMask(bytes, FILE);
  return Buffer.concat(await encodeMask({ metadata: { ...metadata, initial: null }, matrices, tensors }));
};
const base = async (): Promise<WeightsOf> => {
  const { matrices } = await decodeMask(fixture("other.mask.safetensors"), FILE);
  const sizes = new Map(matrices.map(({ name, bits }) => [name, bits.rows * bits.columns]));
  return (name) => {
    const words = new Uint32Array(sizes.get(name)!);
    fillWords(words, 1, streamOf(name));
    return Float32Array.from(words, (word) => uniform(word) - 0.5);
  };
};
const only = (contexts: Contexts) => () => [contexts];

/** How each packed fixture is made: of "other", with these contexts in every matrix. */
const PACKED: Record<string, { readonly bare?: true; readonly packing: Packing }> = {
  scores: { packing: { choices: only({ scores: true, lines: true, signs: false }) } },
  base: { packing: { base, choices: only({ scores: true, lines: false, signs: true }) } },
  neighbours: { bare: true, packing: { choices: only({ scores: false, lines: true, signs: false }) } },
  magnitudes: { bare: true, packing: { base, choices: only({ scores: false, lines: true, signs: true }) } },
};

async function made(name: string): Promise<{ plain: Buffer; packed: Buffer; packing: Packing }> {
  const { bare: isBare, packing } = PACKED[name]!;
  const other = fixture("other.mask.safetensors");
  const plain = isBare ? await bare(other) : Buffer.concat(await encodePlain(other, FILE));
  return { plain, packing, packed: Buffer.concat(await encodePacked(plain, FILE, packing)) };
}

for (const name of Object.keys(PACKED))
  test(`Python decodes the bits of a mask packed by ${name}`, async () => {
    const { plain, packed } = await made(name);
    const file = `packed-${name}.mask.safetensors`;
    if (process.env.MASKLENS_FIXTURES === "write") writeFileSync(`test/fixtures/mask/${file}`, packed);
    assert.deepEqual(packed, fixture(file));
    const { matrices } = await decodeMask(plain, FILE);
    const digests = matrices.map(({ name, bits }) => [name, createHash("sha256").update(bits.bytes).digest("hex")]);
    assert.deepEqual(Object.fromEntries(digests), JSON.parse(fixture("packed.json").toString())[name]);
  });

test("a packed mask decodes to what the plain one does, and to the plain file again", async () => {
  for (const name of Object.keys(PACKED)) {
    const { plain, packed, packing } = await made(name);
    const unpacking = packing.base ? { baseOf: packing.base } : {};
    const { packed: about, ...mask } = await decodeMask(new Uint8Array(packed), FILE, unpacking);
    assert.deepEqual(mask, await decodeMask(new Uint8Array(plain), FILE));
    assert.equal(about!.base, packing.base ? mask.metadata.base.fingerprint : null);
    assert.deepEqual(metadataOf(decodeSafetensors(packed, FILE).header, FILE), mask.metadata);
    assert.deepEqual(Buffer.concat(await encodePlain(packed, FILE, unpacking)), plain);
  }
});

test("each matrix is coded in the way that is smallest", async () => {
  const plain = fixture("sentiment.mask.safetensors");
  const sizeOf = async (packing: Packing) => Buffer.concat(await encodePacked(plain, FILE, packing)).length;
  const best = await sizeOf({});
  for (const scores of [true, false])
    for (const lines of [true, false])
      assert.ok(best <= (await sizeOf({ choices: only({ scores, lines, signs: false }) })));
  assert.ok(best < 0.8 * plain.length);
});

test("bits that nothing predicts stay plain, and empty and full masks take next to nothing", async () => {
  const shape = { rows: 64, columns: 104 };
  const random = emptyBits(shape.rows, shape.columns);
  const words = new Uint32Array(random.bytes.length);
  fillWords(words, 5, 5);
  random.bytes.set(words.map((word) => word >>> 24));
  const sizes = [];
  for (const bits of [random, emptyBits(shape.rows, shape.columns), fullBits(shape.rows, shape.columns)]) {
    const matrices = [{ name: "encoder.layer.0.intermediate.dense.weight", layer: 0, kind: "I", bits } as const];
    const plain = Buffer.concat(await encodeMask({ metadata: facts(null), matrices, tensors: [] }));
    const packed = Buffer.concat(await encodePacked(plain, FILE));
    assert.deepEqual(Buffer.concat(await encodePlain(packed, FILE)), plain);
    const { header, bytesOf } = decodeSafetensors(packed, FILE);
    sizes.push(bytesOf([...header.entries.keys()][0]!).length);
  }
  assert.equal(sizes[0], 1 + random.bytes.length);
  assert.ok(sizes[1]! < 100 && sizes[2]! < 100, String(sizes));
});

test("a packed file with any byte changed, or cut anywhere, is refused", async () => {
  const { packed } = await made("scores");
  const start = decodeSafetensors(packed, FILE).header.dataStart;
  const refused = { name: "InputError", message: /^a\.mask\.safetensors/ };
  for (let at = start; at < packed.length; at += 7) {
    const changed = Buffer.from(packed);
    changed[at]! ^= 1 << (at % 8);
    await assert.rejects(decodeMask(changed, FILE), refused);
  }
  for (let end = start; end < packed.length; end += 97)
    await assert.rejects(decodeMask(packed.subarray(0, end), FILE), refused);
});

/** The file with one metadata value or stream replaced, and the checksum of the packed file right again. */
async function forged(packed: Buffer, change: (metadata: Record<string, string>, first: Uint8Array) => void) {
  const { checksumOf } = await import("../../src/checksum.ts");
  const { header, bytesOf } = decodeSafetensors(packed, FILE);
  const tensors = [...header.entries.values()].map((entry) => ({
    ...entry,
    bytes: new Uint8Array(bytesOf(entry.name)),
  }));
  const first = tensors.find(({ type }) => type === "U8")!;
  change(header.metadata, first.bytes);
  header.metadata.checksum = JSON.stringify(await checksumOf(header.metadata, tensors));
  return Buffer.concat(encodeSafetensors(tensors, header.metadata));
}

test("streams that decode to other bits are refused, even if the packed file's own checksum is right", async () => {
  const { packed } = await made("scores");
  for (const at of [0, 5, 6, 20]) {
    const changed = await forged(packed, (_, stream) => {
      stream[at]! ^= 0x40;
    });
    await assert.rejects(decodeMask(changed, FILE), { name: "InputError" });
  }
});

test("metadata that would take memory or time, or a later version, are refused", async () => {
  const { packed } = await made("scores");
  const change = async (key: string, edit: (value: { version: number } & { rows: number }[]) => void) =>
    forged(packed, (metadata) => {
      const value = JSON.parse(metadata[key]!);
      edit(value);
      metadata[key] = JSON.stringify(value);
    });
  const large = await change("matrices", (matrices) => {
    matrices[0]!.rows = 2 ** 30;
  });
  await assert.rejects(decodeMask(large, FILE), /its stream cannot be decoded/);
  const later = await change("packed", (about) => {
    about.version = 2;
  });
  await assert.rejects(decodeMask(later, FILE), { name: "InputError", message: /metadata\.packed/ });
});

test("a mask packed with its base model is refused without it, in one sentence", async () => {
  const { packed } = await made("base");
  const message =
    /packed with the weights of its base model .* and cannot be read without them; restore the base model/;
  await assert.rejects(decodeMask(packed, FILE), { name: "InputError", message });
});
