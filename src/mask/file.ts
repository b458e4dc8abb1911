// Adaptations as safetensors files: a mask (one bit per weight, and the float32 tensors that are not in the base
// model), or tuned tensors. docs/mask-file.md describes the bytes and how to read them in Python.

import { checksumOf } from "../checksum.ts";
import { InputError } from "../errors.ts";
import type { MatrixKind } from "../kinds.ts";
import { decodeSafetensors, encodeSafetensors, type Header, type TensorBytes } from "../safetensors.ts";
import { jsonOf } from "../schema.ts";
import type { BitMatrix } from "./bits.ts";
import {
  type AdaptationFacts,
  FORMAT_VERSION,
  type MaskMetadata,
  type MatrixFacts,
  parseMetadata,
} from "./metadata.ts";
import { bitsOf, floatsOf, type NamedTensor, storedBits, storedFloats } from "./stored.ts";

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
}

export interface Tuned {
  readonly format: "tuned";
  readonly file: string;
  readonly metadata: MaskMetadata;
  readonly tensors: readonly NamedTensor[];
}

export type Adaptation = Mask | Tuned;

/**
 * In the file, this ending is appended to the name of a float32 tensor that is also masked, because the mask itself is
 * stored under the weight's name.
 */
const VALUES = ".values";
const DAMAGED = "download or recreate the file";

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

/**
 * Decodes an adaptation; its arrays are views into the bytes where possible. Throws an InputError if the file is not an
 * adaptation, has an unsupported format version, has missing or invalid metadata, or does not match its checksum.
 */
export async function decodeAdaptation(bytes: Uint8Array, file: string): Promise<Adaptation> {
  const { header, bytesOf } = decodeSafetensors(bytes, file);
  checkFormat(header, file);
  const tensors = [...header.entries.values()].map(
    ({ name, type, shape }): TensorBytes => ({ name, type, shape, bytes: bytesOf(name) }),
  );
  const checksum = await checksumOf(header.metadata, tensors);
  if (header.metadata.checksum !== JSON.stringify(checksum))
    throw new InputError("its checksum does not match: the file has changed since it was written", { file }, DAMAGED);
  const metadata = metadataOf(header, file);
  if (metadata.format === "tuned")
    return {
      format: "tuned",
      file,
      metadata,
      tensors: tensors.map((tensor) => floatsOf(tensor, file, DAMAGED)),
    };

  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  // Duplicates are refused: otherwise a small file that lists a matrix a thousand times would cause a thousand times as
  // much work.
  const masked = new Set<string>();
  for (const { name } of metadata.matrices)
    if (masked.size === masked.add(name).size)
      throw new InputError("its metadata lists this mask twice", { file, at: name }, DAMAGED);
  const matrices = metadata.matrices.map(({ name, layer, kind, rows, columns }): MaskMatrix => {
    const tensor = byName.get(name);
    if (!tensor)
      throw new InputError(
        "its metadata lists this mask, but the file does not contain it",
        { file, at: name },
        DAMAGED,
      );
    return { name, layer, kind, bits: bitsOf(tensor, { rows, columns }, file, DAMAGED) };
  });
  const floats = tensors
    .filter(({ name }) => !masked.has(name))
    .map((tensor) => {
      const weight = tensor.name.slice(0, -VALUES.length);
      const name = tensor.name.endsWith(VALUES) && masked.has(weight) ? weight : tensor.name;
      return { ...floatsOf(tensor, file, DAMAGED), name };
    });
  return { format: "mask", file, metadata, matrices, tensors: floats };
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
 * The metadata in an adaptation's header. Throws an InputError if the header does not belong to an adaptation, or if a
 * key is missing or invalid.
 */
export function metadataOf({ metadata }: Pick<Header, "metadata">, file: string): MaskMetadata {
  checkFormat({ metadata }, file);
  const values = Object.entries(metadata).map(([key, value]) => [
    key,
    jsonOf(value, { file, at: `metadata.${key}`, remedy: DAMAGED }),
  ]);
  return parseMetadata(Object.fromEntries(values), file);
}

/** Like `decodeAdaptation`; also throws an InputError for tuned tensors. */
export async function decodeMask(bytes: Uint8Array, file: string): Promise<Mask> {
  const adaptation = await decodeAdaptation(bytes, file);
  if (adaptation.format === "mask") return adaptation;
  throw new InputError("these are tuned tensors, not a mask", { file }, "choose a .mask.safetensors file");
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
