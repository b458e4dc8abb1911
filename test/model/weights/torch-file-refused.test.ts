// Files of torch.save that are refused, and with which words: code, damage, and what torch would not write.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { Random } from "../../../src/data/random.ts";
import { InputError } from "../../../src/errors.ts";
import { bytesOf, readStored } from "../../../src/model/weights/stored-tensor.ts";
import { inMemory, MODEL, readBytes, refused, TORCH } from "./torch-bytes.ts";
import * as made from "./torch-files.ts";

const { bytes, dict, int, legacy, long, storage, tensor, text, tuple, zipOf, zipped } = made;

for (const [index, [name, code]] of made.CODE.entries())
  test(`a pickle that asks for ${name} is refused by that name and not run (${index})`, async () => {
    const what = new RegExp(`it refers to ${name.replaceAll(".", "\\.")}, but MaskLens never runs code from a file; `);
    await refused(zipped(code), what);
    await refused(legacy(code, []), what);
    // Where a tensor's part should be, and behind a state dict.
    await refused(zipped(dict(text("x"), tensor(code))), what);
    await refused(zipped(bytes(dict(text("x"), tensor()), code)), what);
  });

test("a global whose name would break the sentence is shown without what would", async () => {
  const name = `${"x".repeat(300)}\u0007\u202e"`;
  await refused(
    zipped(bytes(text(name), text("y\nz"), 0x93)),
    /it refers to "x+… \(307 characters\) …x\\x07\\u\{202e\}\\"\.y\\nz", but MaskLens never runs code/,
  );
  await refused(zipped(bytes(text("a\nb"), text("y"), 0x93)), /it refers to "a\\nb\.y", but MaskLens never runs code/);
});

test("instructions beyond containers, text and numbers are refused by their names", async () => {
  const instructions = {
    OBJ: "(o", NEWOBJ: bytes(tuple(), tuple(), 0x81), NEWOBJ_EX: bytes(0x92), EXT1: bytes(0x82, 1), EXT4: bytes(0x84), PERSID: "P0\n",
    STRING: "S'x'\n", BINBYTES: "B", FROZENSET: bytes("(", 0x91), NEXT_BUFFER: bytes(0x97), POP: "N0", DUP: "N2",
  }; // biome-ignore format: a table
  for (const [name, instruction] of Object.entries(instructions))
    await refused(zipped(bytes(instruction)), new RegExp(`uses the instruction ${name}, which is not supported`));
  await refused(zipped(bytes(0xff)), /damaged: 255 is not an instruction/);
});

test("pickles that do not hold together are refused", async () => {
  const cases: [Uint8Array, RegExp][] = [
    [bytes("h", 7), /refers to value 7, which it has not created/],
    [bytes("j", "\xff\xff\xff\xff"), /refers to value 4294967295/],
    [bytes("u"), /pops from an empty stack/],
    [bytes("R"), /pops from an empty stack/],
    [bytes("(NR"), /pops from an empty stack/],
    [bytes("]N", text("x"), "s"), /sets items in something that is not a dict/],
    [bytes("}(", text("x"), "u"), /sets items in something that is not a dict/],
    [bytes("}Na"), /appends to something that is not a list/],
    [bytes(int(3), ")R"), /calls something that is not a function/],
    [bytes(int(3), "}b"), /sets the attributes of an object/],
    [bytes("X\xff\xff\xff\x7f"), /its pickle ends too early/],
    [bytes(0x8d, "\xff\xff\xff\xff\xff\xff\xff\xff"), /its pickle ends too early/],
    [bytes(0x8b, "\xff\xff\xff\x0f"), /an integer of 268435455 bytes/],
    [bytes("X", 1, 0, 0, 0, 0xff), /text that is not UTF-8/],
    [bytes(0x80, 9), /uses protocol 9, but only protocols 2 to 5 are supported/],
    [bytes(text("a"), int(1), 0x93), /refers to a global by a name that is not a string/],
    [bytes(tuple(text("module"), text("x")), "Q"), /refers to an object that is not a storage/],
    [bytes(text("0"), "Q"), /refers to an object that is not a storage/],
    [storage("../0"), /a storage without a valid type, key and size/],
    [storage("0", int(-1)), /a storage without a valid type, key and size/],
    [
      bytes(tuple(text("storage"), text("FloatStorage"), text("0"), text("cpu"), int(4)), "Q"),
      /without a valid type, key/,
    ],
    [storage("0", int(4), "QInt8Storage"), /it refers to torch\.QInt8Storage/],
    [dict(text("a"), storage(), text("b"), storage("0", int(8))), /describe storage 0 differently/],
  ];
  for (const [content, what] of cases) await refused(zipped(content), what);
});

