// Reads parts of a Parquet file, such as the footer at its end or the first pages of a column.

import type { FileHandle } from "node:fs/promises";
import { InputError } from "../../errors.ts";
import { reasonOf } from "../../files.ts";

export interface Source {
  readonly size: number;
  /** The bytes from `begin` up to, but not including, `end`; both must be within the file. */
  read(begin: number, end: number): Uint8Array | Promise<Uint8Array>;
}

export function sourceOfBytes(bytes: Uint8Array): Source {
  return { size: bytes.length, read: (begin, end) => bytes.subarray(begin, end) };
}

/**
 * Reads from an open file of this size. `read` throws an InputError if reading fails or if the file has been shortened.
 */
export function sourceOfFile(handle: FileHandle, size: number, file: string): Source {
  return {
    size,
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done).catch((cause) => {
          throw new InputError(reasonOf(cause), { file }, "choose a different file", { cause });
        });
        if (!bytesRead) throw new InputError("the file was shortened while it was being read", { file }, "try again");
        done += bytesRead;
      }
      return bytes;
    },
  };
}
