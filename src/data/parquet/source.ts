// A Parquet file whose parts are read as they are needed: its footer is at the end, and of a column the first pages may do.

import type { FileHandle } from "node:fs/promises";
import { InputError } from "../../errors.ts";
import { reasonOf } from "../../files.ts";

export interface Source {
  readonly size: number;
  /** The bytes from `begin` to before `end`, which are within the file. */
  read(begin: number, end: number): Uint8Array | Promise<Uint8Array>;
}

export function sourceOfBytes(bytes: Uint8Array): Source {
  return { size: bytes.length, read: (begin, end) => bytes.subarray(begin, end) };
}

/** An open file of this size. Reading throws an InputError where it fails, and where the file has become shorter. */
export function sourceOfFile(handle: FileHandle, size: number, file: string): Source {
  return {
    size,
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done).catch((cause) => {
          throw new InputError(reasonOf(cause), { file }, "choose another file", { cause });
        });
        if (!bytesRead) throw new InputError("the file was shortened while it was being read", { file }, "try again");
        done += bytesRead;
      }
      return bytes;
    },
  };
}
