// The weights of a folder in the Hub's layout. Opening reads only the headers, and tensors are read by position on
// demand, so a model of any size opens immediately, and no weight is in memory twice.

import { createHash } from "node:crypto";
import { type FileHandle, readdir } from "node:fs/promises";
import path from "node:path";
import { InputError, type Place } from "../errors.ts";
import { ADAPTATION_ENDING } from "../file-name.ts";
import { openFile } from "../files.ts";
import { isJsonObject, readJsonObject } from "../json.ts";
import { isPlainName, pathInside } from "../own-files.ts";
import { isFloatType, toFloat32 } from "../safetensors.ts";
import { suggest } from "../suggest.ts";
import { sizeOf } from "../tensor.ts";
import { quoted } from "../visible.ts";
import { familyIn } from "./config.ts";
import { modelFolder } from "./folder.ts";
import { canonicalNames } from "./prefix.ts";
import { CHUNK, readFully, readHeader } from "./safetensors-file.ts";
import { bytesOf, readStored, type StoredTensor } from "./stored-tensor.ts";
import { readTorchFile } from "./torch-file.ts";
import { viewsIn } from "./views.ts";

/** A tensor on disk, in the file `shard`. */
interface ShardTensor extends StoredTensor {
  readonly shard: string;
}

/** `stored`: its name in the file, with all prefixes. */
export interface PretrainedTensor extends ShardTensor {
  readonly stored: string;
}

/** An open file of weights; its size in bytes and modification time in milliseconds show whether it has changed. */
export interface Shard {
  readonly handle: FileHandle;
  readonly size: number;
  readonly modified: number;
}

/** The data read from the headers of a folder's files. */
interface Opened {
  readonly shards: Map<string, Shard>;
  /** Keyed by stored name. */
  readonly tensors: Map<string, ShardTensor>;
  /**
   * The names of tensors that were not stored because another tensor has the same values, mapped to that tensor's name.
   */
  readonly aliases: Map<string, string>;
  readonly notes: string[];
}

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const TORCH = "pytorch_model.bin";
const TORCH_INDEX = "pytorch_model.bin.index.json";
/** The maximum size of an index in bytes. An index has one line per tensor; with 100,000 tensors, it is about 10 MB. */
const LARGEST_INDEX = 25_000_000;
const LAYOUT = "choose a model folder in the Hub's layout, with its model.safetensors";

/**
 * Opens the weights in a model's folder (see `modelFolder`): model.safetensors, or else pytorch_model.bin, each as one
 * file or as the shards listed in its index. Reads only headers. Throws an InputError for a folder without weights
 * (naming what it contains instead), a git-lfs pointer, a damaged header, a shard that is missing or outside the
 * folder, two encoders in one folder, and two tensors with the same canonical name. Close the weights after use.
 */
export async function openPretrained(given: string): Promise<PretrainedWeights> {
  const folder = await modelFolder(given);
  const files = new Set(await readdir(folder));
  const opened: Opened = { shards: new Map(), tensors: new Map(), aliases: new Map(), notes: [] };
  try {
    if (files.has(SINGLE)) await openShard(await pathInside(folder, SINGLE, LAYOUT), opened);
    else if (files.has(INDEX)) await openShards(folder, INDEX, opened);
    else if (files.has(TORCH)) await openShard(await pathInside(folder, TORCH, LAYOUT), opened);
    else if (files.has(TORCH_INDEX)) await openShards(folder, TORCH_INDEX, opened);
    else throw withoutWeights(folder, files);
    addAliases(opened);
    const family = await familyIn(folder);
    const { names, notes } = canonicalNames([...opened.tensors.keys()], family, folder);
    const tensors = new Map<string, PretrainedTensor>();
    for (const [stored, tensor] of opened.tensors)
      for (const [name, view] of viewsIn(family, names.get(stored)!, { ...tensor, stored }))
        addTensor(tensors, name, stored, view);
    return new PretrainedWeights(folder, tensors, opened.shards, [...opened.notes, ...notes]);
  } catch (error) {
    await closeAll(opened.shards);
    throw error;
  }
}

