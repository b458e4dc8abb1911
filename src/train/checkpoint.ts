// The state of a run on disk, from which it goes on bit by bit as if it had never stopped. A safetensors file:
//   state.NAME       F32  what the compiled model needs (scores or parameters, and their moments)
//   best.bits.NAME   U8   the best evaluation's masks; best.tensor.NAME F32: its trained tensors
//   previous.NAME    U8   the last evaluation's masks, which the next one counts flips against
// and in its metadata, as JSON, the position in the run (steps, generator, scores) and the masked matrices.

import { type FileHandle, open } from "node:fs/promises";
import { InputError } from "../errors.ts";
import { writeAtomic } from "../files.ts";
import type { BitMatrix } from "../mask/bits.ts";
import type { NamedTensor } from "../mask/file.ts";
import type { Scores } from "../mask/metadata.ts";
import type { Matrix } from "../model/names.ts";
import { type Entry, encodeSafetensors, type Header, type TensorBytes } from "../safetensors.ts";
import { readFully, readHeader } from "../safetensors-file.ts";
import { matricesIn, positionIn } from "./checkpoint-check.ts";
import type { Kept, MaskedMatrix } from "./kept.ts";
import type { Best } from "./stopping.ts";

/** Where a run stands; plain JSON. */
export interface Position {
  /** What the run depends on outside its folder: hashes of the data and of the base model. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Optimizer steps done. */
  readonly step: number;
  /** The step that was evaluated last; 0 before the first evaluation. */
  readonly evaluated: number;
  /** Where the order's generator stood when the current epoch began. */
  readonly order: { readonly seed: number; readonly stream: string; readonly position: number };
  /** Steps done of the current epoch. */
  readonly epochStep: number;
  readonly best: (Best & { readonly scores: Scores }) | null;
  /** Evaluations since the best. */
  readonly waited: number;
  /** Sparsity control's multiplier. */
  readonly lambda: number;
  readonly zeroShare: number | null;
  /** Length of the log up to here. */
  readonly logBytes: number;
  /** Time spent so far, for the report alone. */
  readonly seconds: number;
}

export interface Checkpoint {
  readonly position: Position;
  /** Empty once training is over and only the test split is left. */
  readonly state: ReadonlyMap<string, Float32Array>;
  readonly best: Kept | null;
  readonly previous: readonly MaskedMatrix[];
}

const VERSION = "1";
const AGAIN = "start the run again in another folder";

/** Writes a checkpoint; the file is the old one or the new one at any moment. */
export async function writeCheckpoint(file: string, { position, state, best, previous }: Checkpoint): Promise<void> {
  const masked = best?.matrices ?? previous;
  const tensors = [
    ...[...state].map(([name, data]) => floats(`state.${name}`, [data.length], data)),
    ...(best?.matrices ?? []).map(({ name, bits }) => packed(`best.bits.${name}`, bits)),
    ...(best?.tensors ?? []).map(({ name, shape, data }) => floats(`best.tensor.${name}`, shape, data)),
    ...previous.map(({ name, bits }) => packed(`previous.${name}`, bits)),
  ];
  const matrices = masked.map(({ name, block, kind, rows, columns }) => ({ name, block, kind, rows, columns }));
  const metadata = { version: VERSION, position: JSON.stringify(position), matrices: JSON.stringify(matrices) };
  await writeAtomic(file, encodeSafetensors(tensors, metadata));
}

/** Reads a checkpoint; undefined where there is none. InputError where it is damaged or of another version. */
export async function readCheckpoint(file: string): Promise<Checkpoint | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const header = await readHeader(handle, (await handle.stat()).size, file);
    if (header.metadata.version !== VERSION)
      throw new InputError("it is no checkpoint of this version", { file }, AGAIN);
    const read = new Reader(handle, header, file);
    const matrices = matricesIn(header.metadata.matrices, file);
    const position = positionIn(header.metadata.position, file);
    const state = new Map<string, Float32Array>();
    for (const { name, data } of await read.floats("state.")) state.set(name, data);
    const best = position.best && {
      matrices: await read.masks("best.bits.", matrices),
      tensors: await read.floats("best.tensor."),
    };
    return { position, state, best, previous: await read.masks("previous.", matrices) };
  } finally {
    await handle.close();
  }
}

/** Reads groups of tensors that share a prefix. By position, since a file can be larger than what Node reads at once. */
class Reader {
  readonly #handle: FileHandle;
  readonly #header: Header;
  readonly #file: string;

  constructor(handle: FileHandle, header: Header, file: string) {
    this.#handle = handle;
    this.#header = header;
    this.#file = file;
  }

  /** The tensors under a prefix, in the file's order, without it. */
  async floats(prefix: string): Promise<NamedTensor[]> {
    const tensors: NamedTensor[] = [];
    for (const entry of this.#header.entries.values()) {
      if (!entry.name.startsWith(prefix)) continue;
      if (entry.type !== "F32") throw this.#wrong(entry, "F32");
      const data = new Float32Array((entry.end - entry.begin) / Float32Array.BYTES_PER_ELEMENT);
      await this.#read(entry, new Uint8Array(data.buffer));
      tensors.push({ name: entry.name.slice(prefix.length), shape: entry.shape, data });
    }
    return tensors;
  }

  /** The masks under a prefix of those of the given matrices that it has. */
  async masks(prefix: string, matrices: readonly Matrix[]): Promise<MaskedMatrix[]> {
    const masks: MaskedMatrix[] = [];
    for (const matrix of matrices) {
      const entry = this.#header.entries.get(prefix + matrix.name);
      if (!entry) continue;
      const stride = Math.ceil(matrix.columns / 8);
      if (entry.type !== "U8" || entry.shape.join() !== [matrix.rows, stride].join())
        throw this.#wrong(entry, `U8 [${matrix.rows}, ${stride}]`);
      const bytes = new Uint8Array(entry.end - entry.begin);
      await this.#read(entry, bytes);
      const { rows, columns } = matrix;
      masks.push({ ...matrix, bits: { rows, columns, stride, bytes } });
    }
    return masks;
  }

  #wrong({ name, type, shape }: Entry, wanted: string): InputError {
    return new InputError(
      `it is ${type} [${shape.join(", ")}] and must be ${wanted}`,
      { file: this.#file, at: `tensor ${name}` },
      AGAIN,
    );
  }

  #read({ begin }: Entry, into: Uint8Array): Promise<void> {
    return readFully(this.#handle, this.#header.dataStart + begin, into, this.#file);
  }
}

function floats(name: string, shape: readonly number[], { buffer, byteOffset, byteLength }: Float32Array): TensorBytes {
  return { name, type: "F32", shape, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

function packed(name: string, { rows, stride, bytes }: BitMatrix): TensorBytes {
  return { name, type: "U8", shape: [rows, stride], bytes };
}
