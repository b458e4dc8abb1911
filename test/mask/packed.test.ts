// Packed masks: Python decodes what MaskLens writes, plain files come back byte for byte, and damage is refused.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { checksumOf } from "../../src/checksum.ts";
import { InputError } from "../../src/errors.ts";
import { emptyBits, fullBits } from "../../src/mask/bits.ts";
import { decodeMask, encodeMask, encodePacked, encodePlain, metadataOf, type Packing } from "../../src/mask/file.ts";
import type { MatrixFacts, Packed } from "../../src/mask/metadata.ts";
import type { Contexts } from "../../src/mask/packed/matrix.ts";
import { fillWords } from "../../src/philox.ts";
import { decodeSafetensors, encodeSafetensors, type TensorBytes } from "../../src/safetensors.ts";
import { Draw } from "../fuzz/draw.ts";
import { facts, packedBase } from "./fixture.ts";

const FILE = "a.mask.safetensors";
const fixture = (name: string) => readFileSync(`test/fixtures/mask/${name}`);
const bare = async (bytes: Uint8Array) => {
  const { metadata, matrices, tensors } = await decodeMask(bytes, FILE);
  return Buffer.concat(await encodeMask({ metadata: { ...metadata, initial: null }, matrices, tensors }));
};
const only = (contexts: Contexts) => () => [contexts];

/** How each packed fixture is made: of "other", with these contexts in every matrix. */
const PACKED: Record<string, { readonly bare?: true; readonly packing: Packing }> = {
  scores: { packing: { choices: only({ scores: true, lines: true, signs: false }) } },
  base: { packing: { base: packedBase, choices: only({ scores: true, lines: false, signs: true }) } },
  neighbours: { bare: true, packing: { choices: only({ scores: false, lines: true, signs: false }) } },
  magnitudes: { bare: true, packing: { base: packedBase, choices: only({ scores: false, lines: true, signs: true }) } },
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

type Forging = (metadata: Record<string, string>, tensors: TensorBytes[]) => void;

/** The file with its metadata or tensors changed, and its checksum right again. */
async function forged(file: Uint8Array, change: Forging): Promise<Buffer> {
  const { header, bytesOf } = decodeSafetensors(file, FILE);
  const tensors = [...header.entries.values()].map(
    ({ name, type, shape }): TensorBytes => ({ name, type, shape, bytes: new Uint8Array(bytesOf(name)) }),
  );
  change(header.metadata, tensors);
  header.metadata.checksum = JSON.stringify(await checksumOf(header.metadata, tensors));
  return Buffer.concat(encodeSafetensors(tensors, header.metadata));
}

for (const name of Object.keys(PACKED))
  test(`streams packed by ${name} that decode to other bits are refused, even if the file's own checksum is right`, async () => {
    const draw = new Draw(3, name);
    const packed = fixture(`packed-${name}.mask.safetensors`);
    const whole = await decodeMask(packed, FILE, { baseOf: packedBase });
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      const changed = await forged(packed, (_, tensors) => {
        const at = draw.pick([...tensors.keys()].filter((at) => tensors[at]!.type === "U8"));
        const { name, bytes } = tensors[at]!;
        bytes[draw.below(i % 3 ? bytes.length : 5)]! ^= 1 << draw.below(8);
        const kept = i % 2 ? bytes : bytes.subarray(0, draw.below(bytes.length));
        tensors[at] = { name, type: "U8", shape: [kept.length], bytes: kept };
      });
      const read = await decodeMask(changed, FILE, { baseOf: packedBase }).catch((error: InputError) => error);
      if (read instanceof InputError) {
        assert.match(read.message, /its stream cannot be decoded; |its checksum does not match: /);
        refused++;
      } else assert.deepEqual(read, whole); // such as after a change in the reach of flips, which nothing reads
    }
    assert.ok(refused >= 50, `${refused} were refused`);
  });

/** The file with one of its metadata values changed. */
const edited = (file: Uint8Array, key: string, edit: (value: unknown) => unknown, change: Forging = () => {}) =>
  forged(file, (metadata, tensors) => {
    metadata[key] = JSON.stringify(edit(JSON.parse(metadata[key]!)));
    change(metadata, tensors);
  });

