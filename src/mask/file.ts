// Adaptations as safetensors files: a mask (one bit per weight, and the float32 tensors that are not in the base
// model), or tuned tensors. docs/mask-file.md describes the bytes and how to read them in Python.

import { checksumOf } from "../checksum.ts";
import { InputError } from "../errors.ts";
import type { MatrixKind } from "../kinds.ts";
import { ADD_MODEL_FOLDER } from "../remedies.ts";
import { decodeSafetensors, encodeSafetensors, type Header, type TensorBytes } from "../safetensors.ts";
import { jsonOf } from "../schema.ts";
import type { BitMatrix } from "./bits.ts";
import type { WeightsOf } from "./initial.ts";
import {
  type AdaptationFacts,
  FORMAT_VERSION,
  type MaskMetadata,
  type MatrixFacts,
  PACKED_VERSION,
  type Packed,
  parseMetadata,
  parsePacked,
} from "./metadata.ts";
import type { Contexts, Known } from "./packed/matrix.ts";
import { packTensors, type Streams, unpackTensors } from "./packed/tensors.ts";
import { bitsOf, DAMAGED, floatsOf, type NamedTensor, storedBits, storedFloats, VALUES } from "./stored.ts";

/**
 * A masked matrix; `name` is the name of its weight in the pretrained weights (MODULE.weight); `layer` is null for
 * modules above the layers.
 */
export interface MaskMatrix {
  readonly name: string;
  readonly layer: number | null;
  readonly kind: MatrixKind;
  readonly bits: BitMatrix;
}

export interface Mask {
  readonly format: "mask";
  /** The path of the mask's file, for messages. */
  readonly file: string;
  readonly metadata: MaskMetadata;
  readonly matrices: readonly MaskMatrix[];
  /**
   * Tensors under their names in the model: those that are not in the base model, such as the classifier's (their values
   * before masking), and auxiliary parameters, which were trained beside the mask.
   */
  readonly tensors: readonly NamedTensor[];
  /** Present if the file is packed. */
  readonly packed?: Packed;
}

export interface Tuned {
  readonly format: "tuned";
  readonly file: string;
  readonly metadata: MaskMetadata;
  readonly tensors: readonly NamedTensor[];
}

export type Adaptation = Mask | Tuned;

/** The bytes of the file, in chunks to be written in order; equal input yields equal bytes. */
export function encodeMask(mask: {
  readonly metadata: AdaptationFacts;
  readonly matrices: readonly MaskMatrix[];
  readonly tensors: readonly NamedTensor[];
}): Promise<Uint8Array[]> {
  const masked = new Set(mask.matrices.map(({ name }) => name));
  const bits = mask.matrices.map(({ name, bits }) => storedBits(name, bits));
  const floats = mask.tensors.map((tensor) => {
    return storedFloats(masked.has(tensor.name) ? { ...tensor, name: tensor.name + VALUES } : tensor);
  });
  const matrices = mask.matrices.map(({ name, layer, kind, bits: { rows, columns } }): MatrixFacts => {
    return { name, layer, kind, rows, columns };
  });
  return encode("mask", mask.metadata, matrices, [...bits, ...floats]);
}

/** Like `encodeMask`, but for tuned tensors. */
export function encodeTuned(tuned: {
  readonly metadata: AdaptationFacts;
  readonly tensors: readonly NamedTensor[];
}): Promise<Uint8Array[]> {
  return encode("tuned", tuned.metadata, [], tuned.tensors.map(storedFloats));
}

/** What decoding a packed mask may need. */
export interface Unpacking {
  /** The weights of a mask's base model; called only for a file that cannot be read without them. */
  readonly baseOf?: (mask: Based) => Promise<WeightsOf>;
  readonly onProgress?: Streams["onProgress"];
}

/** A mask whose bits are not known yet. */
export type Based = Pick<Mask, "file" | "metadata"> & { readonly matrices: readonly Pick<MaskMatrix, "name">[] };

/** The contents of a file in its plain form: its metadata as stored and as parsed, its tensors in order, and its masks. */
interface Plain {
  readonly stored: Readonly<Record<string, string>>;
  readonly metadata: MaskMetadata;
  readonly tensors: readonly TensorBytes[];
  readonly matrices: readonly MaskMatrix[];
  readonly packed: Packed | null;
}