/** A model's tensors by canonical name (see `canonicalName`). */
export class PretrainedWeights {
  readonly folder: string;
  readonly tensors: ReadonlyMap<string, PretrainedTensor>;
  readonly shards: ReadonlyMap<string, Shard>;
  /** Notes, in complete sentences, on how the tensors were found. */
  readonly notes: readonly string[];

  constructor(
    folder: string,
    tensors: ReadonlyMap<string, PretrainedTensor>,
    shards: ReadonlyMap<string, Shard>,
    notes: readonly string[] = [],
  ) {
    this.folder = folder;
    this.tensors = tensors;
    this.shards = shards;
    this.notes = notes;
  }

  /**
   * The tensor's values as float32, row-major; F16 and BF16 are converted exactly. If `into` is given, the values are
   * written to it; it must have as many elements as the tensor. Needs no additional memory unless the tensor has
   * strides. Throws an InputError if the tensor does not exist, is not floating-point, or contains NaN or infinity
   * (naming the position of the first such value).
   */
  async readFloat32(name: string, into?: Float32Array): Promise<Float32Array> {
    const tensor = this.#tensor(name);
    const place = { file: tensor.shard, at: `tensor ${name}` };
    requireFloats(tensor, place);
    const length = tensor.shape.reduce((product, extent) => product * extent, 1);
    const out = into ?? new Float32Array(length);
    if (out.length !== length)
      throw new RangeError(`the destination has ${out.length} elements, but ${name} has ${length} values`);
    // The file's bytes are read into the end of the destination, then widened in place.
    const stored = new Uint8Array(out.buffer, out.byteOffset, out.byteLength).subarray(
      out.byteLength - bytesOf(tensor),
    );
    await this.#read(tensor, stored);
    toFloat32(stored, tensor.type, out);
    const EXPONENT = 0x7f800000;
    requireFinite(new Uint32Array(out.buffer, out.byteOffset, length), EXPONENT, tensor.shape, place);
    return out;
  }

  /** The size of all tensors as float32, in bytes. */
  get float32Bytes(): number {
    return [...this.tensors.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  }

  /**
   * The tensor's bytes as stored, row-major; written to `into` if it is given. Throws an InputError if the tensor does not
   * exist.
   */
  async readRaw(name: string, into?: Uint8Array): Promise<Uint8Array> {
    const tensor = this.#tensor(name);
    const bytes = into ?? new Uint8Array(bytesOf(tensor));
    await this.#read(tensor, bytes);
    return bytes;
  }

  /**
   * SHA-256 (hex) of "NAME\nEXTENT,EXTENT\n" (the canonical name and the shape) followed by the bytes as stored,
   * row-major.
   */
  async sha256(name: string): Promise<string> {
    const tensor = this.#tensor(name);
    const hash = createHash("sha256").update(`${name}\n${tensor.shape.join(",")}\n`);
    if (tensor.strides) return hash.update(await this.readRaw(name)).digest("hex");
    const chunk = new Uint8Array(Math.min(CHUNK, bytesOf(tensor)));
    for (let at = tensor.begin; at < tensor.end; at += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, tensor.end - at));
      await readFully(this.#handle(tensor), at, part, tensor.shard);
      hash.update(part);
    }
    return hash.digest("hex");
  }

  async close(): Promise<void> {
    await closeAll(this.shards);
  }

  #tensor(name: string): PretrainedTensor {
    const tensor = this.tensors.get(name);
    if (tensor) return tensor;
    throw new InputError(
      `the weights do not contain this tensor (${thereInstead(name, [...this.tensors.keys()])})`,
      { file: this.folder, at: `tensor ${name}` },
      "use the weights that belong to this folder's config.json",
    );
  }

  #read(tensor: PretrainedTensor, into: Uint8Array): Promise<void> {
    return readStored(this.#handle(tensor), tensor, into, tensor.shard);
  }

  #handle({ shard }: PretrainedTensor): FileHandle {
    return this.shards.get(shard)!.handle;
  }
}

