// Reads the header of numpy's .npy format: the type, the shape and the position of an array's values. Format:
// numpy/lib/format.py. The header is a Python dict, of which only what numpy writes is accepted; nothing is evaluated.

import type { FileHandle } from "node:fs/promises";
import { InputError } from "../../errors.ts";
import { readFully } from "../../model/safetensors-file.ts";
import type { StoredTensor } from "../../model/stored-tensor.ts";
import type { Range } from "../../model/zip.ts";
import { byteSize, type SafetensorsType } from "../../safetensors.ts";
import { quoted } from "../../visible.ts";

export const NPY_MAGIC = "\x93NUMPY";
/** numpy's own limit for headers that it reads without being asked to trust them. */
const LONGEST_HEADER = 10_000;
/** numpy's own limit since 2.0. */
const MOST_AXES = 64;
const SAVE_AGAIN = "save the array again with numpy.save or numpy.savez";

const TYPES: Readonly<Record<string, SafetensorsType>> = {
  "|b1": "BOOL",
  "|u1": "U8",
  "|i1": "I8",
  "<u2": "U16",
  "<i2": "I16",
  "<u4": "U32",
  "<i4": "I32",
  "<u8": "U64",
  "<i8": "I64",
  "<f2": "F16",
  "<f4": "F32",
  "<f8": "F64",
};

const HEADER =
  /^\{'descr': '([^']{1,20})', 'fortran_order': (True|False), 'shape': \(((?:\d{1,15}, )*(?:\d{1,15},?)?)\), \} *\n$/;

/** The array in these bytes of an open file. Throws an InputError for another type than numbers, and for a damaged or truncated file. */
export async function readNpy(handle: FileHandle, { begin, end }: Range, file: string): Promise<StoredTensor> {
  const damaged = (what: string) => new InputError(what, { file }, SAVE_AGAIN);
  const start = new Uint8Array(Math.min(12, end - begin));
  await readFully(handle, begin, start, file);
  if (start.length < 12 || !String.fromCharCode(...start).startsWith(NPY_MAGIC))
    throw damaged("this is not an array of numpy.save");
  const view = new DataView(start.buffer);
  const isLong = start[6]! > 1; // versions 2 and 3
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const first = begin + (isLong ? 12 : 10);
  if (length > LONGEST_HEADER || first + length > end) throw damaged(`its header of ${length} bytes is damaged`);
  const text = new Uint8Array(length);
  await readFully(handle, first, text, file);
  const [, descr, fortran, sizes] = HEADER.exec(new TextDecoder("latin1").decode(text)) ?? [];
  if (descr === undefined) throw damaged("its header is not that of an array of numbers");
  const type = Object.hasOwn(TYPES, descr) ? TYPES[descr] : undefined;
  if (!type) throw damaged(`its type ${quoted(descr)} is not supported (little-endian numbers or bool)`);
  const shape = [...sizes!.matchAll(/\d+/g)].map(Number);
  const size = byteSize(type, shape);
  const from = first + length;
  if (shape.length > MOST_AXES || size !== end - from)
    throw damaged(`its shape [${shape.join(", ")}] needs ${size} bytes, but it has ${end - from}`);
  const position = { shape, type, begin: from, end };
  return fortran === "True" && shape.length > 1 ? { ...position, strides: columnMajor(shape) } : position;
}

function columnMajor(shape: readonly number[]): number[] {
  let stride = 1;
  return shape.map((extent) => {
    const own = stride;
    stride *= extent;
    return own;
  });
}
