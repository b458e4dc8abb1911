// The JSON files beside a model's weights (config.json, the index of shards), read with a limit.

import { readFile, stat } from "node:fs/promises";
import { InputError } from "../errors.ts";

export type JsonObject = Record<string, unknown>;

/** A config has some kilobytes and the index of a thousand-tensor model some hundred; more is another kind of file. */
const LONGEST = 25_000_000;

/** The JSON object in `file`. InputError where there is no such file, where it is over 25 MB, or where it holds something else. */
export async function readJsonObject(file: string, remedy: string): Promise<JsonObject> {
  const text = await readText(file, remedy);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError("the file is not JSON", { file }, remedy, { cause });
  }
  if (!isJsonObject(value)) throw new InputError("the file is not a JSON object", { file }, remedy);
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readText(file: string, remedy: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > LONGEST) throw new InputError(`the file has ${size} bytes, over the limit of 25 MB`, { file }, remedy);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    if (cause instanceof TypeError) throw new InputError("the file is not UTF-8", { file }, remedy, { cause });
    throw new InputError(reasonOf(cause), { file }, remedy, { cause });
  }
}

/** Why a file could not be read, in words, from Node's error code. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
  const known: Record<string, string> = {
    ENOENT: "there is no such file",
    ENOTDIR: "there is no such file",
    EISDIR: "this is a folder, not a file",
    EACCES: "the file may not be read",
    EPERM: "the file may not be read",
  };
  return known[code] ?? `the file cannot be read (${code})`;
}
