// Opens arrays by name in the files in which other programs store masks, scores and weights: safetensors, torch.save, numpy's .npy and
// .npz, and model folders. Only headers are read; values are read on demand.

import type { FileHandle } from "node:fs/promises";
import { stat } from "node:fs/promises";
import { NPY_MAGIC } from "../../data/frames/npy.ts";
import { InputError } from "../../errors.ts";
import { openFile } from "../../files.ts";
import { openPretrained } from "../../model/weights/pretrained.ts";
import { readFully, readHeader } from "../../model/weights/safetensors-file.ts";
import { bytesOf, readStored, type StoredTensor } from "../../model/weights/stored-tensor.ts";
import { readTorchFile } from "../../model/weights/torch-file.ts";
import { Zip } from "../../model/weights/zip.ts";
import { isFloatType, type SafetensorsType, toFloat32 } from "../../safetensors.ts";
import { sizeOf } from "../../tensor.ts";
import { readNpy } from "./npy.ts";

const REMEDY = "choose a file of safetensors, torch.save or numpy, or a model folder";
/** The name of the array in a .npy file, which has none. */
export const UNNAMED = "";

/** An array in a file. */
export interface StoredArray extends StoredTensor {
  readonly handle: FileHandle;
  readonly file: string;
}

/** Open arrays by their names in the file; close them after use. */
export class Arrays {
  /** The file or folder. */
  readonly file: string;
  readonly arrays: ReadonlyMap<string, StoredArray>;
  /** The header's metadata, in a safetensors file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Notes, in complete sentences, on how the arrays were found. */
  readonly notes: readonly string[];
  readonly #close: () => Promise<void>;
  readonly #signal: AbortSignal | undefined;

  constructor(
    file: string,
    arrays: ReadonlyMap<string, StoredArray>,
    close: () => Promise<void>,
    {
      metadata = {},
      notes = [],
      signal,
    }: {
      readonly metadata?: Readonly<Record<string, string>>;
      readonly notes?: readonly string[];
      readonly signal?: AbortSignal | undefined;
    } = {},
  ) {
    this.file = file;
    this.arrays = arrays;
    this.metadata = metadata;
    this.notes = notes;
    this.#close = close;
    this.#signal = signal;
  }

  /** The array's bytes, row-major. If the signal has fired, throws its reason. */
  async bytes(name: string): Promise<Uint8Array> {
    this.#signal?.throwIfAborted();
    const array = this.arrays.get(name)!;
    const bytes = new Uint8Array(bytesOf(array));
    await readStored(array.handle, array, bytes, array.file);
    return bytes;
  }

  /**
   * The array's values, row-major, rounded to float32, but none to 0 that is not 0. Throws an InputError for NaN and, if the signal has
   * fired, its reason.
   */
  async values(name: string): Promise<Float32Array> {
    const { type, shape, file } = this.arrays.get(name)!;
    const values = float32Of(await this.bytes(name), type, sizeOf(shape));
    const bad = values.findIndex(Number.isNaN);
    if (bad < 0) return values;
    throw new InputError(`value ${bad} is NaN`, { file, at: `tensor ${name}` }, "save it again: it is damaged");
  }

  close(): Promise<void> {
    return this.#close();
  }
}

/** The least magnitude of a float32. */
const LEAST = 2 ** -149;

/** Converters to float32 from the types that `toFloat32` does not support. */
const CONVERTERS: Record<Exclude<SafetensorsType, "F32" | "F16" | "BF16">, (bytes: ArrayBuffer) => Float32Array> = {
  F64: (bytes) =>
    Float32Array.from(new Float64Array(bytes), (value) => value && Math.sign(value) * Math.max(Math.abs(value), LEAST)),
  I64: (bytes) => Float32Array.from(new BigInt64Array(bytes), Number),
  U64: (bytes) => Float32Array.from(new BigUint64Array(bytes), Number),
  I32: (bytes) => Float32Array.from(new Int32Array(bytes)),
  U32: (bytes) => Float32Array.from(new Uint32Array(bytes)),
  I16: (bytes) => Float32Array.from(new Int16Array(bytes)),
  U16: (bytes) => Float32Array.from(new Uint16Array(bytes)),
  I8: (bytes) => Float32Array.from(new Int8Array(bytes)),
  U8: (bytes) => Float32Array.from(new Uint8Array(bytes)),
  BOOL: (bytes) => Float32Array.from(new Uint8Array(bytes)),
};

