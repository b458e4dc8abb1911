import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { InputError } from "../../../src/errors.ts";
import { remediesFor } from "../../../src/extension/ui/remedies.ts";
import { ADD_MODEL_FOLDER } from "../../../src/remedies.ts";
import { asked, Range, Uri } from "../vscode.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-remedies-"));
after(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  asked.length = 0;
});

const file = (name: string) => path.join(folder, name);
for (const name of ["train.csv", "run.json", "a.mask.safetensors"]) writeFileSync(file(name), "");

test("bad input in a text file offers to open the file at its line", async () => {
  for (const [at, line] of [
    ["line 7, column label", 6],
    ["column label", 0],
    [undefined, 0],
  ] as const) {
    const [open, ...others] = await remediesFor(
      new InputError("wrong", { file: file("train.csv"), ...(at && { at }) }, "x"),
    );
    assert.deepEqual(others, []);
    assert.equal(open!.label, "Open File");
    await open!.run();
    assert.deepEqual(asked.pop(), [Uri.file(file("train.csv")), { selection: new Range(line) }]);
  }
});

test("a file that is missing, is no text, or is an address has no button", async () => {
  for (const name of [
    file("missing.json"),
    file("a.mask.safetensors"),
    "https://host/config.json",
    "run.json",
    undefined,
  ])
    assert.deepEqual(await remediesFor(new InputError("wrong", name === undefined ? {} : { file: name }, "x")), []);
});

test("a base model that is not found offers to add its folder", async () => {
  const error = new InputError("not found", { file: file("a.mask.safetensors") }, ADD_MODEL_FOLDER);
  const [add] = await remediesFor(error);
  assert.equal(add!.label, "Add Model Folder…");
  await add!.run();
  assert.deepEqual(asked, [["masklens.addModelFolder"]]);
});
