// The adaptations that a command's words name: files, or folders that stand for all adaptations in them.

import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../errors.ts";
import { ADAPTATION_ENDING } from "../../file-name.ts";
import { reasonOf } from "../../files.ts";

/**
 * Each named file, and the adaptations in each named folder and the folders in it, in the order of their paths; a file that
 * is named twice is listed once. Throws an InputError for a folder that cannot be read or contains no adaptation.
 */
export async function adaptationFiles(words: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    words.map(async (word) => {
      const status = await stat(word).catch(() => undefined); // reported when it is read
      return status?.isDirectory() ? filesIn(word) : [word];
    }),
  );
  return [...new Set(found.flat().map((file) => path.resolve(file)))];
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw new InputError(reasonOf(cause), { file: folder }, "choose a folder that can be read", { cause });
  });
  const files = entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && ADAPTATION_ENDING.test(entry.name))
    .map(({ parentPath, name }) => path.join(parentPath, name));
  if (files.length) return files.sort();
  throw new InputError(
    "there is no adaptation in this folder",
    { file: folder },
    "choose a folder with files that end in .mask.safetensors or .tuned.safetensors",
  );
}
