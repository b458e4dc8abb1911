// The bytes of a file of torch.save, read without a file of their own, or refused.

import { readFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { readTorchFile } from "../../../src/model/weights/torch-file.ts";
import { refuses } from "../folders.ts";

export const TORCH = "test/fixtures/torch";

export const MODEL = "pytorch_model.bin";

/** Bytes in memory, as an open file of theirs. */
export function inMemory(content: Uint8Array): FileHandle {
  const read = async (into: Uint8Array, offset: number, length: number, position: number) => {
    const found = content.subarray(position, position + length);
    into.set(found, offset);
    return { bytesRead: found.length, buffer: into };
  };
  return { read } as unknown as FileHandle;
}

export const readBytes = (content: Uint8Array) => readTorchFile(inMemory(content), content.length, MODEL);
export const readFixture = (name: string) => readBytes(readFileSync(path.join(TORCH, name)));

export const refused = (content: Uint8Array, what: RegExp, at?: string) =>
  refuses(() => readBytes(content), what, { file: MODEL, ...(at === undefined ? {} : { at }) });