/** The maximum number of names listed in a message, and of characters shown of each name. */
const NAMED = 3;
const LONGEST_NAME = 200;

/**
 * A phrase that says which tensors the weights contain instead of the missing tensor `name`: the most similar name, or
 * the first few names.
 */
export function thereInstead(name: string, names: readonly string[]): string {
  const near = suggest(name, names) ?? longestCommonStart(name, names);
  if (near !== undefined) return `the most similar name is ${near}`;
  return names.length ? `they contain ${listed(names)}` : "they contain no tensors";
}

/** The candidate that shares the longest prefix with `name`, if this prefix is more than half of `name`. */
function longestCommonStart(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let most = Math.floor(name.length / 2);
  for (const candidate of candidates) {
    let same = 0;
    while (same < name.length && candidate[same] === name[same]) same++;
    if (same > most) [best, most] = [candidate, same];
  }
  return best;
}

export function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  const shown = names.slice(0, NAMED).map((name) => name.slice(0, LONGEST_NAME));
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Throws an InputError if a tensor's type cannot be converted to float32 exactly. */
export function requireFloats({ type }: PretrainedTensor, place: Place): void {
  if (!isFloatType(type))
    throw new InputError(
      `its values are ${type}, not F32, F16 or BF16`,
      place,
      "save the model's weights as float32, float16 or bfloat16",
    );
}

/** Files that are saved along with weights, but do not contain weights. */
const NO_WEIGHTS = /^(training_args|optimizer|scheduler|rng_state.*|scaler)\./;

/** The error for a folder without weights; it names the most informative file found instead. */
function withoutWeights(folder: string, files: ReadonlySet<string>): InputError {
  const names = [...files].sort();
  const adapter = names.find((file) => /^adapter_model\.(safetensors|bin)$/.test(file));
  if (adapter)
    return new InputError(
      "this is an adapter, not a whole model",
      { file: path.join(folder, adapter) },
      "choose the folder of a base model that contains a model.safetensors",
    );
  const misnamed = names.find((file) => /\.safetensors$/.test(file) && !ADAPTATION_ENDING.test(file));
  if (misnamed)
    return new InputError(
      `the weights must be in ${SINGLE} or in the shards of ${INDEX}`,
      { file: path.join(folder, misnamed) },
      /-\d+-of-\d+\./.test(misnamed)
        ? `download the model's ${INDEX} as well`
        : `rename it to ${SINGLE} if it contains the weights`,
    );
  const other = names.find((file) => /\.(bin|pt|pth|ckpt|h5|msgpack|gguf|onnx)$/.test(file) && !NO_WEIGHTS.test(file));
  if (other)
    return new InputError(
      `the weights are neither in ${SINGLE} nor in ${TORCH}`,
      { file: path.join(folder, other) },
      "use a model.safetensors, or convert the model with transformers: save_pretrained(FOLDER)",
    );
  return new InputError(`there is neither ${SINGLE} nor ${TORCH} in this folder`, { file: folder }, LAYOUT);
}

async function openShards(folder: string, indexName: string, opened: Opened): Promise<void> {
  const index = await pathInside(folder, indexName, LAYOUT);
  const { weight_map: map } = await readJsonObject(index, LAYOUT, LARGEST_INDEX);
  const entries = isJsonObject(map) ? Object.entries(map) : [];
  if (!entries.length) throw new InputError("it maps no tensor to a shard", { file: index, at: "weight_map" }, LAYOUT);

  for (const [name, shard] of entries) {
    const at = `tensor ${name}`;
    if (typeof shard !== "string" || !isPlainName(shard))
      throw new InputError(
        `its shard ${quoted(shard)} is not a file in this folder`,
        { file: index, at },
        "correct the index, or use another model",
      );
    const file = await pathInside(folder, shard, LAYOUT);
    if (!opened.shards.has(file)) await openShard(file, opened);
    if (opened.tensors.get(name)?.shard !== file && !opened.aliases.has(name))
      throw new InputError(
        `its shard ${shard} does not contain this tensor`,
        { file: index, at },
        "download the shards again",
      );
  }
}

