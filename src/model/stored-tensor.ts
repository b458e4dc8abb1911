// A tensor's position in a file, and its bytes in row-major order, regardless of the layout in the file.

import type { FileHandle } from "node:fs/promises";
import { byteSize, type SafetensorsType } from "../safetensors.ts";
import { readFully } from "./safetensors-file.ts";

/** `begin` and `end` are the file offsets of the tensor's first byte and of the byte after its last byte. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly type: SafetensorsType;
  readonly begin: number;
  readonly end: number;
  /**
   * For each axis, the number of elements between adjacent indices; if absent, the tensor is row-major without gaps.
   */
  readonly strides?: readonly number[];
}

/** The size of the tensor's values in bytes. */
export function bytesOf({ type, shape }: StoredTensor): number {
  return shape.includes(0) ? 0 : byteSize(type, shape);
}

/**
 * Fills `into` (`bytesOf` bytes) with the values, row-major. Needs no additional memory, except for tensors with
 * strides, whose bytes from begin to end are read at once.
 */
export async function readStored(
  handle: FileHandle,
  tensor: StoredTensor,
  into: Uint8Array,
  file: string,
): Promise<void> {
  if (!tensor.strides) return readFully(handle, tensor.begin, into, file);
  const span = new Uint8Array(tensor.end - tensor.begin);
  await readFully(handle, tensor.begin, span, file);
  gather(span, tensor.shape, tensor.strides, byteSize(tensor.type, []), into);
}

/** Copies elements of `width` bytes from the offsets determined by the strides, with the last axis varying fastest. */
function gather(
  span: Uint8Array,
  shape: readonly number[],
  strides: readonly number[],
  width: number,
  into: Uint8Array,
): void {
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < into.length; to += width) {
    for (let i = 0; i < width; i++) into[to + i] = span[from * width + i]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}