test("a small file with large matrices, a later version or another base model is refused in a sentence", async () => {
  const { packed } = await made("scores");
  /** The first matrix with this shape, and a stream that has one byte for each 1,000 of its weights. */
  const shaped = (rows: number, columns: number) =>
    edited(
      packed,
      "matrices",
      (all) => (all as MatrixFacts[]).map((one, i) => (i ? one : { ...one, rows, columns })),
      ({ matrices }, tensors) => {
        const { name } = JSON.parse(matrices!)[0];
        const bytes = new Uint8Array((rows * columns) / 1000);
        bytes[0] = 1;
        tensors[tensors.findIndex((one) => one.name === name)] = { name, type: "U8", shape: [bytes.length], bytes };
      },
    );
  const longer = (all: unknown) => (all as MatrixFacts[]).map((one, i) => (i ? one : { ...one, rows: 2 ** 16 }));
  const many = (all: unknown) =>
    Array.from({ length: 17 }, (_, i) => ({
      ...(all as MatrixFacts[])[0]!,
      name: `${i}`,
      rows: 2 ** 13,
      columns: 2 ** 14,
    }));
  const cases: [Promise<Buffer>, RegExp][] = [
    [edited(packed, "matrices", longer), /its stream cannot be decoded; /],
    [shaped(10 ** 6, 1), /its checksum does not match: /],
    [shaped(10 ** 9, 1), /packed files cannot have a matrix of 1000000000 × 1 weights; use a plain mask file/],
    [shaped(1, 10 ** 9), /packed files cannot have a matrix of 1 × 1000000000 weights; /],
    [shaped(40_000, 40_000), /packed files cannot have a matrix of 40000 × 40000 weights; /],
    [edited(packed, "matrices", many), /packed files cannot have 2,281,701,376 weights; /],
    [edited(packed, "packed", (about) => ({ ...(about as Packed), version: 2 })), /metadata\.packed/],
    [
      edited(packed, "packed", (about) => ({ ...(about as Packed), base: "1".repeat(64) })),
      /it was packed with a different base model than the mask's; /,
    ],
  ];
  for (const [file, message] of cases)
    await assert.rejects(
      file.then((bytes) => decodeMask(bytes, FILE)),
      { name: "InputError", message },
    );
});

test("a plain mask with bits beyond its columns, without a matrix or with wrong shapes is refused before it is packed", async () => {
  const plain = fixture("other.mask.safetensors");
  const [{ name }] = JSON.parse(decodeSafetensors(plain, FILE).header.metadata.matrices!);
  const at = (tensors: readonly TensorBytes[]) => tensors.findIndex((one) => one.name === name);
  const cases: [Promise<Buffer>, RegExp][] = [
    [
      forged(plain, (_, tensors) => tensors[at(tensors)]!.bytes.fill(255)),
      /^in\.mask\.safetensors.*: bits beyond its 84 columns are set \(row 0\); /,
    ],
    [
      forged(plain, (_, tensors) => tensors.splice(at(tensors), 1)),
      /^in\.mask\.safetensors.*: its metadata lists this mask, but the file does not contain it; /,
    ],
    [
      edited(plain, "matrices", (all) => (all as MatrixFacts[]).map((one) => ({ ...one, rows: 2 ** 50 }))),
      /^in\.mask\.safetensors.*: it is U8 \[84, 11\], but a mask of 1125899906842624 × 84 weights must be /,
    ],
  ];
  for (const [file, message] of cases)
    await assert.rejects(
      file.then((bytes) => encodePacked(bytes, "in.mask.safetensors")),
      { name: "InputError", message },
    );
});

test("a file that was packed with a base model needs it only if a stream depends on its weights", async () => {
  const plain = fixture("other.mask.safetensors");
  const choices = only({ scores: true, lines: true, signs: false });
  const packed = Buffer.concat(await encodePacked(plain, FILE, { base: packedBase, choices }));
  assert.equal((await decodeMask(packed, FILE)).packed!.base, null);
  assert.deepEqual(packed, Buffer.concat(await encodePacked(plain, FILE, { choices })));
});

test("a mask packed with its base model is refused without it, in one sentence", async () => {
  const { packed } = await made("base");
  const message =
    /packed with the weights of its base model .* and cannot be read without them; restore the base model/;
  await assert.rejects(decodeMask(packed, FILE), { name: "InputError", message });
});
