// Reads parts of safetensors files on disk: a file may be too large to read at once, and only parts are needed.

import type { FileHandle } from "node:fs/promises";
import { InputError } from "../errors.ts";
import { tick } from "../pulse.ts";
import { type Header, headerLength, parseHeader } from "../safetensors.ts";

/** Bytes per read: large enough to keep a disk busy, small compared with a tensor. */
export const CHUNK = 4 << 20;

/** The header of an open file of `size` bytes. Throws the errors of `headerLength` and `parseHeader`. */
export async function readHeader(handle: FileHandle, size: number, file: string): Promise<Header> {
  const first8 = new Uint8Array(Math.min(8, size));
  await readFully(handle, 0, first8, file);
  const json = new Uint8Array(headerLength(first8, size, file));
  await readFully(handle, first8.length, json, file);
  return parseHeader(json, size, file);
}

/**
 * Fills `into` with the file's bytes, starting at `from`. Throws an InputError if the file was truncated after it was
 * opened.
 */
export async function readFully(handle: FileHandle, from: number, into: Uint8Array, file: string): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle.read(into, done, Math.min(into.length - done, CHUNK), from + done);
    if (!bytesRead) throw new InputError(`the file ends early, at byte ${from + done}`, { file }, "download it again");
    done += bytesRead;
    tick();
  }
}
