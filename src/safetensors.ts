// The safetensors format: 8 bytes of header length (little-endian), a JSON header, then the tensors' bytes, row-major
// and little-endian, one after the other. A pure codec; the caller reads and writes. Format:
// https://huggingface.co/docs/safetensors. The bytes are untrusted: every limit and rule is checked before use.

import { InputError } from "./errors.ts";
import { parseJson } from "./json-text.ts";
import { quoted } from "./visible.ts";

/** Bytes per element of each supported type. */
const ELEMENT_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type SafetensorsType = keyof typeof ELEMENT_BYTES;

/** A tensor's position; `begin` and `end` are byte offsets from the start of the data section. */
export interface Entry {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of the file's bytes. */
  readonly entries: Map<string, Entry>;
  readonly metadata: Record<string, string>;
  /** Offset of the data section from the start of the file. */
  readonly dataStart: number;
}

/** A tensor to be written; `bytes` are little-endian and row-major. */
export interface TensorBytes {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * The maximum length in bytes. Real headers need about a hundred bytes per tensor, so this limit allows over 100,000
 * tensors; a larger header can only be meant to exhaust memory.
 */
const LONGEST_HEADER = 25_000_000;
/** The limit of torch.Tensor. */
const MOST_AXES = 64;
const LENGTH_BYTES = 8;
const METADATA = "__metadata__";
const FETCH_AGAIN = "download or recreate the file";

/**
 * The header's length in bytes, from the file's first eight bytes (or fewer, if the file is shorter). Throws an
 * InputError for a git-lfs pointer, a header over 25 MB, and a file too short for its header.
 */
export function headerLength(first8: Uint8Array, fileSize: number, file: string): number {
  if (new TextDecoder("latin1").decode(first8) === "version ")
    throw new InputError(
      "this is a git-lfs pointer, not the tensors themselves",
      { file },
      "run `git lfs pull` in its repository, or download the file itself",
    );
  if (fileSize === 0)
    throw new InputError(
      "the file is empty",
      { file },
      "if it is still being written, try again later; otherwise download or recreate it",
    );
  if (first8.length < LENGTH_BYTES || fileSize < LENGTH_BYTES)
    throw new InputError(`the file is ${fileSize} bytes long, too short for a safetensors file`, { file }, FETCH_AGAIN);
  const length = Number(new DataView(first8.buffer, first8.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
  if (length > LONGEST_HEADER)
    throw new InputError(
      `its first 8 bytes declare a header of ${length} bytes, more than the limit of ${LONGEST_HEADER / 1e6} MB`,
      { file },
      "choose a safetensors file (this is another format, or it is damaged)",
    );
  if (LENGTH_BYTES + length > fileSize)
    throw new InputError(
      `the file is truncated: its header alone needs ${LENGTH_BYTES + length} bytes, but the file has ${fileSize}`,
      { file },
      FETCH_AGAIN,
    );
  return length;
}

/**
 * The header from its JSON bytes (those after the first eight). `fileSize` is the size of the whole file in bytes.
 * Throws an InputError if a type is unknown, a shape does not match its bytes, or the tensors overlap, leave gaps, or
 * do not end at the end of the file.
 */
export function parseHeader(json: Uint8Array, fileSize: number, file: string): Header {
  const fields = jsonObject(json, file);
  const dataStart = LENGTH_BYTES + json.length;
  const metadata = fields[METADATA] === undefined ? {} : parseMetadata(fields[METADATA], file);
  const entries = Object.entries(fields)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => parseEntry(name, value, file))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(entries, fileSize - dataStart, file);
  return { entries: new Map(entries.map((entry) => [entry.name, entry])), metadata, dataStart };
}

/**
 * The file's bytes as chunks to be written in order: the header (padded with spaces to a multiple of 8 bytes), then
 * each tensor's bytes, uncopied, in the given order. Equal input yields equal bytes.
 */
export function encodeSafetensors(tensors: readonly TensorBytes[], metadata: Record<string, string>): Uint8Array[] {
  const fields = new Map<string, unknown>();
  if (Object.keys(metadata).length) fields.set(METADATA, metadata);
  let offset = 0;
  for (const { name, type, shape, bytes } of tensors) {
    if (name === METADATA || fields.has(name)) throw new RangeError(`two tensors named ${name}`);
    if (bytes.length !== byteSize(type, shape))
      throw new RangeError(`${name}: ${bytes.length} bytes for ${type} [${shape.join(", ")}]`);
    fields.set(name, { dtype: type, shape, data_offsets: [offset, offset + bytes.length] });
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const header = new Uint8Array(LENGTH_BYTES + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - LENGTH_BYTES), true);
  header.set(json, LENGTH_BYTES);
  return [header, ...tensors.map(({ bytes }) => bytes)];
}

/** Decodes a whole file in memory; `bytesOf` returns views, not copies, and throws a RangeError for an unknown name. */
export function decodeSafetensors(
  bytes: Uint8Array,
  file: string,
): { header: Header; bytesOf(name: string): Uint8Array } {
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, file);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), bytes.length, file);
  return {
    header,
    bytesOf(name) {
      const entry = header.entries.get(name);
      if (!entry) throw new RangeError(`${file} has no tensor ${name}`);
      return bytes.subarray(header.dataStart + entry.begin, header.dataStart + entry.end);
    },
  };
}

/** The size in bytes of a tensor of this type and shape. */
export function byteSize(type: SafetensorsType, shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, ELEMENT_BYTES[type]);
}

