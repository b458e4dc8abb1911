// Encodes and decodes masks and float32 tensors as stored in safetensors files.

import { InputError } from "../errors.ts";
import type { TensorBytes } from "../safetensors.ts";
import { type BitMatrix, strideOf } from "./bits.ts";

/**
 * In the file, this ending is appended to the name of a float32 tensor that is also masked, because the mask itself is
 * stored under the weight's name.
 */
export const VALUES = ".values";

/** What to do about a damaged mask file. */
export const DAMAGED = "download or recreate the file";

/** A float32 tensor; `data` is row-major. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The mask as a tensor of type U8 and shape [rows, stride]. */
export function storedBits(name: string, { rows, stride, bytes }: BitMatrix): TensorBytes {
  return { name, type: "U8", shape: [rows, stride], bytes };
}

export function storedFloats({ name, shape, data }: NamedTensor): TensorBytes {
  return { name, type: "F32", shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/**
 * A stored mask of rows × columns weights: a view into the bytes if they are aligned to 4 bytes, as counting requires;
 * otherwise a copy. Throws an InputError if the type or shape is wrong, or if bits beyond the columns are set.
 */
export function bitsOf(
  { name, type, shape, bytes }: TensorBytes,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  file: string,
  remedy: string,
): BitMatrix {
  const place = { file, at: `tensor ${name}` };
  const stride = strideOf(columns);
  if (type !== "U8" || shape.length !== 2 || shape[0] !== rows || shape[1] !== stride)
    throw new InputError(
      `it is ${type} [${shape.join(", ")}], but a mask of ${rows} × ${columns} weights must be U8 [${rows}, ${stride}]`,
      place,
      remedy,
    );
  const padding = columns % 8 ? 0xff << (columns % 8) : 0;
  for (let row = 1; row <= rows; row++)
    if (bytes[row * stride - 1]! & padding & 0xff)
      throw new InputError(`bits beyond its ${columns} columns are set (row ${row - 1})`, place, remedy);
  return { rows, columns, stride, bytes: bytes.byteOffset % 4 ? new Uint8Array(bytes) : bytes };
}

/**
 * A stored float32 tensor, a view into the bytes if possible. Throws an InputError if its type is wrong, or it contains
 * NaN or infinity.
 */
export function floatsOf({ name, type, shape, bytes }: TensorBytes, file: string, remedy: string): NamedTensor {
  const place = { file, at: `tensor ${name}` };
  if (type !== "F32") throw new InputError(`it is ${type}, but must be F32`, place, remedy);
  const aligned = bytes.byteOffset % 4 ? new Uint8Array(bytes) : bytes;
  const data = new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InputError(`value ${bad} is ${data[bad]}`, place, remedy);
  return { name, shape, data };
}
