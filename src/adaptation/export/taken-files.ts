// The files that a written model takes over from its base model: the tokenizer's, and how its authors generate texts.

import { readdir } from "node:fs/promises";
import { readFileLimited } from "../../files.ts";
import { pathInside } from "../../own-files.ts";

const TAKEN =
  /^(tokenizer.*\.json|vocab\.(txt|json)|merges\.txt|special_tokens_map\.json|added_tokens\.json|.*\.model|chat_template\.jinja|generation_config\.json)$/;
export const TOKENIZER_CONFIG = "tokenizer_config.json";
/** In bytes: tokenizer.json takes about 35 MB for the largest vocabularies. */
const LARGEST_FILE = 100_000_000;

/**
 * These files of the base model, by name. Throws an InputError if one of them is not a regular file in the model's folder,
 * cannot be read, or is too large for a tokenizer file.
 */
export async function takenFiles(folder: string): Promise<[name: string, chunks: Uint8Array[]][]> {
  const remedy = "use the tokenizer that belongs to the model";
  const names = (await readdir(folder)).filter((name) => TAKEN.test(name)).sort();
  const files: [string, Uint8Array[]][] = [];
  for (const name of names)
    files.push([name, [await readFileLimited(await pathInside(folder, name, remedy), LARGEST_FILE, remedy)]]);
  return files;
}
