// Writes whole files atomically, so that readers see either the old or the new file, and reads them with a size limit.

import { createHash, type Hash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { access, type FileHandle, lstat, open, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { constants } from "node:os";
import path from "node:path";
import { InputError, messageOf } from "./errors.ts";
import { bytes as sizeText } from "./numbers.ts";
import { isAlive } from "./processes.ts";
import { slowly, tick } from "./pulse.ts";

/** The system calls used to save a file; tests replace them with failing ones. */
export interface System {
  readonly open: typeof open;
  readonly readdir: (folder: string) => Promise<string[]>;
  readonly rename: (from: string, to: string) => Promise<void>;
  /** Writes some of the bytes at a position in the file and returns their number. */
  readonly write: (handle: FileHandle, bytes: Uint8Array, position: number) => Promise<number>;
  readonly sync: (handle: FileHandle) => Promise<void>;
  readonly size: (handle: FileHandle) => Promise<number>;
  readonly close: (handle: FileHandle) => Promise<void>;
}

/** A single system call writes less than 2 GiB. */
const MOST = 1 << 30;

export const SYSTEM: System = {
  open,
  readdir,
  rename,
  write: async (handle, bytes, position) =>
    (await handle.write(bytes, 0, Math.min(bytes.length, MOST), position)).bytesWritten,
  sync: (handle) => handle.sync(),
  size: async (handle) => (await handle.stat()).size,
  close: (handle) => handle.close(),
};

let written = 0;

/**
 * Replaces the contents of `file` with the chunks, in order. At any moment, even after a power failure, the file is
 * either the old or the new one: a temporary file next to it is written and flushed, its size is checked, and it is
 * renamed; then the folder is flushed. Throws an InputError if the disk is full or fails, or the file cannot be
 * written; the old file then remains, and the temporary one is removed.
 */
export async function writeAtomic(file: string, chunks: Iterable<Uint8Array>, system: System = SYSTEM): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  const temporary = temporaryOf(path.resolve(file));
  let directory: FileHandle | undefined;
  let replaced = false;
  try {
    await removeOrphans(folder, path.basename(file), system);
    // Opened before anything is written, so that running out of file handles fails before anything changes.
    directory = await openFolder(folder, system);
    const handle = await system.open(temporary, "wx");
    try {
      await writeAll(handle, chunks, system);
    } finally {
      await system.close(handle);
    }
    if (directory) await flush(directory, system); // if the disk cannot flush folders, fail before the rename
    await replace(temporary, file, system);
    replaced = true;
    if (directory) await flush(directory, system);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // fails if the parent path is not a folder
    if (replaced)
      throw new InputError(
        `the file was written, but flushing it to disk failed (${codeOf(error) || messageOf(error)})`,
        { file },
        "check the disk: the file may be lost in a power failure",
        { cause: error },
      );
    throw explained(error, file);
  } finally {
    await directory?.close().catch(() => undefined);
  }
}

/** Whether a file or folder of this name exists and is accessible. */
export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Throws an InputError if there is something at the path of a new file. */
export async function requireFree(file: string): Promise<void> {
  if (await exists(file))
    throw new InputError("this file exists already", { file }, "choose another name, or delete it first");
}

/**
 * A value that changes when a file is rewritten: its modification time and size. undefined if the file does not exist.
 */
export async function writtenOf(file: string): Promise<string | undefined> {
  return stat(file).then(
    ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
    () => undefined,
  );
}

/** The hex digest of a file, which is read in chunks rather than all at once. */
export async function digestOf(file: string, hash: Hash): Promise<string> {
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    tick();
  }
  return hash.digest("hex");
}

/** The bytes of `file`. Throws an InputError if it cannot be read, is not a file, or has more than `most` bytes. */
export async function readFileLimited(file: string, most: number, remedy: string): Promise<Buffer> {
  const { handle, status } = await openFile(file, remedy);
  return readOpened(handle, status.size, file, most, remedy);
}

/**
 * Reads an open file of `size` bytes and closes it. Throws an InputError if it cannot be read or has more than `most`
 * bytes.
 */
