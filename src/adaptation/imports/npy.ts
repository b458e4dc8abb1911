// Finds an array in numpy's .npy format in an open file.

import type { FileHandle } from "node:fs/promises";
import { NPY_START, npyHeader, parseNpy } from "../../data/frames/npy.ts";
import { readFully } from "../../model/weights/safetensors-file.ts";
import type { StoredTensor } from "../../model/weights/stored-tensor.ts";
import type { Range } from "../../model/weights/zip.ts";

/** The array in these bytes of an open file. Throws an InputError for another type than numbers, and for a damaged or truncated file. */
export async function readNpy(handle: FileHandle, { begin, end }: Range, file: string): Promise<StoredTensor> {
  const start = new Uint8Array(Math.min(NPY_START, end - begin));
  await readFully(handle, begin, start, file);
  const header = npyHeader(start, end - begin, file);
  const text = new Uint8Array(header.end - header.begin);
  await readFully(handle, begin + header.begin, text, file);
  const from = begin + header.end;
  const { type, shape, isColumnMajor } = parseNpy(text, end - from, file);
  const position = { shape, type, begin: from, end };
  return isColumnMajor ? { ...position, strides: columnMajor(shape) } : position;
}

function columnMajor(shape: readonly number[]): number[] {
  let stride = 1;
  return shape.map((extent) => {
    const own = stride;
    stride *= extent;
    return own;
  });
}
