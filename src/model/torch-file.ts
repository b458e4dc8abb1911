// Reads files from torch.save without running any code: the names in a state dict, and the position of each tensor's
// bytes. Values are not read here. torch/serialization.py writes two layouts:
// - zip (since 1.6): FOLDER/data.pkl is the pickle; FOLDER/data/KEY is the uncompressed bytes of one storage.
// - legacy: pickles of a magic number, a version, the machine's sizes, the state dict and the keys of the storages,
//   followed by the storages, each with its number of elements (int64) before its bytes.
//
// Nothing in these files is trusted: they can come from anywhere, and Python would run the code in them.

import type { FileHandle } from "node:fs/promises";
import { InputError, type Place } from "../errors.ts";
import { byteSize, type SafetensorsType } from "../safetensors.ts";
import { Callable, Malformed, Unfinished, unpickle } from "./pickle.ts";
import { readFully } from "./safetensors-file.ts";
import type { StoredTensor } from "./stored-tensor.ts";
import { type Range, Zip } from "./zip.ts";

/** The tensors of a state dict by name, and notes on how they were found. */
export interface TorchFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly notes: readonly string[];
}

const TYPES: Record<string, SafetensorsType> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** A state dict of 1,000 tensors has a pickle of about 100 kB. */
const LARGEST_PICKLE = 32 << 20;
/** The number of bytes of a legacy file that are read first; it is doubled until the pickle ends within these bytes. */
const FIRST_WINDOW = 1 << 20;
/** torch.Tensor has at most 64 axes. */
const MOST_AXES = 64;
/** The maximum number of characters in a tensor's name, because messages may contain the name. */
const LONGEST_NAME = 1000;
/** The maximum total number of pairs in OrderedDicts that were pickled as lists of pairs (by Python 2). */
const MOST_PAIRS = 1_000_000;

const TORCH_SAVED = "use a pytorch_model.bin written by torch.save, or a model.safetensors";
const SAVE_WEIGHTS =
  "save only the model's weights, either with torch.save(model.state_dict(), FILE) or as model.safetensors";
const FETCH_AGAIN = "download the file again, or save it again with torch.save";

/**
 * Elements of one type in the file; the position of their bytes is looked up by `key` after the pickle has been read.
 */
interface Storage {
  readonly key: string;
  readonly type: SafetensorsType;
  readonly numel: number;
  /**
   * The index of the first element among the elements stored under `key`, and the number of elements stored there: in
   * old files, a storage can be a view of only some of these elements.
   */
  readonly offset: number;
  readonly whole: number;
}

/** A tensor as described by the pickle, not yet checked to stay within its storage. */
class Tensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/**
 * The state dict in an open file of `size` bytes. Throws an InputError (one sentence) for anything else: another
 * format, code, a damaged or truncated file, tensors whose sizes or strides extend beyond their storage.
 */
export async function readTorchFile(handle: FileHandle, size: number, file: string): Promise<TorchFile> {
  const first = new Uint8Array(Math.min(8, size));
  await readFully(handle, 0, first, file);
  const start = new TextDecoder("latin1").decode(first);
  if (start === "version ")
    throw new InputError(
      "this is a git-lfs pointer, not the tensors themselves",
      { file },
      "run `git lfs pull` in its repository, or download the file itself",
    );
  try {
    if (start.startsWith("PK")) return await readZipped(handle, size, file);
    if (first[0] === 0x80) return await readLegacy(handle, size, file);
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    const isDamage = cause instanceof Unfinished;
    throw new InputError(cause.message, { file }, isDamage ? FETCH_AGAIN : SAVE_WEIGHTS, { cause });
  }
  throw new InputError(size ? "this file was not written by torch.save" : "the file is empty", { file }, TORCH_SAVED);
}