export async function readOpened(
  handle: FileHandle,
  size: number,
  file: string,
  most: number,
  remedy: string,
): Promise<Buffer> {
  try {
    if (size > most)
      throw new InputError(`the file is ${size} B, larger than the limit of ${sizeText(most)}`, { file }, remedy);
    return await handle.readFile();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(reasonOf(cause), { file }, remedy, { cause });
  } finally {
    await handle.close();
  }
}

/**
 * Opens `file` for reading. Throws an InputError if it cannot be opened or is not a regular file: opening a pipe would
 * block until its other end is opened.
 */
export async function openFile(file: string, remedy: string): Promise<{ handle: FileHandle; status: Stats }> {
  try {
    const status = await stat(file);
    if (!status.isFile())
      throw new InputError(status.isDirectory() ? READING.EISDIR! : "not a regular file", { file }, remedy);
    return { handle: await open(file, "r"), status };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(reasonOf(cause), { file }, remedy, { cause });
  }
}

/** Why a file could not be read, from Node's error code. */
export function reasonOf(error: unknown): string {
  return READING[codeOf(error)] ?? `the file cannot be read (${codeOf(error) || messageOf(error)})`;
}

async function writeAll(handle: FileHandle, chunks: Iterable<Uint8Array>, system: System): Promise<void> {
  let position = 0;
  for (const chunk of chunks)
    for (let done = 0; done < chunk.length; ) {
      const count = await system.write(handle, chunk.subarray(done), position);
      if (count <= 0) throw Object.assign(new Error("no more bytes were written"), { code: "ENOSPC" });
      done += count;
      position += count;
      tick();
    }
  await slowly(() => system.sync(handle));
  const size = await system.size(handle);
  if (size !== position)
    throw Object.assign(new Error(`${size} of ${position} bytes were written`), { code: "ENOSPC" });
}

/** Renames; retries while a Windows virus scanner or indexer holds the file open. */
async function replace(from: string, to: string, { rename }: System): Promise<void> {
  const patience = process.platform === "win32" ? 10 : 0;
  for (let attempt = 0; ; attempt++)
    try {
      return await rename(from, to);
    } catch (error) {
      if (attempt >= patience || !["EPERM", "EACCES", "EBUSY"].includes(codeOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 << Math.min(attempt, 5)));
    }
}

/**
 * Opens the folder so that it can be flushed; only then does a rename survive a power failure. undefined on Windows,
 * which neither supports nor needs this, and for a folder that can be written but not read.
 */
async function openFolder(folder: string, { open }: System): Promise<FileHandle | undefined> {
  if (process.platform === "win32") return undefined;
  try {
    return await open(folder, "r");
  } catch (error) {
    if (codeOf(error) === "EACCES") return undefined;
    throw error;
  }
}

async function flush(folder: FileHandle, { sync }: System): Promise<void> {
  try {
    await sync(folder);
  } catch (error) {
    if (!["EINVAL", "ENOTSUP"].includes(codeOf(error))) throw error; // both codes mean that flushing is not supported
  }
}

/**
 * Removes temporary files for this file that killed processes left behind. A checkpoint's temporary file may be as
 * large as the model.
 */
async function removeOrphans(folder: string, name: string, { readdir }: System): Promise<void> {
  const names = await readdir(folder).catch((error) => {
    if (codeOf(error) === "EACCES") return []; // a folder that can be written but not read
    throw error;
  });
  for (const found of names)
    if (writerOf(found)?.file === stemOf(name) && !isAlive(writerOf(found)!.pid))
      await removeLeftover(path.join(folder, found));
}

/**
 * Removes a file left by a killed process. Keeps anything else with this name, such as a folder or a link, because no
 * such process created it. Ignores a file that cannot be removed, because it does no harm.
 */
export async function removeLeftover(file: string): Promise<void> {
  try {
    if ((await lstat(file)).isFile()) await unlink(file);
  } catch {
    // already gone, or not ours to remove
  }
}

/** File systems allow names of up to 255 bytes; the process ID and a counter are appended. */
const LONGEST_STEM = 200;

/**
 * The start of a temporary file's name: the name of the file that it will replace, or a digest if that name is long.
 */
