// Which folders count as base models: named ones, and those of the Hub's cache as its clients lay them.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import {
  hubCache,
  looksLikeModel,
  modelsIn,
  modelsInCache,
  readModelFolder,
} from "../../../src/extension/models/model-folders.ts";
import { copyOf, folderOf } from "../../model/folders.ts";

const TINY = path.resolve("test/fixtures/models/tiny-bert");
const MODEL = ["config.json", "model.safetensors"];

/**
 * A snapshot as the Hub's clients lay it: links into blobs/, for these files of the tiny model. `days`: when it was
 * fetched.
 */
function snapshot(
  cache: string,
  name: string,
  revision: string,
  days: number,
  files: readonly string[] = MODEL,
): string {
  const repository = path.join(cache, `models--${name.replace("/", "--")}`);
  const folder = path.join(repository, "snapshots", revision);
  for (const made of [folder, path.join(repository, "blobs"), path.join(repository, "refs")])
    mkdirSync(made, { recursive: true });
  for (const file of files) {
    const blob = `${revision}-${file}`;
    copyFileSync(path.join(TINY, file), path.join(repository, "blobs", blob));
    symlinkSync(path.join("..", "..", "blobs", blob), path.join(folder, file));
  }
  utimesSync(folder, days * 86_400, days * 86_400);
  return folder;
}

const foldersOf = async (cache: string) => (await modelsInCache(cache)).map(({ folder }) => folder).sort();

test("a model's folder is one with a config and weights, of which adaptations do not count", () => {
  assert.ok(looksLikeModel(["config.json", "model.safetensors"]));
  assert.ok(looksLikeModel(["model-00001-of-00002.safetensors", "config.json"]));
  assert.ok(!looksLikeModel(["model.safetensors"]));
  assert.ok(looksLikeModel(["config.json", "pytorch_model.bin"]));
  assert.ok(looksLikeModel(["pytorch_model-00001-of-00002.bin", "config.json"]));
  assert.ok(!looksLikeModel(["config.json", "training_args.bin"]));
  assert.ok(!looksLikeModel(["config.json", "sst2.mask.safetensors", "sst2.tuned.safetensors"]));
});

test("a model is told by its config and the size of its weights, without its adaptations'", async (t) => {
  const weights = Buffer.alloc(100);
  const folder = folderOf(t, { "config.json": "{}", "a.safetensors": weights, "b.safetensors": weights });
  writeFileSync(path.join(folder, "x.mask.safetensors"), weights);
  const found = await readModelFolder(folder);
  assert.deepEqual([found?.bytes, found?.config], [200, null]);
  assert.match(found!.reason!, /config\.json, model_type: model_type is missing/);
  const whole = await readModelFolder(TINY);
  assert.deepEqual([whole?.config?.modelType, whole?.config?.layers, whole?.reason], ["bert", 3, null]);
  assert.equal(await readModelFolder(path.join(folder, "nothing")), undefined);
});

test("a named folder is a model itself, or holds models directly", async (t) => {
  const itself = copyOf(t, "tiny-bert");
  mkdirSync(path.join(itself, "below"));
  symlinkSync(TINY, path.join(itself, "below", "other"));
  assert.deepEqual(
    (await modelsIn(itself)).map(({ folder }) => folder),
    [itself],
  );
  const models = path.join(itself, "below");
  symlinkSync(itself, path.join(models, "tiny"));
  mkdirSync(path.join(models, "empty"));
  writeFileSync(path.join(models, "README.md"), "");
  assert.deepEqual((await modelsIn(models)).map(({ folder }) => path.basename(folder)).sort(), ["other", "tiny"]);
  assert.deepEqual(await modelsIn(path.join(models, "nothing")), []);
});

test("a model whose weights are torch.save's is found, and where there are safetensors too, these are its size", async (t) => {
  const folder = folderOf(t, { "config.json": "{}", "pytorch_model.bin": Buffer.alloc(70) });
  assert.equal((await readModelFolder(folder))?.bytes, 70);
  writeFileSync(path.join(folder, "model.safetensors"), Buffer.alloc(30));
  assert.equal((await readModelFolder(folder))?.bytes, 30);
});

test("a named folder of the Hub's cache, or one of such folders, gives the models' snapshots", async (t) => {
  const cache = folderOf(t);
  const tiny = snapshot(cache, "org/tiny", "aaa", 1);
  const other = snapshot(cache, "org/other", "bbb", 1);
  const found = async (folder: string) => (await modelsIn(folder)).map(({ folder }) => folder).sort();
  assert.deepEqual(await found(path.join(cache, "models--org--tiny")), [tiny]);
  assert.deepEqual(await found(cache), [other, tiny]);
});

test("the Hub's cache gives each model's main branch, whatever was fetched after it", async (t) => {
  const cache = folderOf(t);
  const main = snapshot(cache, "org/tiny", "aaa", 1);
  snapshot(cache, "org/tiny", "bbb", 2);
  writeFileSync(path.join(cache, "models--org--tiny", "refs", "main"), "aaa");
  const other = snapshot(cache, "org/other", "ccc", 3);
  mkdirSync(path.join(cache, "datasets--org--rows", "snapshots", "ddd"), { recursive: true });
  writeFileSync(path.join(cache, "version.txt"), "1");
  assert.deepEqual(await foldersOf(cache), [other, main]);
  const [found] = (await modelsInCache(cache)).filter(({ folder }) => folder === main);
  assert.equal(found?.config?.id, "org/tiny");
});

test("without a main branch the newest snapshot counts", async (t) => {
  const cache = folderOf(t);
  snapshot(cache, "org/tiny", "aaa", 1);
  const newest = snapshot(cache, "org/tiny", "zzz", 3);
  snapshot(cache, "org/tiny", "mmm", 2);
  assert.deepEqual(await foldersOf(cache), [newest]);
});

test("a snapshot whose files are gone or not yet there gives way to a whole one, and hides no other model", async (t) => {
  const cache = folderOf(t);
  const whole = snapshot(cache, "org/tiny", "aaa", 1);
  snapshot(cache, "org/tiny", "bbb", 2, ["config.json"]);
  const broken = snapshot(cache, "org/tiny", "ccc", 3);
  writeFileSync(path.join(cache, "models--org--tiny", "refs", "main"), "ccc");
  rmSync(path.join(cache, "models--org--tiny", "blobs", "ccc-model.safetensors"));
  assert.deepEqual(readdirSync(broken), MODEL);
  const snapshots = path.join(cache, "models--org--tiny", "snapshots");
  symlinkSync(path.join(cache, "nowhere"), path.join(snapshots, "ddd"));
  writeFileSync(path.join(snapshots, ".DS_Store"), "");
  mkdirSync(path.join(cache, "models--org--begun", "blobs"), { recursive: true });
  assert.deepEqual(await foldersOf(cache), [whole]);
  assert.deepEqual(await foldersOf(path.join(cache, "nothing")), []);
});

test("the cache lies where the Hub's own variables say", () => {
  const all = { HF_HUB_CACHE: "/a", HF_HOME: "/b", XDG_CACHE_HOME: "/c" };
  assert.equal(hubCache(all), "/a");
  assert.equal(hubCache({ ...all, HF_HUB_CACHE: "" }), path.join("/b", "hub"));
  assert.equal(hubCache({ XDG_CACHE_HOME: "/c" }), path.join("/c", "huggingface", "hub"));
  assert.equal(hubCache({}), path.join(homedir(), ".cache", "huggingface", "hub"));
});
