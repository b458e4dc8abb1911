// Where runs of the command line go, and what its JSON documents say.

import assert from "node:assert/strict";
import path from "node:path";
import { before } from "node:test";
import { folder, masklens, training } from "./run.ts";

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

/** The file of a finetuned copy of the task in `file`, and "one", a mask of it, which are trained before the tests of a file. */
export function besideTuned(file: string): string {
  const tuned = `${folder()}/tuned`;
  before(async () => {
    await json(...training(out("one"), { file }, "--layers", "all"));
    await json(...training(tuned, { file }, "--method", "finetune", "--learning-rate", "0.001"));
  });
  return `${tuned}/tuned.tuned.safetensors`;
}