function float32Of(bytes: Uint8Array, type: SafetensorsType, length: number): Float32Array {
  if (!isFloatType(type)) return CONVERTERS[type as keyof typeof CONVERTERS](bytes.buffer as ArrayBuffer);
  const values = new Float32Array(length);
  toFloat32(bytes, type, values);
  return values;
}

/**
 * Opens a file, recognized by its content, or the weights in a model folder. Throws an InputError if it cannot be read, is damaged,
 * or is in another format. Reading throws the signal's reason once it fires.
 */
export async function openArrays(given: string, signal?: AbortSignal): Promise<Arrays> {
  const isFolder = await stat(given).then(
    (status) => status.isDirectory(),
    () => false, // opening the file reports the error
  );
  if (isFolder) return openFolder(given, signal);
  const { handle, status } = await openFile(given, REMEDY);
  try {
    const { tensors, ...rest } = await readAny(handle, status.size, given);
    const arrays = new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, handle, file: given }]));
    return new Arrays(given, arrays, () => handle.close(), { ...rest, signal });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFolder(given: string, signal: AbortSignal | undefined): Promise<Arrays> {
  const pretrained = await openPretrained(given);
  const arrays = new Map(
    [...pretrained.tensors].map(([name, tensor]): [string, StoredArray] => {
      return [name, { ...tensor, file: tensor.shard, handle: pretrained.shards.get(tensor.shard)!.handle }];
    }),
  );
  return new Arrays(given, arrays, () => pretrained.close(), { notes: pretrained.notes, signal });
}

interface Found {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly notes?: readonly string[];
}

/** In bytes: what tells the formats apart. */
const START = 9;

async function readAny(handle: FileHandle, size: number, file: string): Promise<Found> {
  const start = new Uint8Array(Math.min(START, size));
  await readFully(handle, 0, start, file);
  const text = String.fromCharCode(...start);
  if (text.startsWith(NPY_MAGIC))
    return { tensors: new Map([[UNNAMED, await readNpy(handle, { begin: 0, end: size }, file)]]) };
  if (text.startsWith("PK")) {
    const zip = await Zip.open(handle, size, file);
    const members = zip.names.filter((name) => name.endsWith(".npy"));
    if (members.length) return { tensors: await readNpz(handle, zip, members, file) };
    return readTorchFile(handle, size, file);
  }
  // The length of the header, below 4 GB, and the header's first character; a length may start with the byte of a pickle.
  if (/^.{4}\0{4}\{/s.test(text)) return readSafetensors(handle, size, file);
  if (/^(\x80|version |$)/.test(text)) return readTorchFile(handle, size, file);
  throw new InputError("this is not a file of safetensors, torch.save or numpy", { file }, REMEDY);
}

async function readSafetensors(handle: FileHandle, size: number, file: string): Promise<Found> {
  const { entries, metadata, dataStart } = await readHeader(handle, size, file);
  const tensors = [...entries.values()].map(({ name, type, shape, begin, end }): [string, StoredTensor] => {
    return [name, { shape, type, begin: dataStart + begin, end: dataStart + end }];
  });
  return { tensors: new Map(tensors), metadata };
}

async function readNpz(handle: FileHandle, zip: Zip, members: readonly string[], file: string) {
  const tensors = new Map<string, StoredTensor>();
  for (const member of members) {
    const range = await zip.rangeOf(member, "save the file again with numpy.savez, which never compresses");
    tensors.set(member.slice(0, -".npy".length), await readNpy(handle, range, file));
  }
  return tensors;
}
