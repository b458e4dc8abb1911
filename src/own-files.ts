// Checks that a folder's own files, and the files that its index files name, are really inside it. An untrusted folder may
// contain a link to a file elsewhere: reading through it would disclose that file, and writing through it would destroy
// it.

import { constants } from "node:fs";
import { type FileHandle, lstat, open, realpath } from "node:fs/promises";
import path from "node:path";
import { InputError } from "./errors.ts";
import { codeOf, explained, reasonOf } from "./files.ts";

/** Flags for opening files: do not follow links, and do not wait for a pipe's other end. Windows has neither flag. */
export const OWN = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Whether a name is a file name without any folder, on every system; drive letters and streams ("C:x") count as
 * folders.
 */
export function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\:\0]/.test(name);
}

/**
 * The path of the file `name` in `folder`. The file may be a link to a file in the same folder, or, in the Hub's cache,
 * to its blob: models--X/snapshots/REVISION/NAME to models--X/blobs/HASH. The path of a missing file is returned, so
 * that opening it reports the error. Throws an InputError if the name contains a folder, or the file is elsewhere.
 */
export async function pathInside(folder: string, name: string, remedy: string): Promise<string> {
  const file = path.join(folder, name);
  if (!isPlainName(name)) throw new InputError("this does not name a file in the same folder", { file }, remedy);
  let real: string;
  let home: string;
  try {
    [real, home] = await Promise.all([realpath(file), realpath(folder)]);
  } catch (cause) {
    if (codeOf(cause) !== "ENOENT") throw new InputError(reasonOf(cause), { file }, remedy, { cause });
    return file;
  }
  const snapshots = path.dirname(home);
  const blobs = path.join(snapshots, "..", "blobs");
  if (real.startsWith(home + path.sep)) return file;
  if (path.basename(snapshots) === "snapshots" && path.dirname(real) === blobs) return file;
  throw new InputError(
    `it is a link to ${real}, outside its folder`,
    { file },
    "replace the link with the file itself if you trust its source",
  );
}

/**
 * Throws an InputError if `file`, which may be missing, is a link, is not a regular file, or has other hard links:
 * writing to it could destroy another file.
 */
export async function checkOwn(file: string, remedy: string): Promise<void> {
  const status = await lstat(file).catch((cause) => {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw explained(cause, file);
  });
  if (status?.isDirectory()) throw new InputError("a folder with that name already exists", { file }, remedy);
  if (status && (!status.isFile() || status.nlink > 1)) throw notOwn(file, status.isSymbolicLink(), remedy);
}

/**
 * Opens one of a folder's own files for reading; undefined if it does not exist. Throws an InputError if it cannot be
 * read, is a link, or is not a regular file.
 */
export async function openOwn(file: string, remedy: string): Promise<{ handle: FileHandle; size: number } | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | OWN);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    if (codeOf(cause) === "ELOOP") throw notOwn(file, true, remedy);
    throw new InputError(reasonOf(cause), { file }, remedy, { cause });
  }
  const status = await handle.stat();
  if (status.isFile()) return { handle, size: status.size };
  await handle.close();
  throw notOwn(file, false, remedy);
}

/** The error for one of a folder's own files that is a link or not a regular file, or has another hard link. */
export function notOwn(file: string, isLink: boolean, remedy: string): InputError {
  return new InputError(
    isLink
      ? "this is a symbolic link, and a run's own files must be regular files"
      : "this is not a regular file, or it has a second name elsewhere (a hard link)",
    { file },
    remedy,
  );
}
