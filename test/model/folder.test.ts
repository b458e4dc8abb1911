import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { readConfig } from "../../src/model/config.ts";
import { mainRevision, modelFolder } from "../../src/model/folder.ts";
import { copyOf, folderOf, refuses } from "./folders.ts";

/** A folder of the Hub's cache with snapshots of these names, and refs/main. */
function cached(t: TestContext, snapshots: readonly string[], main?: string): string {
  const repository = path.join(folderOf(t), "models--some-org--some-model");
  for (const name of ["refs", "blobs", "snapshots", ...snapshots.map((name) => path.join("snapshots", name))])
    mkdirSync(path.join(repository, name), { recursive: true });
  if (main !== undefined) writeFileSync(path.join(repository, "refs", "main"), main);
  return repository;
}

test("a folder with a config.json is itself, whatever else is in it", async (t) => {
  const folder = copyOf(t, "tiny-bert");
  mkdirSync(path.join(folder, "snapshots", "x"), { recursive: true });
  assert.equal(await modelFolder(folder), folder);
});

test("a folder of the Hub's cache is the snapshot of its main branch, or else the only one", async (t) => {
  const main = cached(t, ["aaa", "bbb"], "bbb\n");
  assert.equal(await modelFolder(main), path.join(main, "snapshots", "bbb"));
  const only = cached(t, ["aaa", ".DS_Store"]);
  assert.equal(await modelFolder(only), path.join(only, "snapshots", "aaa"));
});

test("a model's id is that of its cache folder", async (t) => {
  const repository = cached(t, ["aaa"]);
  const config = { model_type: "bert", vocab_size: 9, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 1 };
  const json = { ...config, intermediate_size: 4, max_position_embeddings: 8, _name_or_path: "other/name" };
  writeFileSync(path.join(repository, "snapshots", "aaa", "config.json"), JSON.stringify(json));
  assert.equal((await readConfig(repository)).id, "some-org/some-model");
});

test("a cache folder without one snapshot that is meant is refused, naming those there are", async (t) => {
  const place = { file: "models--some-org--some-model" };
  await refuses(
    () => modelFolder(cached(t, ["aaa", "bbb"])),
    /several snapshots \(aaa, bbb\), but refs\/main names none/,
    place,
  );
  await refuses(
    () => modelFolder(cached(t, ["aaa"], "ccc")),
    /snapshot "ccc" of its main branch is missing.*snapshots\/aaa/,
    place,
  );
  await refuses(() => modelFolder(cached(t, [])), /it has no snapshot; download the model again/, place);
});

test("a main branch that is a link to another file is not quoted, and none", async (t) => {
  const repository = cached(t, ["aaa", "bbb"]);
  const main = path.join(repository, "refs", "main");
  writeFileSync(path.join(repository, "secret"), "user:hunter2");
  symlinkSync("../secret", main);
  await refuses(() => modelFolder(repository), /but refs\/main names none(?!.*hunter)/, {
    file: "models--some-org--some-model",
  });
  assert.equal(await mainRevision(repository), "");
});

test("a file, and what is not there, are refused with where to look", async (t) => {
  const folder = copyOf(t, "tiny-bert");
  const file = path.join(folder, "model.safetensors");
  await refuses(() => modelFolder(file), new RegExp(`a file, not a model folder; use its folder: ${folder}`), {
    file: "model.safetensors",
  });
  await refuses(() => modelFolder(path.join(folder, "nothing")), /there is no such folder/, { file: "nothing" });
});