async function readZipped(handle: FileHandle, size: number, file: string): Promise<TorchFile> {
  const zip = await Zip.open(handle, size, file);
  const folders = zip.names.flatMap((name) => /^([^/\p{C}]{1,200}\/)?data\.pkl$/u.exec(name)?.slice(1) ?? []);
  if (folders.length !== 1)
    throw new InputError(
      `this is a zip file, but torch.save did not write it (${folders.length ? "it contains several data.pkl entries" : "data.pkl is missing"})`,
      { file },
      TORCH_SAVED,
    );
  const folder = folders[0] ?? "";
  if (zip.has(`${folder}constants.pkl`))
    throw new InputError("this is a TorchScript program (from torch.jit.save), which is code", { file }, SAVE_WEIGHTS);

  const contentOf = async (name: string, most: number) => {
    const { begin, end } = await zip.rangeOf(name);
    if (end - begin > most)
      throw new InputError(
        `it has ${end - begin} bytes, more than the limit of ${most}`,
        { file, at: `entry ${name}` },
        SAVE_WEIGHTS,
      );
    const bytes = new Uint8Array(end - begin);
    await readFully(handle, begin, bytes, file);
    return bytes;
  };
  if (zip.has(`${folder}byteorder`)) {
    const order = new TextDecoder().decode(await contentOf(`${folder}byteorder`, 16));
    if (order !== "little") throw otherMachine(file);
  }
  const { value, storages } = loaded(await contentOf(`${folder}data.pkl`, LARGEST_PICKLE), 0);
  const ranges = new Map<string, Range>();
  for (const { key } of storages.values()) ranges.set(key, await zip.rangeOf(`${folder}data/${key}`));
  return placed(value, ranges, size, file);
}

async function readLegacy(handle: FileHandle, size: number, file: string): Promise<TorchFile> {
  const { value, ...storages } = await windowed(handle, size, file, (bytes) => legacyPickles(bytes, file));
  return placed(value, await legacyRanges(handle, size, file, storages), size, file);
}

/**
 * The result of `parse` on the first bytes of the file; `parse` is called with more bytes as long as it throws
 * Unfinished.
 */
async function windowed<T>(
  handle: FileHandle,
  size: number,
  file: string,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  for (let window = FIRST_WINDOW; ; window *= 2) {
    const bytes = new Uint8Array(Math.min(size, window));
    await readFully(handle, 0, bytes, file);
    try {
      return parse(bytes);
    } catch (error) {
      if (!(error instanceof Unfinished) || window >= size) throw error;
      if (window >= LARGEST_PICKLE) throw new Malformed(`its pickle exceeds the limit of ${LARGEST_PICKLE} bytes`);
    }
  }
}

/** The five pickles at the start of a legacy file, and the offset where they end. */
function legacyPickles(bytes: Uint8Array, file: string) {
  const plain = { globals: new Map(), persistent: () => null };
  const magic = unpickle(bytes, 0, plain);
  if (magic.value !== MAGIC)
    throw new InputError("this is a pickle, but torch.save did not write it", { file }, TORCH_SAVED);
  const version = unpickle(bytes, magic.end, plain);
  if (version.value !== PROTOCOL) throw new Malformed("its version of PyTorch's file format is unknown");
  const machine = unpickle(bytes, version.end, plain);
  if (!(machine.value instanceof Map) || machine.value.get("little_endian") !== true) throw otherMachine(file);
  const { value, storages, end } = loaded(bytes, machine.end);
  const keys = unpickle(bytes, end, plain);
  if (!Array.isArray(keys.value) || keys.value.length !== storages.size)
    throw new Malformed("its list of storages does not match its tensors");
  return { value, storages, keys: keys.value as unknown[], end: keys.end };
}

/** The position of each storage's elements: storages follow one another, each preceded by its number of elements. */
async function legacyRanges(
  handle: FileHandle,
  size: number,
  file: string,
  { keys, storages, end: start }: Omit<ReturnType<typeof legacyPickles>, "value">,
): Promise<Map<string, Range>> {
  const ranges = new Map<string, Range>();
  const count = new Uint8Array(8);
  let at = start;
  for (const key of keys) {
    const storage = typeof key === "string" || typeof key === "number" ? storages.get(String(key)) : undefined;
    if (!storage || ranges.has(storage.key)) throw new Malformed("its list of storages does not match its tensors");
    if (at + 8 > size) throw new Unfinished("the file is truncated: it ends before the last of its storages");
    await readFully(handle, at, count, file);
    const elements = Number(new DataView(count.buffer).getBigInt64(0, true));
    const end = at + 8 + elements * byteSize(storage.type, []);
    if (elements < 0 || end > size)
      throw new Unfinished("the file is truncated: it ends before the last of its storages");
    ranges.set(storage.key, { begin: at + 8, end });
    at = end;
  }
  return ranges;
}