/** Converters to float32 from each floating-point type that `toFloat32` supports. */
const TO_FLOAT32 = {
  F32: (bytes, out) => new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes),
  F16(bytes, out) {
    const table = halfTable();
    const halves = words16(bytes);
    const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0; i < words.length; i++) words[i] = table[halves[i]!]!;
  },
  BF16(bytes, out) {
    const halves = words16(bytes);
    const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0; i < words.length; i++) words[i] = halves[i]! << 16;
  },
} satisfies Partial<Record<SafetensorsType, (bytes: Uint8Array, out: Float32Array) => void>>;

export type FloatType = keyof typeof TO_FLOAT32;

/** Whether `toFloat32` supports elements of this type. */
export function isFloatType(type: SafetensorsType): type is FloatType {
  return type in TO_FLOAT32;
}

/**
 * Converts little-endian F32, F16 or BF16 elements to float32, exactly (NaN payloads included). `bytes` may be the last
 * bytes of `out`'s own memory, so that a file can be read directly into its destination and widened in place. Throws a
 * RangeError for other types or a wrong length. Like all typed arrays here, it assumes a little-endian machine.
 */
export function toFloat32(bytes: Uint8Array, type: SafetensorsType, out: Float32Array): void {
  if (!isFloatType(type)) throw new RangeError(`${type} cannot be converted to float32`);
  if (bytes.length !== out.length * ELEMENT_BYTES[type])
    throw new RangeError(`${bytes.length} bytes of ${type} for ${out.length} values`);
  TO_FLOAT32[type](bytes, out);
}

/** A view of `bytes` as 16-bit words, copied only if they start at an odd offset. */
function words16(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 ? new Uint8Array(bytes) : bytes; // slicing a Buffer would not copy
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

let halfBits: Uint32Array | undefined;

/** The float32 bits of each of the 65,536 F16 bit patterns, computed on first use. */
function halfTable(): Uint32Array {
  halfBits ??= Uint32Array.from({ length: 0x10000 }, (_, half) => floatBitsOfHalf(half));
  return halfBits;
}

/** F16 has 1 sign bit, 5 exponent bits (bias 15) and 10 fraction bits; float32 has 1, 8 (bias 127) and 23. */
function floatBitsOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13); // infinity, NaN
  if (exponent > 0) return sign | ((exponent + 127 - 15) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal: fraction · 2^-24. Its highest set bit becomes the implicit one of a normal float32.
  const high = 31 - Math.clz32(fraction);
  return sign | ((high - 24 + 127) << 23) | ((fraction << (23 - high)) & 0x7fffff);
}

function jsonObject(json: Uint8Array, file: string): Record<string, unknown> {
  try {
    const value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(json));
    if (isObject(value)) return value;
  } catch (cause) {
    throw new InputError("its header is not JSON", { file }, FETCH_AGAIN, { cause });
  }
  throw new InputError("its header is not a JSON object", { file }, FETCH_AGAIN);
}

function parseMetadata(value: unknown, file: string): Record<string, string> {
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === "string";
  const pairs = isObject(value) ? Object.entries(value) : undefined;
  if (!pairs?.every(isText))
    throw new InputError("its metadata must map names to strings", { file, at: METADATA }, FETCH_AGAIN);
  return Object.fromEntries(pairs);
}

function parseEntry(name: string, value: unknown, file: string): Entry {
  const place = { file, at: `tensor ${name}` };
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (typeof dtype !== "string" || !isType(dtype))
    throw new InputError(
      `unknown element type ${quoted(dtype)}`,
      place,
      "save the model's weights as float32, float16 or bfloat16",
    );
  if (Array.isArray(shape) && shape.length > MOST_AXES)
    throw new InputError(
      `its shape has ${shape.length} dimensions, more than the limit of ${MOST_AXES}`,
      place,
      FETCH_AGAIN,
    );
  if (!isCounts(shape)) throw new InputError("its shape is not a list of whole numbers", place, FETCH_AGAIN);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw new InputError("its data offsets are not two whole numbers in ascending order", place, FETCH_AGAIN);
  const [begin, end] = offsets as [number, number];
  if (byteSize(dtype, shape) !== end - begin)
    throw new InputError(
      `${dtype} of shape [${shape.join(", ")}] needs ${byteSize(dtype, shape)} bytes, but its offsets span ${end - begin}`,
      place,
      FETCH_AGAIN,
    );
  return { name, type: dtype, shape, begin, end };
}

/** Checks that the entries, sorted by offset, fill the data section of `size` bytes exactly. */
function checkLayout(entries: readonly Entry[], size: number, file: string): void {
  let filled = 0;
  let previous = "";
  for (const { name, begin, end } of entries) {
    const place = { file, at: `tensor ${name}` };
    if (begin < filled) throw new InputError(`its offsets overlap those of ${previous}`, place, FETCH_AGAIN);
    if (begin > filled)
      throw new InputError(`${begin - filled} bytes before it belong to no tensor`, place, FETCH_AGAIN);
    filled = end;
    previous = name;
  }
  if (filled > size)
    throw new InputError(
      `the file is truncated: its tensors need ${filled} bytes, but the file has ${size}`,
      { file },
      FETCH_AGAIN,
    );
  if (filled < size)
    throw new InputError(`${size - filled} bytes after the last tensor belong to no tensor`, { file }, FETCH_AGAIN);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isType(type: string): type is SafetensorsType {
  return Object.hasOwn(ELEMENT_BYTES, type);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}