/** Reads and checks a file; unpacks it if it is packed. Throws the errors of `decodeAdaptation`. */
async function plainOf(bytes: Uint8Array, file: string, { baseOf, onProgress }: Unpacking): Promise<Plain> {
  const { header, bytesOf } = decodeSafetensors(bytes, file);
  checkFormat(header, file);
  const tensors = [...header.entries.values()].map(
    ({ name, type, shape }): TensorBytes => ({ name, type, shape, bytes: bytesOf(name) }),
  );
  await checkSum(header.metadata, tensors, file);
  const metadata = metadataOf(header, file);
  checkOnce(metadata, file);
  const packed = packedOf(header, file);
  const plain = { stored: header.metadata, metadata, tensors, packed: null };
  if (metadata.format === "tuned") return { ...plain, matrices: [] };
  if (!packed) return { ...plain, matrices: matricesOf(metadata, tensors, file) };

  const weightsOf = packed.base === null ? undefined : await baseFor({ file, metadata, matrices: metadata.matrices });
  const unpacked = await unpackTensors({ file, metadata, tensors, weightsOf, onProgress });
  const { packed: _, ...rest } = header.metadata;
  const stored = { ...rest, checksum: JSON.stringify(packed.checksum) };
  await checkSum(stored, unpacked, file);
  return { stored, metadata, tensors: unpacked, matrices: matricesOf(metadata, unpacked, file), packed };

  async function baseFor(mask: Based): Promise<WeightsOf> {
    const needs = `it is packed with the weights of its base model ${metadata.base.id} and cannot be read without them`;
    if (!baseOf) throw new InputError(needs, { file }, ADD_MODEL_FOLDER);
    try {
      return await baseOf(mask);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(`${needs}: ${error.what}`, { file }, error.remedy, { cause: error });
    }
  }
}

async function checkSum(metadata: Record<string, string>, tensors: readonly TensorBytes[], file: string) {
  if (metadata.checksum !== JSON.stringify(await checksumOf(metadata, tensors)))
    throw new InputError("its checksum does not match: the file has changed since it was written", { file }, DAMAGED);
}

/**
 * Refuses a mask that is listed twice: otherwise a small file that lists a matrix a thousand times would cause a
 * thousand times as much work.
 */
function checkOnce({ matrices }: MaskMetadata, file: string): void {
  const masked = new Set<string>();
  for (const { name } of matrices)
    if (masked.size === masked.add(name).size)
      throw new InputError("its metadata lists this mask twice", { file, at: name }, DAMAGED);
}

/** The masks among a file's tensors. Throws an InputError if one is missing or invalid. */
function matricesOf({ matrices }: MaskMetadata, tensors: readonly TensorBytes[], file: string): MaskMatrix[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return matrices.map(({ name, layer, kind, rows, columns }): MaskMatrix => {
    const tensor = byName.get(name);
    if (!tensor)
      throw new InputError(
        "its metadata lists this mask, but the file does not contain it",
        { file, at: name },
        DAMAGED,
      );
    return { name, layer, kind, bits: bitsOf(tensor, { rows, columns }, file, DAMAGED) };
  });
}

export interface Packing extends Unpacking {
  /** The base model's weights, to make the file smaller; if they do, they are needed to read it. */
  readonly base?: ((mask: Based) => Promise<WeightsOf>) | undefined;
  /** The contexts that are tried for each matrix, of which the best are used; all by default. */
  readonly choices?: ((known: Known) => Contexts[]) | undefined;
}

/**
 * The bytes of the packed file, in chunks to be written in order. Throws the errors of `decodeMask`, and an InputError
 * if the mask cannot be packed.
 */
export async function encodePacked(
  bytes: Uint8Array,
  file: string,
  { base, choices, ...unpacking }: Packing = {},
): Promise<Uint8Array[]> {
  const { stored, metadata, matrices, tensors } = await plainOf(bytes, file, unpacking);
  if (metadata.format === "tuned") throw notAMask(file);
  const weightsOf = base && (await base({ file, metadata, matrices }));
  const bits = matrices.map((matrix) => matrix.bits);
  const plain = { file, metadata, tensors, bits, weightsOf, onProgress: unpacking.onProgress };
  const { tensors: streams, needsBase } = await packTensors(plain, choices);
  const { checksum } = metadata;
  const packed: Packed = { version: PACKED_VERSION, base: needsBase ? metadata.base.fingerprint : null, checksum };
  const about: Record<string, string> = { ...stored, packed: JSON.stringify(packed) };
  return encodeSafetensors(streams, { ...about, checksum: JSON.stringify(await checksumOf(about, streams)) });
}

/** The bytes of the plain file, in chunks to be written in order. Throws the errors of `decodeMask`. */
export async function encodePlain(bytes: Uint8Array, file: string, unpacking: Unpacking = {}): Promise<Uint8Array[]> {
  const { stored, metadata, tensors } = await plainOf(bytes, file, unpacking);
  if (metadata.format === "tuned") throw notAMask(file);
  return encodeSafetensors(tensors, stored);
}

