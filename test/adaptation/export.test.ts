// What an export reads of a stranger's model, and what it leaves where it fails.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { exportModel } from "../../src/adaptation/export/export.ts";
import { writeNewFolder } from "../../src/adaptation/export/new-folder.ts";
import { InputError } from "../../src/errors.ts";
import { readConfig } from "../../src/model/config.ts";
import { openPretrained } from "../../src/model/pretrained.ts";
import { folderOf } from "../model/folders.ts";
import { MODEL, maskFile } from "./tiny.ts";

/** A model's folder beside a secret, a mask over it, and where it shall be exported to. */
async function setting(t: TestContext): Promise<{ home: string; model: string; mask: string; out: string }> {
  const home = folderOf(t);
  const model = path.join(home, "model");
  cpSync(MODEL, model, { recursive: true });
  writeFileSync(path.join(home, "secret"), "root:x:0:0");
  const mask = await maskFile(home, "two", ["no", "yes"], { base: model });
  return { home, model, mask, out: path.join(home, "new", "exported") };
}

const refused = (asked: Promise<unknown>, said: RegExp) =>
  assert.rejects(asked, (error) => {
    assert.ok(error instanceof InputError, String(error));
    assert.match(error.message, said);
    return true;
  });

test("a tokenizer's file that is a link out of the model's folder, a pipe, a folder or missing is not exported", async (t) => {
  const { home, model, mask, out } = await setting(t);
  const spoilt: [name: string, spoil: (file: string) => void, said: RegExp][] = [
    [
      "vocab.txt",
      (file) => symlinkSync("../secret", file),
      /vocab\.txt: it is a link to .*secret.*, outside its folder/,
    ],
    [
      "merges.txt",
      (file) => symlinkSync(path.join(home, "secret"), file),
      /merges\.txt: it is a link to .*secret.*, outside its folder/,
    ],
    ["spiece.model", (file) => mkdirSync(file), /spiece\.model: this is a folder, not a file/],
    ["added_tokens.json", (file) => symlinkSync("nowhere", file), /added_tokens\.json: there is no such file/],
    ["vocab.json", (file) => void spawnSync("mkfifo", [file]), /vocab\.json: not a regular file/],
    ["tokenizer_2.json", (file) => symlinkSync("tokenizer_2.json", file), /its symbolic links form a loop/],
  ];
  for (const [name, spoil, said] of spoilt) {
    const file = path.join(model, name);
    spoil(file);
    if (name === "vocab.json" && !existsSync(file)) continue; // a system without pipes
    await refused(exportModel({ adaptation: mask, out }), said);
    assert.equal(existsSync(path.dirname(out)), false, name);
    rmSync(file, { recursive: true });
  }
  symlinkSync("tokenizer.json", path.join(model, "tokenizer_same.json"));
  await exportModel({ adaptation: mask, out });
  for (const name of ["tokenizer.json", "tokenizer_same.json"])
    assert.deepEqual(readFileSync(path.join(out, name)), readFileSync(path.join(MODEL, "tokenizer.json")), name);
});

test("an export says why a folder cannot take it: a file, one with something in it, a link to nothing, one below a file", async (t) => {
  const { home, mask } = await setting(t);
  const place = (name: string) => path.join(home, name);
  writeFileSync(place("file"), "");
  mkdirSync(place("full"));
  writeFileSync(path.join(place("full"), "thesis.tex"), "");
  symlinkSync("nowhere", place("dangling"));
  symlinkSync("circle", place("circle"));
  const cases: [out: string, said: RegExp][] = [
    ["file", /file: this is a file, not a folder; choose a new or empty folder/],
    ["full", /full: the folder is not empty; choose a new folder/],
    ["dangling", /dangling: this is a link to a folder that does not exist; choose a new or empty/],
    ["circle", /circle: it is a symbolic link, or part of a loop of links; choose another location/],
    ["file/below", /below: its folder is a file; choose another folder/],
    ["n".repeat(256), /its name is too long; choose a shorter name/],
  ];
  for (const [out, said] of cases) await refused(exportModel({ adaptation: mask, out: place(out) }), said);
  assert.deepEqual(readdirSync(place("full")), ["thesis.tex"]);
});

test("an export that fails removes what it made and wrote, and the next one can begin", async (t) => {
  const home = folderOf(t);
  const fails = (code: string) =>
    (function* () {
      yield Buffer.from("half");
      throw Object.assign(new Error(code), { code });
    })();
  const files = (last: Iterable<Uint8Array>) =>
    new Map<string, Iterable<Uint8Array>>([
      ["config.json", [Buffer.from("{}")]],
      ["model.safetensors", last],
    ]);
  const [fresh, empty] = [path.join(home, "a", "b", "c"), path.join(home, "empty")];
  mkdirSync(path.join(home, "a"));
  mkdirSync(empty);
  for (const out of [fresh, empty]) {
    await refused(writeNewFolder(out, files(fails("EFBIG"))), /model\.safetensors: the file would be larger/);
    await assert.rejects(writeNewFolder(out, files(fails(""))), /^Error/);
  }
  assert.deepEqual(readdirSync(home, { recursive: true }).sort(), ["a", "empty"]);
  for (const out of [fresh, empty]) {
    await writeNewFolder(out, files([Buffer.from("whole")]));
    assert.deepEqual(readdirSync(out).sort(), ["config.json", "model.safetensors"]);
  }
});

for (const name of ["t5", "flan-t5", "bart", "mbart"])
  test(`${name}: an exported encoder–decoder has the base model's tensors under their names, with zeros under masks`, async (t) => {
    const base = `test/fixtures/families/tiny-${name}`;
    const folder = folderOf(t, {});
    const adaptation = await maskFile(folder, "task", [], { base, kind: "generation" });
    const out = path.join(folder, "out");
    const { architecture } = await exportModel({ adaptation, out });
    const stored = JSON.parse(readFileSync(path.join(base, "config.json"), "utf8"));
    assert.deepEqual([architecture], stored.architectures);
    assert.deepEqual(await readConfig(out), { ...(await readConfig(base)), id: "out" });
    assert.ok(existsSync(path.join(out, "generation_config.json")));
    const [had, has] = [await openPretrained(base), await openPretrained(out)];
    assert.deepEqual(
      [...has.tensors.values()].map((tensor) => tensor.stored).sort(),
      [...had.tensors.values()].map((tensor) => tensor.stored).sort(),
    );
    for (const [tensor, { shape }] of had.tensors) {
      const [before, after] = [await had.readFloat32(tensor), await has.readFloat32(tensor)];
      const isMasked = shape.length === 2 && /block|layers/.test(tensor) && !tensor.includes("relative");
      const zeros = after.filter((value) => value === 0).length / after.length;
      assert.ok(isMasked ? zeros > 0 && zeros < 0.3 : zeros === 0, `${tensor} ${zeros}`);
      assert.ok(before.every((value, i) => after[i] === value || after[i] === 0));
    }
    await had.close();
    await has.close();
    await assert.rejects(
      exportModel({ adaptation, out, format: "onnx" }),
      /a language model cannot be exported as ONNX/,
    );
    await assert.rejects(exportModel({ adaptation, out, prune: true }), /dead parts of a language model cannot/);
  });