async function openShard(file: string, opened: Opened): Promise<void> {
  const shard = await openShardFile(file);
  opened.shards.set(file, shard);
  if (file.endsWith(".bin")) {
    const { tensors, notes } = await readTorchFile(shard.handle, shard.size, file);
    for (const [name, tensor] of tensors) addTensor(opened.tensors, name, name, { ...tensor, shard: file });
    opened.notes.push(...notes.filter((note) => !opened.notes.includes(note)));
    return;
  }
  const { entries, metadata, dataStart } = await readHeader(shard.handle, shard.size, file);
  for (const { name, type, shape, begin, end } of entries.values())
    addTensor(opened.tensors, name, name, { shape, type, shard: file, begin: dataStart + begin, end: dataStart + end });
  for (const [alias, name] of Object.entries(metadata)) opened.aliases.set(alias, name);
}

/** Adds a tensor whose stored name is `stored`; two tensors can have the same name only if they share their bytes. */
function addTensor<T extends ShardTensor>(tensors: Map<string, T>, name: string, stored: string, tensor: T): void {
  const other = tensors.get(name);
  const { shard: file, begin } = tensor;
  if (other && (other.shard !== file || other.begin !== begin))
    throw new InputError(
      `without prefixes, it has the same name (${name}) as another tensor${other.shard === file ? "" : ` in ${other.shard}`}`,
      { file, at: `tensor ${stored}` },
      "remove one of the two tensors",
    );
  tensors.set(name, tensor);
}

/**
 * Adds the tensors that were not stored in safetensors files because another tensor has the same values. The metadata
 * maps their names to that tensor's name, but also contains unrelated entries.
 */
function addAliases({ tensors, aliases }: Opened): void {
  /** The entries already visited; each entry is visited only once, however long the chains are. */
  const passed = new Set<string>();
  for (const alias of aliases.keys()) {
    const chain: string[] = [];
    let name: string | undefined = alias;
    while (name !== undefined && !tensors.has(name) && !passed.has(name)) {
      passed.add(name);
      chain.push(name);
      name = aliases.get(name);
    }
    const tensor = name === undefined ? undefined : tensors.get(name);
    if (tensor) for (const link of chain) if (aliases.has(link)) tensors.set(link, tensor);
  }
}

async function openShardFile(file: string): Promise<Shard> {
  const { handle, status } = await openFile(file, "download the model again, with all its files");
  return { handle, size: status.size, modified: status.mtimeMs };
}

async function closeAll(shards: ReadonlyMap<string, Shard>): Promise<void> {
  await Promise.all([...shards.values()].map(({ handle }) => handle.close()));
}

/**
 * Throws an InputError if a value is NaN or infinite: if all bits of its exponent are set, which `exponent` has. The fraction's
 * bits are below them, and the sign's above.
 */
export function requireFinite(
  words: Uint32Array | Uint16Array,
  exponent: number,
  shape: readonly number[],
  place: Place,
): void {
  let bad = 0;
  while (bad < words.length && (words[bad]! & exponent) !== exponent) bad++;
  if (bad === words.length) return;
  const lowest = exponent & -exponent;
  const infinity = words[bad]! & (exponent + lowest) ? "-Infinity" : "Infinity";
  throw new InputError(
    `the value at [${indexOf(bad, shape).join(", ")}] is ${words[bad]! & (lowest - 1) ? "NaN" : infinity}`,
    place,
    "use weights that are finite numbers (these are damaged, or their training diverged)",
  );
}

/** The indices of element `flat` in a row-major array of this shape. */
function indexOf(flat: number, shape: readonly number[]): number[] {
  let rest = flat;
  return shape
    .toReversed()
    .map((extent) => {
      const at = rest % extent;
      rest = Math.floor(rest / extent);
      return at;
    })
    .toReversed();
}
