// The weights of a folder in the Hub's layout: headers are read at opening, tensors by position when they are asked for,
// so that a model of any size opens at once and no weight is ever held twice.

import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { InputError, type Place } from "../errors.ts";
import { reasonOf } from "../files.ts";
import { isJsonObject, readJsonObject } from "../json.ts";
import { isFloatType, type SafetensorsType, toFloat32 } from "../safetensors.ts";
import { CHUNK, readFully, readHeader } from "../safetensors-file.ts";
import type { ModelConfig } from "./config.ts";
import { canonicalName, expectedTensors } from "./names.ts";

/** A tensor on disk; `begin` and `end` are byte offsets from the start of the file `shard`. */
export interface CheckpointTensor {
  readonly shape: readonly number[];
  readonly type: SafetensorsType;
  readonly shard: string;
  readonly begin: number;
  readonly end: number;
}

/** An open safetensors file; size in bytes and time of change in milliseconds say whether it is still the same. */
export interface Shard {
  readonly handle: FileHandle;
  readonly size: number;
  readonly modified: number;
}

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const LAYOUT = "give a model's folder in the Hub's layout, with its model.safetensors";

/**
 * Opens the weights of a model's folder: model.safetensors, or the shards of model.safetensors.index.json. Only headers
 * are read. InputError for a folder without safetensors (naming what is there instead), a git-lfs pointer, a damaged
 * header, a shard that is missing or lies outside the folder, and two tensors of one canonical name. Close it after use.
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const files = await listFolder(folder);
  const shards = new Map<string, Shard>();
  const tensors = new Map<string, CheckpointTensor>();
  try {
    if (files.has(SINGLE)) await openShard(path.join(folder, SINGLE), shards, tensors);
    else if (files.has(INDEX)) await openShards(folder, shards, tensors);
    else throw withoutWeights(folder, files);
    return new Checkpoint(folder, tensors, shards);
  } catch (error) {
    await closeAll(shards);
    throw error;
  }
}

/** A model's tensors by canonical name (see `canonicalName`). */
export class Checkpoint {
  readonly folder: string;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly shards: ReadonlyMap<string, Shard>;

  constructor(folder: string, tensors: ReadonlyMap<string, CheckpointTensor>, shards: ReadonlyMap<string, Shard>) {
    this.folder = folder;
    this.tensors = tensors;
    this.shards = shards;
  }

  /**
   * The tensor's values as float32, row-major; F16 and BF16 are converted exactly. Written into `into` where given (its
   * length must be the tensor's). Needs no memory beside the destination. InputError where the checkpoint has no such
   * tensor, where it is not floating-point, and for NaN or infinite values (naming the first one's place).
   */
  async readFloat32(name: string, into?: Float32Array): Promise<Float32Array> {
    const tensor = this.#tensor(name);
    const place = { file: tensor.shard, at: `tensor ${name}` };
    requireFloats(tensor, place);
    const length = tensor.shape.reduce((product, extent) => product * extent, 1);
    const out = into ?? new Float32Array(length);
    if (out.length !== length) throw new RangeError(`${out.length} places for the ${length} values of ${name}`);
    // The destination's last bytes take the file's, and are widened from there in place.
    const stored = new Uint8Array(out.buffer, out.byteOffset, out.byteLength).subarray(
      out.byteLength - (tensor.end - tensor.begin),
    );
    await this.#read(tensor, tensor.begin, stored);
    toFloat32(stored, tensor.type, out);
    const bad = firstNotFinite(out);
    if (bad >= 0)
      throw new InputError(
        `the value at [${indexOf(bad, tensor.shape).join(", ")}] is ${out[bad]}`,
        place,
        "take weights that are finite numbers (these are damaged, or their training diverged)",
      );
    return out;
  }

  /** The tensor's bytes as stored. InputError where the checkpoint has no such tensor. */
  async readRaw(name: string): Promise<Uint8Array> {
    const tensor = this.#tensor(name);
    const bytes = new Uint8Array(tensor.end - tensor.begin);
    await this.#read(tensor, tensor.begin, bytes);
    return bytes;
  }

  /** SHA-256 (hex) of "NAME\nEXTENT,EXTENT\n", the canonical name and the shape, followed by the bytes as stored. */
  async sha256(name: string): Promise<string> {
    const tensor = this.#tensor(name);
    const hash = createHash("sha256").update(`${name}\n${tensor.shape.join(",")}\n`);
    const chunk = new Uint8Array(Math.min(CHUNK, tensor.end - tensor.begin));
    for (let at = tensor.begin; at < tensor.end; at += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, tensor.end - at));
      await this.#read(tensor, at, part);
      hash.update(part);
    }
    return hash.digest("hex");
  }

  async close(): Promise<void> {
    await closeAll(this.shards);
  }

  #tensor(name: string): CheckpointTensor {
    const tensor = this.tensors.get(name);
    if (tensor) return tensor;
    throw new InputError(
      "the weights have no such tensor",
      { file: this.folder, at: `tensor ${name}` },
      "take the weights that belong to its config.json",
    );
  }

  #read(tensor: CheckpointTensor, from: number, into: Uint8Array): Promise<void> {
    return readFully(this.shards.get(tensor.shard)!.handle, from, into, tensor.shard);
  }
}