/** The value of the pickle at `start`, with its tensors, and the storages to which these tensors refer. */
function loaded(bytes: Uint8Array, start: number) {
  const storages = new Map<string, Storage>();
  const persistent = (id: unknown) => {
    const storage = storageOf(id);
    const known = storages.get(storage.key);
    if (known && (known.type !== storage.type || known.whole !== storage.whole))
      throw new Malformed(`two of its tensors describe storage ${storage.key} differently`);
    storages.set(storage.key, storage);
    return storage;
  };
  return { ...unpickle(bytes, start, { globals: globals(), persistent }), storages };
}

/** All globals that a file may use: those that occur in state dicts. */
function globals(): Map<string, unknown> {
  const known = new Map<string, unknown>();
  for (const [name, type] of Object.entries(TYPES))
    for (const module of ["torch", "torch.cuda"]) known.set(`${module}.${name}`, { type });
  known.set("torch.Tensor", { class: "Tensor" });
  const add = (name: string, call: (args: readonly unknown[]) => unknown) => known.set(name, new Callable(name, call));
  let pairsLeft = MOST_PAIRS;
  add("collections.OrderedDict", ([pairs]) => {
    const dict = new Map<unknown, unknown>();
    if (pairs === undefined) return dict;
    if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
      throw new Malformed("one of its OrderedDicts does not consist of key-value pairs");
    pairsLeft -= pairs.length;
    if (pairsLeft < 0) throw new Malformed(`its OrderedDicts have more than ${MOST_PAIRS} pairs`);
    for (const [key, value] of pairs) dict.set(key, value);
    return dict;
  });
  add("torch.Size", ([sizes]) => sizes);
  add("torch._utils._rebuild_tensor", ([storage, offset, shape, strides]) =>
    tensorOf(storage, offset, shape, strides, undefined),
  );
  add("torch._utils._rebuild_tensor_v2", ([storage, offset, shape, strides, , , metadata]) =>
    tensorOf(storage, offset, shape, strides, metadata),
  );
  for (const name of ["_rebuild_parameter", "_rebuild_parameter_with_state"])
    add(`torch._utils.${name}`, ([data]) => {
      if (data instanceof Tensor) return data;
      throw new Malformed("one of its parameters is not a tensor");
    });
  // A plain tensor with additional attributes. The arguments: the function that rebuilds the tensor, its class, the
  // function's arguments, and the attributes.
  add("torch._tensor._rebuild_from_type_v2", ([rebuild, type, args]) => {
    if (rebuild instanceof Callable && type === known.get("torch.Tensor") && Array.isArray(args)) {
      const tensor = rebuild.name.startsWith("torch._utils._rebuild_tensor") ? rebuild.call(args) : undefined;
      if (tensor instanceof Tensor) return tensor;
    }
    throw new Malformed("one of its tensors has a custom class");
  });
  return known;
}

/**
 * The storage to which a persistent ID refers. The ID is "storage", type, key, device, number of elements and, in old
 * files, a view (key, offset, number of elements).
 */
function storageOf(id: unknown): Storage {
  if (!Array.isArray(id) || id[0] !== "storage") throw new Malformed("it refers to an object that is not a storage");
  const [, kind, name, , numel, view] = id as unknown[];
  const type = (kind as { type?: SafetensorsType } | null)?.type;
  const key = typeof name === "number" || typeof name === "string" ? String(name) : undefined;
  if (type === undefined || key === undefined || !/^\d{1,30}$/.test(key) || !isCount(numel))
    throw new Malformed("it refers to a storage without a valid type, key and size");
  if (view === undefined || view === null) return { key, type, numel, offset: 0, whole: numel };
  const [, offset, elements] = Array.isArray(view) ? (view as unknown[]) : [];
  if (!isCount(offset) || !isCount(elements) || offset + elements > numel)
    throw new Malformed(`a view of its storage ${key} extends beyond the storage`);
  return { key, type, numel: elements, offset, whole: numel };
}

