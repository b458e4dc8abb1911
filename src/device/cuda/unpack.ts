// Unpacks files from a wheel, which is a zip file.

import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InputError } from "../../errors.ts";

/**
 * Unpacks the named files of a wheel into `folder`, each under its base name and whole or not at all. Throws an InputError if
 * one is missing. `onBytes` is called with the number of bytes written by each chunk.
 */
export async function unpack(
  wheel: string,
  names: readonly string[],
  folder: string,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<void> {
  const { openPromise } = await import("yauzl"); // imported on demand, because few users install CUDA support
  const zip = await openPromise(wheel);
  const missing = new Set(names);
  try {
    for await (const entry of zip.eachEntry()) {
      if (!missing.delete(entry.fileName)) continue;
      const file = path.join(folder, path.posix.basename(entry.fileName));
      const temporary = `${file}.${process.pid}`;
      const counted = new Transform({
        transform(chunk: Buffer, _, done) {
          onBytes(chunk.length);
          done(null, chunk);
        },
      });
      try {
        const stream = await zip.openReadStreamPromise(entry);
        await pipeline(stream, counted, createWriteStream(temporary), { signal });
        await rename(temporary, file);
      } finally {
        await rm(temporary, { force: true });
      }
    }
  } finally {
    zip.close();
  }
  const [first] = missing;
  if (first) throw new InputError(`${first} is missing in it`, { file: wheel }, "report this to MaskLens's authors");
}