/**
 * Checks that the checkpoint holds every tensor that an encoder of this config reads, each with its shape and a
 * floating-point type. InputError naming the first that it does not; a pooler may be absent.
 */
export function checkShapes(checkpoint: Checkpoint, config: ModelConfig): void {
  for (const [name, { shape, optional }] of expectedTensors(config)) {
    const tensor = checkpoint.tensors.get(name);
    const place = { file: tensor?.shard ?? checkpoint.folder, at: `tensor ${name}` };
    const remedy = "take the weights that belong to its config.json";
    if (!tensor) {
      if (optional) continue;
      throw new InputError("the weights have no such tensor, which config.json asks for", place, remedy);
    }
    if (tensor.shape.join() !== shape.join())
      throw new InputError(
        `its shape is [${tensor.shape.join(", ")}] where config.json makes it [${shape.join(", ")}]`,
        place,
        remedy,
      );
    requireFloats(tensor, place);
  }
}

function requireFloats({ type }: CheckpointTensor, place: Place): void {
  if (!isFloatType(type))
    throw new InputError(
      `its values are ${type}, not F32, F16 or BF16`,
      place,
      "save the model's weights as float32, float16 or bfloat16",
    );
}

async function listFolder(folder: string): Promise<Set<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (cause) {
    const reason = reasonOf(cause).replace("file", "folder");
    throw new InputError(reason, { file: folder }, LAYOUT, { cause });
  }
}

/** What to say of a folder without safetensors: best the thing that lies there instead. */
function withoutWeights(folder: string, files: ReadonlySet<string>): InputError {
  const other = [...files].find((file) => /\.(bin|pt|pth|ckpt|h5|msgpack|gguf|onnx)$/.test(file));
  if (other)
    return new InputError(
      "the weights are not in safetensors",
      { file: path.join(folder, other) },
      "take a model.safetensors, or convert with transformers: save_pretrained(FOLDER, safe_serialization=True)",
    );
  if (files.has("adapter_model.safetensors"))
    return new InputError(
      "this is an adapter, not a whole model",
      { file: path.join(folder, "adapter_model.safetensors") },
      "give the folder of a base model with a model.safetensors",
    );
  return new InputError("there is no model.safetensors in this folder", { file: folder }, LAYOUT);
}

async function openShards(
  folder: string,
  shards: Map<string, Shard>,
  tensors: Map<string, CheckpointTensor>,
): Promise<void> {
  const index = path.join(folder, INDEX);
  const { weight_map: map } = await readJsonObject(index, LAYOUT);
  const entries = isJsonObject(map) ? Object.entries(map) : [];
  if (!entries.length) throw new InputError("it maps no tensor to a shard", { file: index, at: "weight_map" }, LAYOUT);

  for (const [name, shard] of entries) {
    const at = `tensor ${name}`;
    if (typeof shard !== "string" || !isPlainName(shard))
      throw new InputError(
        `its shard ${JSON.stringify(shard)} is not a file of this folder`,
        { file: index, at },
        "distrust this model, or correct its index",
      );
    const file = path.join(folder, shard);
    if (!shards.has(file)) await openShard(file, shards, tensors);
    if (tensors.get(canonicalName(name))?.shard !== file)
      throw new InputError(`its shard ${shard} does not hold it`, { file: index, at }, "fetch the shards again");
  }
}

/** A file's name without any folder, on every system; drive letters and streams ("C:x") included. */
function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\:\0]/.test(name);
}

async function openShard(
  file: string,
  shards: Map<string, Shard>,
  tensors: Map<string, CheckpointTensor>,
): Promise<void> {
  const shard = await openFile(file);
  shards.set(file, shard);
  const { entries, dataStart } = await readHeader(shard.handle, shard.size, file);
  for (const { name, type, shape, begin, end } of entries.values()) {
    const canonical = canonicalName(name);
    const other = tensors.get(canonical);
    if (other)
      throw new InputError(
        `two tensors are called ${canonical} without their prefix${other.shard === file ? "" : `, the other in ${other.shard}`}`,
        { file, at: `tensor ${name}` },
        "remove one of them",
      );
    tensors.set(canonical, { shape, type, shard: file, begin: dataStart + begin, end: dataStart + end });
  }
}

async function openFile(file: string): Promise<Shard> {
  const remedy = "fetch the model again, with all its files";
  try {
    const status = await stat(file); // before opening, for opening a pipe would wait
    if (!status.isFile()) throw new InputError("this is not a file", { file }, remedy);
    return { handle: await open(file, "r"), size: status.size, modified: status.mtimeMs };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(reasonOf(cause), { file }, remedy, { cause });
  }
}

async function closeAll(shards: ReadonlyMap<string, Shard>): Promise<void> {
  await Promise.all([...shards.values()].map(({ handle }) => handle.close()));
}

/** The index of the first NaN or infinity, whose exponent bits are all ones; −1 without one. */
function firstNotFinite(values: Float32Array): number {
  const EXPONENT = 0x7f800000;
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) if ((words[i]! & EXPONENT) === EXPONENT) return i;
  return -1;
}

/** The place of element `flat` in a row-major array of this shape. */
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
