import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { decodeSafetensors, encodeSafetensors, headerLength, parseHeader, toFloat32 } from "../src/safetensors.ts";
import { refuses, withHeader } from "./model/folders.ts";

const FILE = "weights.safetensors";
const F32 = (shape: number[], begin: number, end: number) => ({ dtype: "F32", shape, data_offsets: [begin, end] });
const decode = (bytes: Uint8Array) => decodeSafetensors(bytes, FILE);

function widened(bytes: Uint8Array, type: "F32" | "F16" | "BF16", length: number): Float32Array {
  const out = new Float32Array(length);
  toFloat32(bytes, type, out);
  return out;
}

test("files of the Python library come back byte for byte when encoded again", () => {
  for (const file of [
    "models/tiny-bert/model.safetensors",
    "models/tiny-roberta/forward.safetensors",
    "model/types.safetensors",
  ]) {
    const bytes = readFileSync(`test/fixtures/${file}`);
    const { header, bytesOf } = decodeSafetensors(bytes, file);
    const tensors = [...header.entries.values()].map((entry) => ({ ...entry, bytes: bytesOf(entry.name) }));
    assert.deepEqual(Buffer.concat(encodeSafetensors(tensors, header.metadata)), bytes, file);
  }
});

test("shapes, types and metadata are read, scalars and empty tensors included", () => {
  const { header, bytesOf } = decode(readFileSync("test/fixtures/model/types.safetensors"));
  assert.deepEqual(header.metadata, { format: "pt" });
  const described = Object.fromEntries(
    [...header.entries.values()].map(({ name, type, shape }) => [name, [type, shape]]),
  );
  assert.deepEqual(described, {
    int64: ["I64", [2]],
    "bf16.wide": ["F32", [8, 31]],
    "f16.wide": ["F32", [8, 31]],
    empty: ["F32", [0, 3]],
    f32: ["F32", [8, 31]],
    scalar: ["F32", []],
    bf16: ["BF16", [8, 31]],
    f16: ["F16", [8, 31]],
    bool: ["BOOL", [2]],
  });
  assert.deepEqual(widened(bytesOf("scalar"), "F32", 1), Float32Array.of(2.5));
  assert.equal(bytesOf("empty").length, 0);
  assert.throws(() => bytesOf("nothing"), RangeError);
});

test("F16 and BF16 widen to the numbers that torch makes of them", () => {
  const { bytesOf } = decode(readFileSync("test/fixtures/model/types.safetensors"));
  for (const [name, type] of [
    ["f16", "F16"],
    ["bf16", "BF16"],
  ] as const)
    assert.deepEqual(widened(bytesOf(name), type, 248), widened(bytesOf(`${name}.wide`), "F32", 248));
});

test("all 65,536 bit patterns of F16 and BF16 widen by their definition", () => {
  const definition = { F16: { exponentBits: 5, bias: 15 }, BF16: { exponentBits: 8, bias: 127 } };
  const patterns = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
  for (const type of ["F16", "BF16"] as const) {
    const { exponentBits, bias } = definition[type];
    const fractionBits = 15 - exponentBits;
    const top = 2 ** exponentBits - 1;
    const wide = widened(new Uint8Array(patterns.buffer), type, patterns.length);
    for (const bits of patterns) {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> fractionBits) & top;
      const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
      const magnitude =
        exponent === top
          ? fraction
            ? Number.NaN
            : Number.POSITIVE_INFINITY
          : exponent
            ? (1 + fraction) * 2 ** (exponent - bias)
            : fraction * 2 ** (1 - bias);
      assert.ok(
        Object.is(wide[bits], sign * magnitude),
        `${type} ${bits.toString(16)}: ${wide[bits]}, not ${sign * magnitude}`,
      );
    }
  }
});

test("values widen in place from the last bytes of their destination, and from odd offsets", () => {
  const { bytesOf } = decode(readFileSync("test/fixtures/model/types.safetensors"));
  const out = new Float32Array(248);
  const back = new Uint8Array(out.buffer, 248 * 2);
  back.set(bytesOf("f16"));
  toFloat32(back, "F16", out);
  assert.deepEqual(out, widened(bytesOf("f16.wide"), "F32", 248));

  const odd = Buffer.alloc(1 + 496);
  odd.set(bytesOf("bf16"), 1);
  assert.deepEqual(widened(odd.subarray(1), "BF16", 248), widened(bytesOf("bf16.wide"), "F32", 248));
  assert.throws(() => widened(odd, "BF16", 248), RangeError);
  assert.throws(() => toFloat32(odd, "U8", new Float32Array(497)), RangeError);
});

test("the header is padded to 8 bytes, and equal input gives equal bytes", () => {
  const encode = () =>
    encodeSafetensors([{ name: "m", type: "U8", shape: [3], bytes: Uint8Array.of(1, 2, 3) }], { b: "2", a: "ä" });
  const [header, bytes] = encode() as [Uint8Array, Uint8Array];
  assert.equal(header.length % 8, 0);
  assert.deepEqual(bytes, Uint8Array.of(1, 2, 3));
  assert.deepEqual(encode()[0], header);
  assert.deepEqual(decode(Buffer.concat(encode())).header.metadata, { b: "2", a: "ä" });
});

