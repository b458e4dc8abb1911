// A new folder with its files, written as a whole or not at all.

import { lstat, mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../errors.ts";
import { codeOf, explained, writeAtomic } from "../files.ts";

const OTHER = "choose a new or empty folder";

/** InputError where a folder is not new or empty: it holds something, is a file or a link that leads nowhere, or cannot be read. */
export async function checkNew(folder: string): Promise<void> {
  let found: string[];
  try {
    if (!(await stat(folder)).isDirectory())
      throw new InputError("this is a file, not a folder", { file: folder }, OTHER);
    found = await readdir(folder);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw explained(error, folder);
    if (await lstat(folder).catch(() => undefined))
      throw new InputError("this is a link to a folder that is not there", { file: folder }, OTHER);
    return;
  }
  if (found.length) throw new InputError("the folder is not empty", { file: folder }, "choose a new folder");
}

/**
 * Makes a folder where it is not there, and writes files of these names into it, one after the other. InputError where the
 * folder is not new or empty, and where it or a file cannot be written; then what was made and written is removed again.
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

/** Removes `folder` and those around it up to `top`, as far as they are empty. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let one = path.resolve(folder); ; one = path.dirname(one)) {
    try {
      await rmdir(one);
    } catch {
      return; // another has put something there meanwhile
    }
    if (one === path.resolve(top) || one === path.dirname(one)) return;
  }
}
