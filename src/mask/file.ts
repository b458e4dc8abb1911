// Adaptations as safetensors files: a mask (a bit a weight, and the float32 tensors that the base model does not hold), or
// tensors tuned as a whole. docs/mask-file.md describes the bytes and reads them with Python.

import { InputError } from "../errors.ts";
import { parseJson } from "../json-text.ts";
import { decodeSafetensors, type Entry, encodeSafetensors, type Header, type TensorBytes } from "../safetensors.ts";
import type { BitMatrix } from "./bits.ts";
import {
  type AdaptationFacts,
  FORMAT_VERSION,
  type MaskMetadata,
  type MatrixFacts,
  type MatrixKind,
  parseMetadata,
} from "./metadata.ts";

/** A masked matrix; `name` is its weight's in the checkpoint (MODULE.weight), block null above the blocks. */
export interface MaskMatrix {
  readonly name: string;
  readonly block: number | null;
  readonly kind: MatrixKind;
  readonly bits: BitMatrix;
}

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Mask {
  readonly format: "mask";
  /** Where it was read from, for messages. */
  readonly file: string;
  readonly metadata: MaskMetadata;
  readonly matrices: readonly MaskMatrix[];
  /** What the base model does not hold: the classifier, a fresh pooler; under their weights' names, not masked. */
  readonly classifier: readonly NamedTensor[];
}

export interface Tuned {
  readonly format: "tuned";
  readonly file: string;
  readonly metadata: MaskMetadata;
  readonly tensors: readonly NamedTensor[];
}

export type Adaptation = Mask | Tuned;

/** Added to the name of a float32 tensor whose weight is masked too, because the mask has the weight's name. */
const VALUES = ".values";
const DAMAGED = "fetch or make the file again";

/** The file's bytes as chunks to be written one after the other; equal input gives equal bytes. */
export function encodeMask(mask: {
  readonly metadata: AdaptationFacts;
  readonly matrices: readonly MaskMatrix[];
  readonly classifier: readonly NamedTensor[];
}): Promise<Uint8Array[]> {
  const masked = new Set(mask.matrices.map(({ name }) => name));
  const bits = mask.matrices.map(({ name, bits: { rows, stride, bytes } }): TensorBytes => {
    return { name, type: "U8", shape: [rows, stride], bytes };
  });
  const floats = mask.classifier.map((tensor) => {
    return floatBytes(masked.has(tensor.name) ? { ...tensor, name: tensor.name + VALUES } : tensor);
  });
  const matrices = mask.matrices.map(({ name, block, kind, bits: { rows, columns } }): MatrixFacts => {
    return { name, block, kind, rows, columns };
  });
  return encode("mask", mask.metadata, matrices, [...bits, ...floats]);
}

/** As `encodeMask`, of tensors under their weights' names. */
export function encodeTuned(tuned: {
  readonly metadata: AdaptationFacts;
  readonly tensors: readonly NamedTensor[];
}): Promise<Uint8Array[]> {
  return encode("tuned", tuned.metadata, [], tuned.tensors.map(floatBytes));
}

/**
 * The adaptation in a file's bytes; its arrays look into them where they can. InputError where the file is no adaptation,
 * was written by a later version, lacks or garbles a key, or does not have the bytes that it was written with.
 */
export async function decodeAdaptation(bytes: Uint8Array, file: string): Promise<Adaptation> {
  const { header, bytesOf } = decodeSafetensors(bytes, file);
  checkFormat(header, file);
  const entries = [...header.entries.values()];
  const checksum = await checksumOf(
    header.metadata,
    entries.map((entry) => ({ ...entry, bytes: bytesOf(entry.name) })),
  );
  if (header.metadata.checksum !== JSON.stringify(checksum))
    throw new InputError("its checksum does not fit: a bit of the file has changed", { file }, DAMAGED);
  const metadata = metadataOf(header, file);
  if (metadata.format === "tuned")
    return {
      format: "tuned",
      file,
      metadata,
      tensors: entries.map((entry) => floats(entry, bytesOf(entry.name), file)),
    };

  const facts = new Map(metadata.matrices.map((matrix) => [matrix.name, matrix]));
  // Each is counted: listed a thousand times, a small file would be a thousand times its work.
  const twice = metadata.matrices.find((matrix) => facts.get(matrix.name) !== matrix);
  if (twice) throw new InputError("its metadata lists this mask twice", { file, at: twice.name }, DAMAGED);
  const matrices = metadata.matrices.map(({ name, block, kind, rows, columns }): MaskMatrix => {
    const entry = header.entries.get(name);
    if (!entry) throw new InputError("its metadata lists this mask and the file has none", { file, at: name }, DAMAGED);
    return { name, block, kind, bits: bitsOf(entry, bytesOf(name), rows, columns, file) };
  });
  const classifier = entries
    .filter(({ name }) => !facts.has(name))
    .map((entry) => {
      const weight = entry.name.slice(0, -VALUES.length);
      const name = entry.name.endsWith(VALUES) && facts.has(weight) ? weight : entry.name;
      return { ...floats(entry, bytesOf(entry.name), file), name };
    });
  return { format: "mask", file, metadata, matrices, classifier };
}

