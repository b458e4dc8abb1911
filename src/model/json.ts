// The JSON files beside a model's weights (config.json, the index of shards), read with a limit.

import { InputError } from "../errors.ts";
import { readFileLimited } from "../files.ts";

export type JsonObject = Record<string, unknown>;

/** A config has some kilobytes and the index of a thousand-tensor model some hundred; more is another kind of file. */
const LONGEST = 25_000_000;

/** The JSON object in `file`. InputError where there is no such file, where it is over 25 MB, or where it holds something else. */
export async function readJsonObject(file: string, remedy: string): Promise<JsonObject> {
  const bytes = await readFileLimited(file, LONGEST, remedy);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const what = cause instanceof TypeError ? "UTF-8" : "JSON";
    throw new InputError(`the file is not ${what}`, { file }, remedy, { cause });
  }
  if (!isJsonObject(value)) throw new InputError("the file is not a JSON object", { file }, remedy);
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
