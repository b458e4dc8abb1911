import assert from "node:assert/strict";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, test } from "node:test";
import { readTokenizerFiles } from "../src/data/tokenizer/files.ts";
import { InputError } from "../src/errors.ts";
import { readConfig } from "../src/model/config.ts";
import { openPretrained } from "../src/model/weights/pretrained.ts";
import { pathInside } from "../src/own-files.ts";

let home: string;
let folder: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "masklens-own-"));
  folder = path.join(home, "model");
  await mkdir(path.join(folder, "weights"), { recursive: true });
  await writeFile(path.join(home, "secret"), "{}");
});

const refused = (asked: Promise<unknown>, said: RegExp) =>
  assert.rejects(asked, (error) => {
    assert.ok(error instanceof InputError, String(error));
    assert.match(error.message, said);
    return true;
  });

test("a file, a link within the folder, and a missing file have their path in the folder", async () => {
  await writeFile(path.join(folder, "weights", "part"), "");
  await symlink(path.join("weights", "part"), path.join(folder, "linked"));
  for (const name of ["linked", "missing"])
    assert.equal(await pathInside(folder, name, "fetch it"), path.join(folder, name));
  await symlink(folder, path.join(home, "another-name"));
  assert.equal(
    await pathInside(path.join(home, "another-name"), "linked", "fetch it"),
    path.join(home, "another-name", "linked"),
  );
});

test("a name with a folder in it, and links out of the folder, are refused", async () => {
  for (const name of ["../secret", "weights/part", "/etc/passwd", "..", ".", "", "C:x", "a\\b", "a\0b"])
    await refused(pathInside(folder, name, "fetch it"), /this does not name a file in the same folder; fetch it/);
  await symlink(path.join(home, "secret"), path.join(folder, "straight"));
  await symlink("straight", path.join(folder, "round"));
  for (const name of ["straight", "round"])
    await refused(
      pathInside(folder, name, "fetch it"),
      /it is a link to .*secret.*, outside its folder; replace the link/,
    );
  await mkdir(path.join(home, "model-2"));
  await writeFile(path.join(home, "model-2", "weights"), "");
  await symlink("../model-2/weights", path.join(folder, "neighbour")); // begins with this folder's name
  await refused(pathInside(folder, "neighbour", "fetch it"), /a link to .*, outside its folder/);
  await symlink("circle", path.join(folder, "circle"));
  await refused(pathInside(folder, "circle", "fetch it"), /its symbolic links form a loop/);
});

test("in the Hub's cache a snapshot's files are links to its own blobs, and no others", async () => {
  const snapshot = path.join(home, "models--a--b", "snapshots", "0f");
  const blobs = path.join(home, "models--a--b", "blobs");
  for (const made of [snapshot, blobs]) await mkdir(made, { recursive: true });
  await writeFile(path.join(blobs, "ab12"), "{}");
  await symlink("../../blobs/ab12", path.join(snapshot, "config.json"));
  assert.equal(await pathInside(snapshot, "config.json", ""), path.join(snapshot, "config.json"));
  await symlink("../../../secret", path.join(snapshot, "tokenizer.json"));
  await refused(pathInside(snapshot, "tokenizer.json", ""), /a link to .*, outside its folder/);
});

test("a model's config, tokenizer and weights are not read through links out of its folder", async () => {
  const out = async (name: string) => symlink(path.join(home, "secret"), path.join(folder, name));
  await out("config.json");
  await refused(readConfig(folder), /config\.json: it is a link to .*, outside its folder/);
  await refused(readTokenizerFiles(folder), /config\.json: it is a link to .*, outside its folder/);
  await out("tokenizer_config.json");
  await refused(readTokenizerFiles(folder), /tokenizer_config\.json: it is a link to .*, outside its folder/);
  await out("model.safetensors");
  await refused(openPretrained(folder), /model\.safetensors: it is a link to .*, outside its folder/);
});

test("shards that an index names lie in its folder", async () => {
  await writeFile(path.join(folder, "config.json"), "{}");
  await symlink(path.join(home, "secret"), path.join(folder, "shard.safetensors"));
  const index = path.join(folder, "model.safetensors.index.json");
  await writeFile(index, JSON.stringify({ weight_map: { a: "shard.safetensors" } }));
  await refused(openPretrained(folder), /shard\.safetensors: it is a link to .*, outside its folder/);
  await writeFile(index, JSON.stringify({ weight_map: { a: "../secret" } }));
  await refused(openPretrained(folder), /is not a file in this folder/);
});
