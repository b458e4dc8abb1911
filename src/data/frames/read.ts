// Reads frame features: a file of numpy or safetensors with one array [length, features] of float16 or float32.

import { createHash } from "node:crypto";
import { InputError } from "../../errors.ts";
import { readFileLimited } from "../../files.ts";
import { grouped } from "../../numbers.ts";
import { headerLength, parseHeader, type SafetensorsType, toFloat32 } from "../../safetensors.ts";
import { NPY_MAGIC, NPY_START, npyHeader, parseNpy } from "./npy.ts";

/** The features of an example's frames. */
export interface Frames {
  readonly length: number;
  readonly features: number;
  /** [length, features], row-major. */
  readonly data: Float32Array;
}

/** In bytes: 100,000 frames of 320 numbers. */
const LARGEST_FILE = 128_000_000;
const MOST = { length: 100_000, features: 4096 };

const REMEDY = "save an array [frames, features] of float16 or float32 with numpy.save, or alone in a safetensors file";

interface Stored {
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Throws an InputError, naming the file, if it does not hold frames that are all finite. */
export async function readFrames(file: string): Promise<Frames & { readonly sha256: string }> {
  const bytes = await readFileLimited(file, LARGEST_FILE, REMEDY);
  const wrong = (what: string) => new InputError(what, { file }, REMEDY);
  const isNpy = file.endsWith(".npy") || bytes.toString("latin1", 0, NPY_MAGIC.length) === NPY_MAGIC;
  const { type, shape, bytes: own } = isNpy ? inNpy(bytes, file) : inSafetensors(bytes, file);
  if (type !== "F16" && type !== "F32") throw wrong(`its numbers are of type ${type}`);
  const [length, features] = shape;
  if (shape.length !== 2) throw wrong(`the array has the shape [${shape.join(", ")}], not [frames, features]`);
  if (!length || !features) throw wrong("the array is empty");
  for (const [name, count] of Object.entries({ length, features }) as [keyof typeof MOST, number][])
    if (count > MOST[name])
      throw wrong(
        `it has ${grouped(count)} ${name === "length" ? "frames" : "features"}, over the limit of ${grouped(MOST[name])}`,
      );
  const data = new Float32Array(length * features);
  toFloat32(own, type, data);
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw wrong(`frame ${Math.floor(at / features)} has a value that is not finite`);
  return { length, features, data, sha256: createHash("sha256").update(bytes).digest("hex") };
}

function inNpy(bytes: Buffer, file: string): Stored {
  const header = npyHeader(bytes.subarray(0, NPY_START), bytes.length, file);
  const values = bytes.subarray(header.end);
  const { isColumnMajor, ...array } = parseNpy(bytes.subarray(header.begin, header.end), values.length, file);
  if (isColumnMajor)
    throw new InputError("its numbers are in Fortran's order", { file }, "save numpy.ascontiguousarray of the array");
  return { ...array, bytes: values };
}

function inSafetensors(bytes: Buffer, file: string): Stored {
  const begin = 8 + headerLength(bytes.subarray(0, 8), bytes.length, file);
  const { entries, dataStart } = parseHeader(bytes.subarray(8, begin), bytes.length, file);
  const [only, ...more] = [...entries.values()];
  if (!only || more.length) throw new InputError(`the file has ${entries.size} arrays`, { file }, REMEDY);
  return { ...only, bytes: bytes.subarray(dataStart + only.begin, dataStart + only.end) };
}
