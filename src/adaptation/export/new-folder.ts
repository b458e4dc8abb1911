// Writes a new folder with its files, completely or not at all.

import { lstat, mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../errors.ts";
import { codeOf, explained, writeAtomic } from "../../files.ts";

const OTHER = "choose a new or empty folder";

/**
 * Throws an InputError if a folder is neither new nor empty: it contains something, is a file or a dangling link, or
 * cannot be read.
 */
export async function checkNew(folder: string): Promise<void> {
  let found: string[];
  try {
    if (!(await stat(folder)).isDirectory())
      throw new InputError("this is a file, not a folder", { file: folder }, OTHER);
    found = await readdir(folder);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw explained(error, folder);
    if (await lstat(folder).catch(() => undefined))
      throw new InputError("this is a link to a folder that does not exist", { file: folder }, OTHER);
    return;
  }
  if (found.length) throw new InputError("the folder is not empty", { file: folder }, "choose a new folder");
}

/**
 * Creates a folder, if it does not exist, and writes these files into it in order. Throws an InputError if the folder
 * is neither new nor empty, or if writing fails; everything that was created is then removed.
 */
export async function writeNewFolder(folder: string, files: ReadonlyMap<string, Iterable<Uint8Array>>): Promise<void> {
  await checkNew(folder);
  let made: string | undefined;
  const written: string[] = [];
  try {
    made = await mkdir(folder, { recursive: true });
    for (const [name, chunks] of files) {
      const file = path.join(folder, name);
      written.push(file);
      await writeAtomic(file, chunks);
    }
  } catch (error) {
    for (const file of written) await rm(file, { force: true }).catch(() => undefined);
    if (made !== undefined) await removeEmpty(folder, made);
    throw explained(error, folder);
  }
}

/** Removes `folder` and its parents up to `top` as long as they are empty. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let one = path.resolve(folder); ; one = path.dirname(one)) {
    try {
      await rmdir(one);
    } catch {
      return; // another process has put something there
    }
    if (one === path.resolve(top) || one === path.dirname(one)) return;
  }
}