test("the encoder refuses tensors whose bytes or names cannot be right", () => {
  const tensor = { name: "m", type: "F32", shape: [2], bytes: new Uint8Array(8) } as const;
  assert.throws(() => encodeSafetensors([{ ...tensor, shape: [3] }], {}), RangeError);
  assert.throws(() => encodeSafetensors([tensor, tensor], {}), RangeError);
  assert.throws(() => encodeSafetensors([{ ...tensor, name: "__metadata__" }], {}), RangeError);
});

test("a git-lfs pointer is called by its name", () =>
  refuses(
    () => decode(Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")),
    /git lfs pull/,
    {
      file: FILE,
    },
  ));

test("an empty file, a file shorter than its header, and another format are refused", async () => {
  await refuses(() => decode(new Uint8Array(0)), /the file is empty/, { file: FILE });
  assert.throws(() => decode(new Uint8Array(0)), /; if it is still being written, try again later; otherwise download/);
  await refuses(() => decode(new Uint8Array(3)), /3 bytes long, too short for a safetensors file/, { file: FILE });
  await refuses(
    () => decode(withHeader("{}".padEnd(100), 0).subarray(0, 50)),
    /truncated.* 108 bytes, but the file has 50/,
    { file: FILE },
  );
  await refuses(() => decode(Buffer.from("PK\x03\x04 a zip of pickles")), /more than the limit of 25 MB/, {
    file: FILE,
  });
});

test("a header over 25 MB is refused before it is read", () => {
  const first8 = Buffer.alloc(8);
  first8.writeBigUInt64LE(25_000_001n);
  assert.throws(() => headerLength(first8, 1e9, FILE), /header of 25000001 bytes, more than the limit of 25 MB/);
  first8.writeBigUInt64LE(25_000_000n);
  assert.equal(headerLength(first8, 1e9, FILE), 25_000_000);
});

test("a header that is not a JSON object is refused", async () => {
  await refuses(() => decode(withHeader("{", 0)), /not JSON/, { file: FILE });
  await refuses(() => decode(withHeader("[]", 0)), /not a JSON object/, { file: FILE });
  await refuses(() => parseHeader(Uint8Array.of(0x7b, 0xff, 0x7d), 11, FILE), /not JSON/, { file: FILE });
  await refuses(() => decode(withHeader({ __metadata__: { a: 1 } }, 0)), /strings/, { file: FILE, at: "__metadata__" });
});

test("overlapping offsets are refused, naming both tensors", () =>
  refuses(() => decode(withHeader({ a: F32([4], 0, 16), b: F32([4], 8, 24) }, 24)), /overlap those of a/, {
    file: FILE,
    at: "tensor b",
  }));

test("holes, a truncated data section and bytes to spare are refused", async () => {
  await refuses(() => decode(withHeader({ a: F32([1], 0, 4), b: F32([1], 8, 12) }, 12)), /4 bytes before it/, {
    file: FILE,
    at: "tensor b",
  });
  await refuses(() => decode(withHeader({ a: F32([4], 0, 16) }, 12)), /truncated.* 16 bytes, but the file has 12/, {
    file: FILE,
  });
  await refuses(() => decode(withHeader({ a: F32([4], 0, 16) }, 20)), /4 bytes after the last tensor/, { file: FILE });
});

test("unknown types, odd shapes and offsets that disagree are refused, naming the tensor", async () => {
  const place = { file: FILE, at: "tensor a" };
  const entry = F32([4], 0, 16);
  const refused = (change: object, what: RegExp) =>
    refuses(() => decode(withHeader({ a: { ...entry, ...change } }, 16)), what, place);
  await refused({ dtype: "F8_E4M3" }, /unknown element type "F8_E4M3"/);
  await refused({ dtype: "constructor" }, /unknown element type/);
  await refused({ dtype: undefined }, /unknown element type/);
  await refused({ shape: [-4] }, /not a list of whole numbers/);
  await refused({ shape: [2 ** 53] }, /not a list of whole numbers/);
  await refused({ shape: "4" }, /not a list of whole numbers/);
  await refused({ shape: [5] }, /needs 20 bytes, but its offsets span 16/);
  await refused({ shape: [2 ** 52, 2 ** 52] }, /its offsets span 16/);
  await refused({ data_offsets: [16, 0] }, /not two whole numbers in ascending order/);
  await refused({ data_offsets: [0] }, /not two whole numbers in ascending order/);
  await refuses(() => decode(withHeader({ a: null }, 0)), /unknown element type/, place);
});

test("a tensor may be called __proto__", () => {
  const { header } = decode(withHeader('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1));
  assert.deepEqual([...header.entries.keys()], ["__proto__"]);
});
