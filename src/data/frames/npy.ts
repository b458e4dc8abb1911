// The header of numpy's .npy format: the type, the shape and the position of an array's values. A pure codec; the caller reads.
// Format: numpy/lib/format.py. The header is a Python dict, of which only what numpy writes is accepted; nothing is evaluated.

import { InputError } from "../../errors.ts";
import { byteSize, type SafetensorsType } from "../../safetensors.ts";
import { quoted } from "../../visible.ts";

export const NPY_MAGIC = "\x93NUMPY";
/** How many bytes say where the header is. */
export const NPY_START = 12;
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

const damaged = (what: string, file: string) => new InputError(what, { file }, SAVE_AGAIN);

/** Where the header's text is, from the first `NPY_START` bytes of an array of `size` bytes. Throws an InputError if there is none. */
export function npyHeader(
  start: Uint8Array,
  size: number,
  file: string,
): { readonly begin: number; readonly end: number } {
  if (start.length < NPY_START || !String.fromCharCode(...start).startsWith(NPY_MAGIC))
    throw damaged("this is not an array of numpy.save", file);
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const isLong = start[6]! > 1; // versions 2 and 3
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const begin = isLong ? 12 : 10;
  if (length > LONGEST_HEADER || begin + length > size) throw damaged(`its header of ${length} bytes is damaged`, file);
  return { begin, end: begin + length };
}

/** An array whose values follow its header in this many bytes. */
export interface NpyArray {
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** Whether the first axis varies fastest, as in Fortran. */
  readonly isColumnMajor: boolean;
}

/** Throws an InputError for another type than numbers, and for a damaged or truncated array. */
export function parseNpy(header: Uint8Array, bytes: number, file: string): NpyArray {
  const [, descr, fortran, sizes] = HEADER.exec(new TextDecoder("latin1").decode(header)) ?? [];
  if (descr === undefined) throw damaged("its header is not that of an array of numbers", file);
  const type = Object.hasOwn(TYPES, descr) ? TYPES[descr] : undefined;
  if (!type) throw damaged(`its type ${quoted(descr)} is not supported (little-endian numbers or bool)`, file);
  const shape = [...sizes!.matchAll(/\d+/g)].map(Number);
  const size = byteSize(type, shape);
  if (shape.length > MOST_AXES || size !== bytes)
    throw damaged(`its shape [${shape.join(", ")}] needs ${size} bytes, but it has ${bytes}`, file);
  return { type, shape, isColumnMajor: fortran === "True" && shape.length > 1 };
}
