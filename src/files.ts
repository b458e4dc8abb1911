// Files as whole things: written so that a reader finds the old file or the new one, and read with a limit.

import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, type FileHandle, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { InputError, messageOf } from "./errors.ts";
import { bytes as sizeText } from "./numbers.ts";
import { isAlive } from "./processes.ts";
import { slowly, tick } from "./pulse.ts";

/** Writes some bytes of `bytes` at `position` of the file and says how many; tests put a full disk in its place. */
export type WriteSome = (handle: FileHandle, bytes: Uint8Array, position: number) => Promise<number>;

/** One call of the system writes less than 2 GiB. */
const MOST = 1 << 30;

const writeSome: WriteSome = async (handle, bytes, position) =>
  (await handle.write(bytes, 0, Math.min(bytes.length, MOST), position)).bytesWritten;

let written = 0;

/**
 * Replaces `file` by the chunks, one after the other. At any moment, also after a power cut, the file is the old one or
 * the new one: a temporary file beside it is written in full, flushed, measured and renamed, then the folder is flushed.
 * InputError where the disk is full or the place cannot be written; the old file stays and the temporary one goes.
 */
export async function writeAtomic(
  file: string,
  chunks: Iterable<Uint8Array>,
  write: WriteSome = writeSome,
): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  const temporary = path.join(folder, `.${path.basename(file)}.${process.pid}-${written++}.tmp`);
  try {
    await removeOrphans(folder, path.basename(file));
    const handle = await open(temporary, "wx");
    try {
      await writeAll(handle, chunks, write);
    } finally {
      await handle.close();
    }
    await replace(temporary, file);
    await flushFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // where even the folder is no folder
    throw explained(error, file);
  }
}

/** Whether there is a file or folder of this name that can be reached. */
export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** What changes where a file is written anew: its time and size. undefined where it is not there. */
export async function writtenOf(file: string): Promise<string | undefined> {
  return stat(file).then(
    ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
    () => undefined,
  );
}

/** The digest, in hex, of a file's bytes, which are not held all at once. */
export async function digestOf(file: string, hash: Hash): Promise<string> {
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    tick();
  }
  return hash.digest("hex");
}

/** The bytes of `file`. InputError where it cannot be read, where it is a folder, and where it is over `most` bytes. */
export async function readFileLimited(file: string, most: number, remedy: string): Promise<Buffer> {
  try {
    const status = await stat(file); // before reading, for reading a pipe would wait
    if (!status.isFile())
      throw new InputError(status.isDirectory() ? READING.EISDIR! : "this is no file", { file }, remedy);
    if (status.size > most)
      throw new InputError(`the file has ${status.size} bytes, over the limit of ${sizeText(most)}`, { file }, remedy);
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(reasonOf(cause), { file }, remedy, { cause });
  }
}

/** Why a file could not be read, in words, from Node's error code. */
export function reasonOf(error: unknown): string {
  return READING[codeOf(error)] ?? `the file cannot be read (${codeOf(error) || messageOf(error)})`;
}

async function writeAll(handle: FileHandle, chunks: Iterable<Uint8Array>, write: WriteSome): Promise<void> {
  let position = 0;
  for (const chunk of chunks)
    for (let done = 0; done < chunk.length; ) {
      const count = await write(handle, chunk.subarray(done), position);
      if (count <= 0) throw Object.assign(new Error("nothing more was written"), { code: "ENOSPC" });
      done += count;
      position += count;
      tick();
    }
  await slowly(() => handle.sync());
  const { size } = await handle.stat();
  if (size !== position) throw Object.assign(new Error(`${size} of ${position} bytes arrived`), { code: "ENOSPC" });
}

/** Renames, and again while a virus scanner or an indexer of Windows holds the file open. */
async function replace(from: string, to: string): Promise<void> {
  const patience = process.platform === "win32" ? 10 : 0;
  for (let attempt = 0; ; attempt++)
    try {
      return await rename(from, to);
    } catch (error) {
      if (attempt >= patience || !["EPERM", "EACCES", "EBUSY"].includes(codeOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 << Math.min(attempt, 5)));
    }
}

/** Makes the rename last through a power cut. Windows has no such call and needs none. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "ENOTSUP"].includes(codeOf(error))) throw error; // a file system that cannot
  } finally {
    await handle.close();
  }
}

/** Removes what writers of this file left that were killed: a run's checkpoint may be as large as its model. */
async function removeOrphans(folder: string, name: string): Promise<void> {
  for (const found of await readdir(folder)) {
    if (!found.startsWith(`.${name}.`)) continue;
    const pid = /^(\d+)-\d+\.tmp$/.exec(found.slice(name.length + 2))?.[1];
    if (pid && !isAlive(Number(pid))) await rm(path.join(folder, found), { force: true });
  }
}

/** What to say, and what to do, by the system's error code. */
const WRITING: Record<string, readonly [what: string, remedy: string]> = {
  ENOSPC: ["the disk is full", "free some space (what was there before is untouched)"],
  EDQUOT: ["the disk quota is used up", "free some space (what was there before is untouched)"],
  EFBIG: ["the file would be larger than this disk allows", "choose a place on another disk"],
  EACCES: ["it may not be written", "choose a folder that you may write to"],
  EPERM: ["it may not be written", "choose a folder that you may write to"],
  EROFS: ["the disk is read-only", "choose a folder that you may write to"],
  ENOENT: ["its folder does not exist", "make the folder, or choose another"],
  ENOTDIR: ["its folder is a file", "choose another folder"],
  EISDIR: ["a folder of that name is in the way", "choose another name"],
  ENAMETOOLONG: ["its name is too long", "choose a shorter name"],
};

const READING: Record<string, string> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "this is a folder, not a file",
  EACCES: "the file may not be read",
  EPERM: "the file may not be read",
};

/** What writing a file failed of, as an InputError; another error as it is. */
export function explained(error: unknown, file: string): unknown {
  const known = WRITING[codeOf(error)];
  return known ? new InputError(known[0], { file }, known[1], { cause: error }) : error;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "";
}