function tensorOf(storage: unknown, offset: unknown, shape: unknown, strides: unknown, metadata: unknown): Tensor {
  if (!isStorage(storage)) throw new Malformed("the storage of one of its tensors is missing or invalid");
  if (metadata instanceof Map && [...metadata.values()].some(Boolean))
    throw new Malformed("one of its tensors is stored negated or conjugated");
  if (!isCount(offset) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length)
    throw new Malformed(
      "one of its tensors has invalid sizes or strides: they must be non-negative whole numbers, with one stride per size",
    );
  return new Tensor(storage, offset, [...shape], [...strides]);
}

/** The state dict's tensors with the position of their bytes. */
function placed(value: unknown, ranges: ReadonlyMap<string, Range>, fileSize: number, file: string): TorchFile {
  const { dict, notes } = stateDictOf(value);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of dict) {
    if (!(tensor instanceof Tensor)) continue;
    if (typeof name !== "string" || name.length > LONGEST_NAME || /\p{Cc}/u.test(name))
      throw new Malformed("the name of a tensor is not a short string of printable characters");
    tensors.set(name, place(tensor, ranges.get(tensor.storage.key)!, fileSize, { file, at: `tensor ${name}` }));
  }
  return { tensors, notes };
}

function place(
  { storage, offset, shape, strides }: Tensor,
  range: Range,
  fileSize: number,
  where: Place,
): StoredTensor {
  const { type, numel, whole } = storage;
  const width = byteSize(type, []);
  if (range.end - range.begin !== whole * width)
    throw new InputError(
      `its storage ${storage.key} has ${range.end - range.begin} bytes, but ${whole} values of ${type} need ${whole * width}`,
      where,
      FETCH_AGAIN,
    );
  const size = shape.includes(0) ? 0 : shape.reduce((product, extent) => product * extent, 1);
  // One more than the index of the last element that the strides reach.
  const reach = size && offset + shape.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis]!, 1);
  if (reach > numel)
    throw new InputError(
      `its sizes [${shape.join(", ")}] and strides [${strides.join(", ")}] at offset ${offset} extend beyond the ${numel} values of its storage`,
      where,
      FETCH_AGAIN,
    );
  if (size * width > fileSize)
    throw new InputError(
      `it expands its storage to ${size} values, which take more bytes than the file has`,
      where,
      "save it as an independent tensor: tensor.contiguous()",
    );
  const first = range.begin + (size && storage.offset + offset) * width;
  const layout = { shape, type, begin: first, end: first + (size && reach - offset) * width };
  return isRowMajor(shape, strides) || !size ? layout : { ...layout, strides };
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    if (strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/**
 * The dict that contains tensors: the value itself or, as in the files of training scripts, the only such dict among
 * its values.
 */
function stateDictOf(value: unknown): { dict: ReadonlyMap<unknown, unknown>; notes: string[] } {
  if (!(value instanceof Map)) throw new Malformed("it contains no state dict (tensors by name)");
  if (hasTensors(value)) return { dict: value, notes: [] };
  const below = [...value].filter((entry): entry is [unknown, Map<unknown, unknown>] => hasTensors(entry[1]));
  const names = below.map(([name]) =>
    typeof name === "string" ? JSON.stringify(name.slice(0, 60)) : "a key that is not a string",
  );
  if (below.length > 1) throw new Malformed(`it contains several state dicts (${names.slice(0, 4).join(", ")})`);
  if (!below.length) throw new Malformed("it contains no state dict (tensors by name)");
  return { dict: below[0]![1], notes: [`The weights file contains the tensors under ${names[0]}.`] };
}

function hasTensors(value: unknown): boolean {
  return value instanceof Map && [...value.values()].some((entry) => entry instanceof Tensor);
}

function otherMachine(file: string): InputError {
  return new InputError(
    "it was saved on a big-endian machine",
    { file },
    "save it on a little-endian machine (x86, ARM), or as model.safetensors",
  );
}

/** Of all values that a pickle can create, only storages have the key `whole`. */
function isStorage(value: unknown): value is Storage {
  return typeof value === "object" && value !== null && "whole" in value;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MOST_AXES && value.every(isCount);
}
