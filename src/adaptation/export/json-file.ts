// JSON files that are changed and written again. JavaScript has one kind of number and would write 2.0 as 2, which transformers
// refuses where a config must have a float; so what a file wrote is kept.

import { readFileLimited } from "../../files.ts";
import { type JsonObject, parseJsonObject } from "../../json.ts";

/** In bytes: a config with the names of ten thousand labels takes a few hundred kB. */
const LARGEST = 5_000_000;
/** Strings, which are passed over, and numbers. */
const PARTS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Begins the strings that stand for numbers. */
const MARK = "\u0000";
const MARKED = /"\\u0000([^"]+)"/g;

/** The JSON object in a file; whole numbers with a decimal point or exponent are strings that `jsonBytes` writes as they were. */
export async function readJsonToChange(file: string, remedy: string): Promise<JsonObject> {
  const text = new TextDecoder().decode(await readFileLimited(file, LARGEST, remedy));
  parseJsonObject(text, file, remedy);
  const marked = text.replace(PARTS, (part) =>
    /^[-\d].*[.eE]/.test(part) && Number.isInteger(Number(part)) ? JSON.stringify(MARK + part) : part,
  );
  return parseJsonObject(marked, file, remedy);
}

export function jsonBytes(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2).replace(MARKED, "$1")}\n`);
}