test("what is no state dict is refused, and so are several of them", async () => {
  await refused(zipped(bytes("N")), /it contains no state dict/);
  await refused(zipped(tensor()), /it contains no state dict/);
  await refused(zipped(dict(text("epoch"), int(3))), /it contains no state dict/);
  const two = dict(text("model"), dict(text("x"), tensor()), text("ema"), dict(text("x"), tensor()));
  await refused(zipped(two), /several state dicts \("model", "ema"\)/);
  await refused(zipped(dict(int(3), tensor())), /the name of a tensor is not a short string of printable characters/);
  await refused(
    zipped(dict(text("a\nb"), tensor())),
    /the name of a tensor is not a short string of printable characters/,
  );
  await refused(
    zipped(dict(text("x".repeat(1001)), tensor())),
    /the name of a tensor is not a short string of printable characters/,
  );
  // A dict that holds itself.
  await refused(zipped(bytes("}q\x00(", text("x"), "h\x00u")), /it contains no state dict/);
});

test("sizes, strides and offsets that reach beyond the storage are refused, naming the tensor", async () => {
  const at = "tensor x";
  const x = (...parts: Parameters<typeof tensor>) => zipped(dict(text("x"), tensor(...parts)));
  await refused(
    x(tuple(int(4)), tuple(int(2))),
    /sizes \[4\] and strides \[2\] at offset 0 extend beyond the 4 values/,
    at,
  );
  await refused(x(tuple(int(2), int(3)), tuple(int(3), int(1))), /extend beyond the 4 values/, at);
  await refused(x(tuple(int(4)), tuple(int(1)), { offset: int(1) }), /at offset 1 extend beyond/, at);
  const huge = long(2n ** 53n - 1n);
  await refused(x(tuple(huge, huge), tuple(huge, huge)), /extend beyond/, at);
  await refused(x(tuple(huge, huge), tuple(int(0), int(0))), /expands its storage to/, at);
  for (const [sizes, strides] of [
    [tuple(int(-4)), tuple(int(1))],
    [tuple(int(4)), tuple(int(-1))],
    [tuple(int(4)), tuple()],
    [tuple(int(4)), int(1)],
    [tuple(text("4")), tuple(int(1))],
    [tuple(long(-(2n ** 63n))), tuple(int(1))],
    [tuple(...Array(65).fill(int(1))), tuple(...Array(65).fill(int(1)))],
  ] as const)
    await refused(x(sizes, strides), /invalid sizes or strides/);
  await refused(x(tuple(int(4)), tuple(int(1)), { offset: int(-1) }), /invalid sizes or strides/);
  // Where one size is 0, the others may be any.
  const { tensors } = await readBytes(x(tuple(...Array(30).fill(huge), int(0)), tuple(...Array(31).fill(int(1)))));
  assert.equal(bytesOf(tensors.get("x")!), 0);
});

test("storages that are missing, of another size, or of another type than they say are refused", async () => {
  const one = (of: Uint8Array, values?: Uint8Array) =>
    zipped(dict(text("x"), tensor(undefined, undefined, { of })), values);
  await refused(one(storage("1")), /it is missing/, "entry archive/data/1");
  await refused(one(storage(), new Uint8Array(15)), /storage 0 has 15 bytes, but 4 values of F32 need 16/, "tensor x");
  await refused(one(storage("0", int(4), "DoubleStorage")), /4 values of F64 need 32/, "tensor x");
  await refused(one(storage("0", long(2n ** 53n - 1n))), /storage 0 has 16 bytes/, "tensor x");
});

test("zip files that torch would not write are refused", async () => {
  const value = made.pickle(dict(text("x"), tensor()));
  const four = new Uint8Array(16);
  await refused(
    zipOf([["a/data.pkl", made.deflated(value)]]),
    /it is compressed; .*never compresses/,
    "entry a/data.pkl",
  );
  const bomb = made.deflated(Buffer.alloc(50_000_000));
  await refused(zipOf([["a/data.pkl", bomb]]), /it is compressed/, "entry a/data.pkl");
  await refused(
    zipOf([
      ["a/data.pkl", value],
      ["a/data/0", bomb],
    ]),
    /it is compressed/,
    "entry a/data/0",
  );
  await refused(
    zipOf([["a/data.pkl", { bytes: value, method: 0, size: value.length, flags: 1 }]]),
    /it is encrypted/,
    "entry a/data.pkl",
  );
  const lied = { bytes: value, method: 0, size: 1_000_000_000 };
  await refused(
    zipOf([["a/data.pkl", lied]]),
    /its compressed size differs from its uncompressed size/,
    "entry a/data.pkl",
  );
  await refused(
    zipOf([
      ["a/data.pkl", value],
      ["a/data/0", four],
      ["a/data/0", four],
    ]),
    /two of its entries are named/,
  );
  await refused(
    zipOf([
      ["a/data.pkl", value],
      ["b/data.pkl", value],
    ]),
    /several data\.pkl/,
  );
  await refused(zipOf([["word/document.xml", four]]), /a zip file, but torch\.save did not write it/);
  await refused(zipOf([["a\nb/data.pkl", value]]), /data\.pkl is missing/);
  await refused(
    zipOf([
      ["a/data.pkl", value],
      ["a/constants.pkl", four],
    ]),
    /a TorchScript program/,
  );
  await refused(
    zipOf([
      ["a/data.pkl", value],
      ["a/byteorder", Buffer.from("big")],
    ]),
    /big-endian/,
  );
  await refused(
    zipOf([["a/data.pkl", Buffer.alloc(33 << 20)]]),
    /34603008 bytes, more than the limit of 33554432/,
    "entry a/data.pkl",
  );
  const many = zipOf([["a/data.pkl", value]]);
  many.writeUInt16LE(7, many.length - 12);
  await refused(many, /does not have the 7 entries/);
  const beyond = zipOf([["a/data.pkl", value]]);
  beyond.writeUInt32LE(1_000_000, beyond.length - 6);
  await refused(beyond, /its directory is beyond the end/);
});

