// Safetensors files on disk, read by position: a file may be larger than what is read at once, and only parts are wanted.

import type { FileHandle } from "node:fs/promises";
import { InputError } from "./errors.ts";
import { tick } from "./pulse.ts";
import { type Header, headerLength, parseHeader } from "./safetensors.ts";

/** One read: large enough that a disk is busy, small enough not to count beside a tensor. */
export const CHUNK = 4 << 20;

/** The header of an open file of `size` bytes. InputError as of `headerLength` and `parseHeader`. */
export async function readHeader(handle: FileHandle, size: number, file: string): Promise<Header> {
  const first8 = new Uint8Array(Math.min(8, size));
  await readFully(handle, 0, first8, file);
  const json = new Uint8Array(headerLength(first8, size, file));
  await readFully(handle, first8.length, json, file);
  return parseHeader(json, size, file);
}

/** Fills `into` from the file's bytes at `from`; a file that has become shorter since it was opened is an InputError. */
export async function readFully(handle: FileHandle, from: number, into: Uint8Array, file: string): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle.read(into, done, Math.min(into.length - done, CHUNK), from + done);
    if (!bytesRead) throw new InputError(`the file ends at byte ${from + done}`, { file }, "download it again");
    done += bytesRead;
    tick();
  }
}