function stemOf(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_STEM) return name;
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}

/** The path of a new temporary file that will replace `file`. */
export function temporaryOf(file: string): string {
  return path.join(path.dirname(file), `.${stemOf(path.basename(file))}.${process.pid}-${written++}.tmp`);
}

/**
 * Parses a temporary file's name into the stem (see `stemOf`) of the file that it will replace and the ID of the
 * process that writes it; undefined for other names.
 */
export function writerOf(name: string): { file: string; pid: number } | undefined {
  const [, file, pid] = /^\.(.+)\.(\d+)-\d+\.tmp$/.exec(name) ?? [];
  return file === undefined ? undefined : { file, pid: Number(pid) };
}

/** The message and the remedy for each system error code. */
const WRITING: Record<string, readonly [what: string, remedy: string]> = {
  ENOSPC: ["the disk is full", "free some space (the previous contents are unchanged)"],
  EDQUOT: ["your disk quota is used up", "free some space (the previous contents are unchanged)"],
  EIO: ["the disk reports an error (EIO)", "check the disk, or choose another (the previous contents are unchanged)"],
  EMFILE: ["too many files are open", "close some programs, or raise the limit (ulimit -n), and try again"],
  ENFILE: ["too many files are open on this machine", "close some programs and try again"],
  ENOMEM: ["the machine is out of memory", "close some programs and try again"],
  EBUSY: ["another program is using it", "close that program and try again"],
  ETXTBSY: ["another program is using it", "close that program and try again"],
  ESTALE: ["it no longer exists on the network drive", "connect the drive again, or choose another"],
  ETIMEDOUT: ["the network drive does not respond", "connect the drive again, or choose another"],
  ELOOP: ["it is a symbolic link, or part of a loop of links", "choose another location"],
  EFBIG: ["the file would be larger than this disk allows", "choose a location on another disk"],
  EACCES: ["you do not have permission to write to it", "choose a folder that you can write to"],
  EPERM: ["you do not have permission to write to it", "choose a folder that you can write to"],
  EROFS: ["the disk is read-only", "choose a folder that you can write to"],
  ENOENT: ["its folder does not exist", "create the folder, or choose another"],
  ENOTDIR: ["its folder is a file", "choose another folder"],
  EISDIR: ["a folder with that name already exists", "choose another name"],
  EEXIST: ["a file with that name already exists", "choose another name"],
  ENAMETOOLONG: ["its name is too long", "choose a shorter name"],
};

const READING: Record<string, string> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "this is a folder, not a file",
  EACCES: "you do not have permission to read the file",
  EPERM: "you do not have permission to read the file",
  EIO: "the disk reports an error (EIO)",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open on this machine",
  ENOMEM: "the machine is out of memory",
  ELOOP: "its symbolic links form a loop",
  ENAMETOOLONG: "its name is too long",
  ESTALE: "it no longer exists on the network drive",
  ETIMEDOUT: "the network drive does not respond",
  ERR_INVALID_ARG_VALUE: "its name contains a null character",
};

/** Converts a system error from writing `file` to an InputError; returns other errors unchanged. */
export function explained(error: unknown, file: string): unknown {
  const code = codeOf(error);
  if (error instanceof InputError || !code || !isSystemCode(code)) return error;
  const [what, remedy] = WRITING[code] ?? [
    `it cannot be written (${code})`,
    "choose another location (the previous contents are unchanged)",
  ];
  return new InputError(what, { file }, remedy, { cause: error });
}

/** The system's code for an error, such as ENOSPC; "" if it has none. */
export function codeOf(error: unknown): string {
  const { code, errno } = (error ?? {}) as NodeJS.ErrnoException;
  // Node does not name this error, so it is recognized by its number.
  return errno !== undefined && Math.abs(errno) === constants.errno.EDQUOT
    ? "EDQUOT"
    : typeof code === "string"
      ? code
      : "";
}

/** The codes of Node's own errors start with ERR_; those of unknown system errors contain a number. */
function isSystemCode(code: string): boolean {
  return /^E(?!RR_)[A-Z0-9]+$/.test(code) || /^Unknown system error/.test(code);
}
