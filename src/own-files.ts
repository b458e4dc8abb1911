// Files that belong to a folder: what a folder's own files and lists name must lie in it. A stranger's folder may hold a link
// whose reading tells, or whose writing destroys, a file elsewhere.

import { constants } from "node:fs";
import { type FileHandle, lstat, open, realpath } from "node:fs/promises";
import path from "node:path";
import { InputError } from "./errors.ts";
import { codeOf, explained, reasonOf } from "./files.ts";

/** Opening a pipe would wait for its other end. Windows knows neither flag. */
export const OWN = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A file's name without any folder, on every system; drive letters and streams ("C:x") included. */
export function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\:\0]/.test(name);
}

/**
 * The path of the file `name` in `folder`. It may be a link to a file within the same folder, or in the Hub's cache to its blob:
 * models--X/snapshots/REVISION/NAME to models--X/blobs/HASH. A missing file's path is given back, for whoever opens it to say
 * so. InputError where the name holds a folder, or where the file lies elsewhere.
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

/** Whether `file`, which need not be there, is a link or anything else than a file with one name: writing to it could destroy another. */
export async function checkOwn(file: string, remedy: string): Promise<void> {
  const status = await lstat(file).catch((cause) => {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw explained(cause, file);
  });
  if (status?.isDirectory()) throw new InputError("a folder with that name already exists", { file }, remedy);
  if (status && (!status.isFile() || status.nlink > 1)) throw notOwn(file, status.isSymbolicLink(), remedy);
}

/**
 * Opens one of a folder's own files for reading; undefined where there is none. InputError where it cannot be read, or is a
 * link or anything else than a file.
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

/** That a file which must be a folder's own is a link, or a pipe, or has a second name. */
export function notOwn(file: string, isLink: boolean, remedy: string): InputError {
  return new InputError(
    isLink
      ? "this is a symbolic link, and a run's own files must be plain files"
      : "this is not a plain file, or it has a second name elsewhere (a hard link)",
    { file },
    remedy,
  );
}
