// JSON objects in files, read with a size limit.

import { InputError, messageOf } from "./errors.ts";
import { readFileLimited, readOpened } from "./files.ts";
import { parseJson } from "./json-text.ts";
import { openOwn } from "./own-files.ts";

export type JsonObject = Record<string, unknown>;

/**
 * In bytes. A config takes a few kilobytes, or a few hundred if it names ten thousand labels. Once parsed, a file may
 * occupy thirty times its size in memory.
 */
const LONGEST = 5_000_000;

/**
 * The JSON object in `file`. Throws an InputError if it cannot be read, has more than `most` bytes, or is not a JSON
 * object.
 */
export async function readJsonObject(file: string, remedy: string, most = LONGEST): Promise<JsonObject> {
  return decoded(await readFileLimited(file, most, remedy), file, remedy);
}

/**
 * The JSON object in one of a folder's own files; undefined if the file does not exist. Throws the same errors as
 * `readJsonObject`, and an InputError with `distrust` as the remedy if the file is a link or not a regular file.
 */
export async function readOwnJsonObject(
  file: string,
  remedy: string,
  distrust: string,
): Promise<JsonObject | undefined> {
  const opened = await openOwn(file, distrust);
  if (!opened) return undefined;
  return decoded(await readOpened(opened.handle, opened.size, file, LONGEST, remedy), file, remedy);
}

function decoded(bytes: Uint8Array, file: string, remedy: string): JsonObject {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError("the file is not UTF-8", { file }, remedy, { cause });
  }
  return parseJsonObject(text, file, remedy);
}

/** Like `readJsonObject`, but for text that has already been read from `file`. */
export function parseJsonObject(text: string, file: string, remedy: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw new InputError(`the file is not JSON (${messageOf(cause)})`, { file }, remedy, { cause });
  }
  if (!isJsonObject(value)) throw new InputError("the file is not a JSON object", { file }, remedy);
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
