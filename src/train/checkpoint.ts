// The state of a run on disk, from which it resumes bit-exactly. A safetensors file:
//   state.NAME       F32  the compiled model's state (scores or parameters, and their moments)
//   best.bits.NAME   U8   the best evaluation's masks; best.tensor.NAME F32: its trained tensors
//   previous.NAME    U8   the last evaluation's masks, relative to which the next evaluation counts flips
// Its metadata contains, as JSON, the position in the run (steps, generator, scores), the masked matrices, and a
// checksum of everything else in the file (see checksum.ts).

import type { FileHandle } from "node:fs/promises";
import * as z from "zod/mini";
import { checksumOf } from "../checksum.ts";
import { InputError } from "../errors.ts";
import { writeAtomic } from "../files.ts";
import { MATRIX, METRICS, MOST } from "../mask/metadata.ts";
import { bitsOf, floatsOf, storedBits, storedFloats } from "../mask/stored.ts";
import type { Matrix } from "../model/names.ts";
import { readFully, readHeader } from "../model/weights/safetensors-file.ts";
import { onDemand } from "../on-demand.ts";
import { openOwn } from "../own-files.ts";
import { encodeSafetensors, type Header, type TensorBytes } from "../safetensors.ts";
import { checked, count, jsonOf, list, number, type Read, record, type Schema, seed, share, text } from "../schema.ts";
import type { Kept, MaskedMatrix } from "./kept.ts";

const ORDER = onDemand(() => z.object({ seed, stream: text, position: count }));

const POSITION = onDemand(() =>
  z.object({
    /** Hashes of the inputs outside the run's folder: the data and the base model. */
    inputs: record(text),
    /** Completed optimizer steps. */
    step: count,
    /** The step of the last evaluation; 0 before the first one. */
    evaluated: count,
    /** The state, at the start of the current epoch, of the generator that orders the examples. */
    order: ORDER(),
    /** Completed steps of the current epoch. */
    epochStep: count,
    /** With linear attention: completed steps of the stage before the run, and where they are in its examples. */
    transfer: z.exactOptional(z.object({ step: count, order: ORDER(), epochStep: count })),
    best: z.nullable(z.object({ value: number, step: count, metrics: METRICS() })),
    /** Evaluations since the best one. */
    waited: count,
    /** The multiplier λ of sparsity control. */
    lambda: number,
    sparsity: z.nullable(share),
    /** The length of the log at this point. */
    logBytes: count,
    /** The time spent so far; used only in reports. */
    seconds: number,
  }),
);
/** The position of a run; plain JSON. */
export type Position = Read<typeof POSITION>;

const MATRICES = onDemand(() => list(MATRIX(), MOST.matrices));

export interface Checkpoint {
  readonly position: Position;
  /** Empty once training is finished and only the test evaluation is left. */
  readonly state: ReadonlyMap<string, Float32Array>;
  readonly best: Kept | null;
  readonly previous: readonly MaskedMatrix[];
}

const VERSION = 2;
const AGAIN = "start the run again in another folder";

/** Writes a checkpoint atomically: at any moment, the file is either the old or the new one. */
export async function writeCheckpoint(file: string, { position, state, best, previous }: Checkpoint): Promise<void> {
  const masked = best?.matrices ?? previous;
  const tensors = [
    ...[...state].map(([name, data]) => storedFloats({ name: `state.${name}`, shape: [data.length], data })),
    ...(best?.matrices ?? []).map(({ name, bits }) => storedBits(`best.bits.${name}`, bits)),
    ...(best?.tensors ?? []).map((tensor) => storedFloats({ ...tensor, name: `best.tensor.${tensor.name}` })),
    ...previous.map(({ name, bits }) => storedBits(`previous.${name}`, bits)),
  ];
  const matrices = masked.map(({ name, layer, kind, rows, columns }) => ({ name, layer, kind, rows, columns }));
  const values: Record<string, unknown> = { version: VERSION, position, matrices };
  const metadata = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
  metadata.checksum = JSON.stringify(await checksumOf(metadata, tensors));
  await writeAtomic(file, encodeSafetensors(tensors, metadata));
}

/**
 * Reads a complete checkpoint; undefined if there is none. Throws an InputError if it is from another version, if any
 * bit has changed, or if it contains something that no run writes.
 */
export async function readCheckpoint(file: string): Promise<Checkpoint | undefined> {
  const opened = await openOwn(file, AGAIN);
  if (!opened) return undefined;
  const { handle, size } = opened;
  try {
    const header = await readHeader(handle, size, file);
    if (header.metadata.version !== String(VERSION))
      throw new InputError("it is not a checkpoint from this version of MaskLens", { file }, AGAIN);
    const tensors = await readTensors(handle, header, file);
    const checksum = await checksumOf(header.metadata, tensors);
    if (header.metadata.checksum !== JSON.stringify(checksum))
      throw new InputError("the checkpoint is corrupt: its checksum does not match", { file }, AGAIN);
    const position = metadataOf(POSITION(), "position", header, file);
    const matrices = metadataOf(MATRICES(), "matrices", header, file);
    const floats = (prefix: string) => under(prefix, tensors).map((tensor) => floatsOf(tensor, file, AGAIN));
    const masks = (prefix: string) => masksOf(under(prefix, tensors), matrices, file);
    return {
      position,
      state: new Map(floats("state.").map(({ name, data }) => [name, data])),
      best: position.best && {
        matrices: masks("best.bits."),
        tensors: floats("best.tensor."),
      },
      previous: masks("previous."),
    };
  } finally {
    await handle.close();
  }
}

/**
 * All tensors, in the file's order, each in its own memory. Read one by one, because a file may be larger than Node can
 * read at once.
 */
async function readTensors(handle: FileHandle, { entries, dataStart }: Header, file: string): Promise<TensorBytes[]> {
  const tensors: TensorBytes[] = [];
  for (const { name, type, shape, begin, end } of entries.values()) {
    const bytes = new Uint8Array(end - begin);
    await readFully(handle, dataStart + begin, bytes, file);
    tensors.push({ name, type, shape, bytes });
  }
  return tensors;
}

/** The value of a metadata key, validated. */
function metadataOf<S extends Schema>(schema: S, key: string, { metadata }: Header, file: string): z.output<S> {
  const value = jsonOf(metadata[key] ?? "", { file, at: `metadata.${key}`, remedy: AGAIN });
  return checked(schema, value, { file, at: key, remedy: AGAIN });
}

/** The tensors whose names start with a prefix, with the prefix removed. */
function under(prefix: string, tensors: readonly TensorBytes[]): TensorBytes[] {
  return tensors
    .filter(({ name }) => name.startsWith(prefix))
    .map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) }));
}

/** The matrices that have a mask among the tensors. */
function masksOf(tensors: readonly TensorBytes[], matrices: readonly Matrix[], file: string): MaskedMatrix[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return matrices.flatMap((matrix) => {
    const tensor = byName.get(matrix.name);
    return tensor ? [{ ...matrix, bits: bitsOf(tensor, matrix, file, AGAIN) }] : [];
  });
}
