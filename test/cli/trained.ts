// Where runs of the command line go, and what its JSON documents say.

import assert from "node:assert/strict";
import path from "node:path";
import { folder, masklens } from "./run.ts";

const home = folder();
export const out = (name: string) => path.join(home, name);
export const maskOf = (name: string) => path.join(home, name, `${name}.mask.safetensors`);

/** Runs a command that must succeed and gives its one JSON document. */
export async function json(...words: string[]) {
  const { code, out: printed, err } = await masklens([...words, "--json"]);
  assert.equal(code, 0, err);
  assert.equal(printed.trimEnd().split("\n").length, 1);
  return JSON.parse(printed);
}