/**
 * Decodes an adaptation; its arrays are views into the bytes where possible. Throws an InputError if the file is not an
 * adaptation, has an unsupported format version, has missing or invalid metadata, does not match its checksum, or is
 * packed with a base model that is not available.
 */
export async function decodeAdaptation(
  bytes: Uint8Array,
  file: string,
  unpacking: Unpacking = {},
): Promise<Adaptation> {
  const { metadata, tensors, matrices, packed } = await plainOf(bytes, file, unpacking);
  if (metadata.format === "tuned")
    return {
      format: "tuned",
      file,
      metadata,
      tensors: tensors.map((tensor) => floatsOf(tensor, file, DAMAGED)),
    };

  const masked = new Set(matrices.map(({ name }) => name));
  const floats = tensors
    .filter(({ name }) => !masked.has(name))
    .map((tensor) => {
      const weight = tensor.name.slice(0, -VALUES.length);
      const name = tensor.name.endsWith(VALUES) && masked.has(weight) ? weight : tensor.name;
      return { ...floatsOf(tensor, file, DAMAGED), name };
    });
  return { format: "mask", file, metadata, matrices, tensors: floats, ...(packed && { packed }) };
}

/** Throws an InputError if the header does not belong to an adaptation, or if its format version is unsupported. */
function checkFormat({ metadata: { format, formatVersion } }: Pick<Header, "metadata">, file: string): void {
  if (format !== '"mask"' && format !== '"tuned"')
    throw new InputError(
      "its metadata does not identify it as a mask or as tuned tensors",
      { file },
      "choose a file made by MaskLens",
    );
  if (formatVersion !== String(FORMAT_VERSION))
    throw new InputError(
      `its format version is ${formatVersion?.slice(0, 20)}, but this version of MaskLens reads version ${FORMAT_VERSION}`,
      { file },
      "open it with the version of MaskLens that wrote it, or with a later version",
    );
}

/**
 * The metadata in an adaptation's header; those of a packed file are the plain file's. Throws an InputError if the
 * header does not belong to an adaptation, if a key is missing or invalid, or if the file is packed with another base
 * model than the mask's.
 */
export function metadataOf(header: Pick<Header, "metadata">, file: string): MaskMetadata {
  checkFormat(header, file);
  const metadata = parseMetadata(
    Object.fromEntries(Object.keys(header.metadata).map((key) => [key, jsonAt(header, key, file)])),
    file,
  );
  const packed = packedOf(header, file);
  if (packed && packed.base !== null && packed.base !== metadata.base.fingerprint)
    throw new InputError(
      "it was packed with a different base model than the mask's",
      { file, at: "metadata.packed" },
      DAMAGED,
    );
  return packed ? { ...metadata, checksum: packed.checksum } : metadata;
}

/** How a packed file differs from the plain one; null if the file is plain. Throws an InputError if it is invalid. */
function packedOf(header: Pick<Header, "metadata">, file: string): Packed | null {
  return header.metadata.packed === undefined ? null : parsePacked(jsonAt(header, "packed", file), file);
}

function jsonAt({ metadata }: Pick<Header, "metadata">, key: string, file: string): unknown {
  return jsonOf(metadata[key]!, { file, at: `metadata.${key}`, remedy: DAMAGED });
}

/** Like `decodeAdaptation`; also throws an InputError for tuned tensors. */
export async function decodeMask(bytes: Uint8Array, file: string, unpacking: Unpacking = {}): Promise<Mask> {
  const adaptation = await decodeAdaptation(bytes, file, unpacking);
  if (adaptation.format === "mask") return adaptation;
  throw notAMask(file);
}

function notAMask(file: string): InputError {
  return new InputError("these are tuned tensors, not a mask", { file }, "choose a .mask.safetensors file");
}

/** Like `decodeAdaptation`; also throws an InputError for a mask. */
export async function decodeTuned(bytes: Uint8Array, file: string): Promise<Tuned> {
  const adaptation = await decodeAdaptation(bytes, file);
  if (adaptation.format === "tuned") return adaptation;
  throw new InputError("this is a mask, not tuned tensors", { file }, "choose a .tuned.safetensors file");
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
      .sort(([a], [b]) => (a < b ? -1 : 1)) // equal metadata yields equal bytes, regardless of the order of its keys
      .map(([key, value]) => [key, JSON.stringify(value)]),
  );
  metadata.checksum = JSON.stringify(await checksumOf(metadata, tensors));
  return encodeSafetensors(tensors, metadata);
}