/** InputError where a header is no adaptation's, or one of a later version. */
function checkFormat({ metadata: { format, formatVersion } }: Pick<Header, "metadata">, file: string): void {
  if (format !== '"mask"' && format !== '"tuned"')
    throw new InputError(
      "its metadata does not call it a mask or tuned tensors",
      { file },
      "give a file made by MaskLens",
    );
  if (formatVersion !== String(FORMAT_VERSION))
    throw new InputError(
      `it has version ${formatVersion?.slice(0, 20)} of the format, and this is version ${FORMAT_VERSION}`,
      { file },
      "open it with the MaskLens that wrote it, or a later one",
    );
}

/** What an adaptation's header says; InputError where it is none, or lacks or garbles a key. */
export function metadataOf({ metadata }: Pick<Header, "metadata">, file: string): MaskMetadata {
  checkFormat({ metadata }, file);
  const values = Object.entries(metadata).map(([key, value]) => {
    try {
      return [key, parseJson(value)];
    } catch (cause) {
      throw new InputError("it is not JSON", { file, at: `metadata.${key}` }, DAMAGED, { cause });
    }
  });
  return parseMetadata(Object.fromEntries(values), file);
}

/** As `decodeAdaptation`, and InputError for tuned tensors. */
export async function decodeMask(bytes: Uint8Array, file: string): Promise<Mask> {
  const adaptation = await decodeAdaptation(bytes, file);
  if (adaptation.format === "mask") return adaptation;
  throw new InputError("these are tuned tensors, not a mask", { file }, "give a .mask.safetensors file");
}

/** As `decodeAdaptation`, and InputError for a mask. */
export async function decodeTuned(bytes: Uint8Array, file: string): Promise<Tuned> {
  const adaptation = await decodeAdaptation(bytes, file);
  if (adaptation.format === "tuned") return adaptation;
  throw new InputError("this is a mask, not tuned tensors", { file }, "give a .tuned.safetensors file");
}

/**
 * SHA-256 (hex) of the lines "KEY VALUE\n" of the metadata but for the checksum, sorted by key, then "NAME TYPE SHAPE HASH\n"
 * of the tensors, sorted by name, where HASH is the SHA-256 of the tensor's bytes.
 */
async function checksumOf(values: Readonly<Record<string, string>>, tensors: readonly TensorBytes[]): Promise<string> {
  const keys = Object.keys(values).filter((key) => key !== "checksum");
  const lines = keys.sort().map((key) => `${key} ${values[key]}\n`);
  for (const { name, type, shape, bytes } of [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1)))
    lines.push(`${name} ${type} ${shape.join(",")} ${await sha256(bytes)}\n`);
  return sha256(new TextEncoder().encode(lines.join("")));
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function encode(
  format: MaskMetadata["format"],
  facts: AdaptationFacts,
  matrices: readonly MatrixFacts[],
  tensors: readonly TensorBytes[],
): Promise<Uint8Array[]> {
  const fields: Omit<MaskMetadata, "checksum"> = { ...facts, format, formatVersion: FORMAT_VERSION, matrices };
  const metadata = Object.fromEntries(
    Object.entries(fields)
      .filter(([key, value]) => key !== "checksum" && value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)) // equal facts give equal bytes, in whatever order they were named
      .map(([key, value]) => [key, JSON.stringify(value)]),
  );
  metadata.checksum = JSON.stringify(await checksumOf(metadata, tensors));
  return encodeSafetensors(tensors, metadata);
}

function bitsOf(entry: Entry, bytes: Uint8Array, rows: number, columns: number, file: string): BitMatrix {
  const place = { file, at: `tensor ${entry.name}` };
  const stride = Math.ceil(columns / 8);
  if (entry.type !== "U8" || entry.shape.length !== 2 || entry.shape[0] !== rows || entry.shape[1] !== stride)
    throw new InputError(
      `it is ${entry.type} [${entry.shape.join(", ")}], and a mask of ${rows} × ${columns} weights is U8 [${rows}, ${stride}]`,
      place,
      DAMAGED,
    );
  const padding = columns % 8 ? 0xff << (columns % 8) : 0;
  for (let row = 1; row <= rows; row++)
    if (bytes[row * stride - 1]! & padding & 0xff)
      throw new InputError(`bits beyond its ${columns} columns are set (row ${row - 1})`, place, DAMAGED);
  // Copied only where it could not be counted in 32-bit words.
  return { rows, columns, stride, bytes: bytes.byteOffset % 4 ? new Uint8Array(bytes) : bytes };
}

function floatBytes({ name, shape, data }: NamedTensor): TensorBytes {
  return { name, type: "F32", shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function floats({ name, type, shape }: Entry, bytes: Uint8Array, file: string): NamedTensor {
  const place = { file, at: `tensor ${name}` };
  if (type !== "F32") throw new InputError(`it is ${type} and must be F32`, place, "write it as float32");
  const aligned = bytes.byteOffset % 4 ? new Uint8Array(bytes) : bytes;
  const data = new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InputError(`value ${bad} is ${data[bad]}`, place, DAMAGED);
  return { name, shape, data };
}
