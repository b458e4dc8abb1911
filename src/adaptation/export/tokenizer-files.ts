// The tokenizer's files, and how the model's authors generate, which a written model takes over from its base model.

import { readdir } from "node:fs/promises";
import { readFileLimited } from "../../files.ts";
import { pathInside } from "../../own-files.ts";

/** The tokenizer's files, and generation_config.json. */
const TOKENIZER =
  /^((tokenizer.*|special_tokens_map|added_tokens|generation_config)\.json|vocab\.(txt|json)|merges\.txt|chat_template\.jinja|.*\.model)$/;
export const TOKENIZER_CONFIG = "tokenizer_config.json";
/** In bytes: tokenizer.json takes about 35 MB for the largest vocabularies. */
const LARGEST_FILE = 100_000_000;

/**
 * The base model's tokenizer files, by name. Throws an InputError if one of them is not a regular file in the model's folder,
 * cannot be read, or is too large for a tokenizer file.
 */
export async function tokenizerFiles(folder: string): Promise<[name: string, chunks: Uint8Array[]][]> {
  const remedy = "use the tokenizer that belongs to the model";
  const names = (await readdir(folder)).filter((name) => TOKENIZER.test(name)).sort();
  const files: [string, Uint8Array[]][] = [];
  for (const name of names)
    files.push([name, [await readFileLimited(await pathInside(folder, name, remedy), LARGEST_FILE, remedy)]]);
  return files;
}