test("legacy files whose storages do not follow their pickles are refused", async () => {
  const value = dict(text("x"), tensor());
  const four = new Uint8Array(16);
  await refused(legacy(value, ["0"], [4n, four.subarray(1)]), /truncated: it ends before the last of its storages/);
  await refused(legacy(value, ["0"]), /truncated: it ends before the last of its storages/);
  await refused(legacy(value, ["0"], [-1n, four]), /truncated/);
  await refused(legacy(value, ["0"], [2n ** 62n, four]), /truncated/);
  await refused(legacy(value, ["0"], [3n, four]), /storage 0 has 12 bytes/, "tensor x");
  await refused(legacy(value, ["1"], [4n, four]), /list of storages/);
  await refused(legacy(value, [], [4n, four]), /list of storages/);
  await refused(made.pickle(int(3)), /a pickle, but torch\.save did not write it/);
});

test("instructions without end and OrderedDicts made of each other are refused early", async () => {
  await refused(zipped(Buffer.alloc(3_000_000, "]")), /more than 2000000 instructions/);
  const pairs = bytes("](", ...Array(2000).fill(tuple(int(1), int(2))), "eq\x00");
  const again = bytes(made.global("collections", "OrderedDict"), "q\x01", ...Array(2000).fill("h\x01h\x00\x85R"));
  await refused(zipped(bytes(pairs, again)), /OrderedDicts have more than 1000000 pairs/);
});

test("files of other formats are refused as such", async () => {
  await refused(Buffer.from(""), /the file is empty/);
  await refused(Buffer.from("<!DOCTYPE html>"), /not written by torch\.save/);
  await refused(Buffer.from("version https://git-lfs.github.com/spec/v1\n"), /git-lfs pointer/);
});

/** Opens a file and reads all its tensors; whatever is wrong with it must come as an InputError of one sentence. */
async function survives(content: Uint8Array, what: string): Promise<boolean> {
  try {
    const { tensors } = await readBytes(content);
    for (const tensor of tensors.values())
      await readStored(inMemory(content), tensor, new Uint8Array(bytesOf(tensor)), MODEL);
    return true;
  } catch (error) {
    assert.ok(error instanceof InputError, `${what}: ${(error as Error)?.stack}`);
    assert.ok(!/[\n\r]/.test(error.message), `${what}: ${error.message}`);
    return false;
  }
}

for (const name of ["parts.bin", "parts-legacy.bin", "protocol5.bin"]) {
  const whole = readFileSync(path.join(TORCH, name));

  test(`${name}: cut anywhere, it is refused in a sentence`, async () => {
    const random = new Random(1, name);
    for (let i = 0; i < 200; i++) {
      const length = random.below(whole.length);
      assert.equal(await survives(whole.subarray(0, length), `cut at ${length}`), false);
    }
  });

  test(`${name}: with bytes changed anywhere, it is read or refused in a sentence`, async () => {
    const random = new Random(2, name);
    const start = whole.indexOf("collections") > 0 ? whole.indexOf("collections") - 100 : 0;
    // Most of the file is values; its pickle and its end are where changes matter.
    const places = [
      () => random.below(whole.length),
      () => Math.max(0, start) + random.below(2500),
      () => whole.length - 1 - random.below(1500),
    ];
    let refusals = 0;
    for (let i = 0; i < 700; i++) {
      const content = Buffer.from(whole);
      for (let changes = 1 + random.below(3); changes > 0; changes--)
        content[places[random.below(3)]!() % whole.length] = random.below(2)
          ? random.below(256)
          : whole[random.below(whole.length)]!;
      if (!(await survives(content, `${name}, change ${i}`))) refusals++;
    }
    assert.ok(refusals > 200 && refusals < 690, `${refusals} of 700 refused`);
  });
}
