// Where an adaptation's base model is found, and what is said where it is not.
import assert from "node:assert/strict";
import { cpSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { openWeightsOf, type Places } from "../../src/adaptation/base.ts";
import { Loaded } from "../../src/adaptation/loaded.ts";
import { readAdaptation } from "../../src/adaptation/read.ts";
import { InputError } from "../../src/errors.ts";
import type { Adaptation } from "../../src/mask/file.ts";
import { copyOf, folderOf } from "../model/folders.ts";
import { MODEL, maskFile, weightsBut } from "./tiny.ts";

const QUERY = "encoder.layer.1.attention.self.query.weight";

/** The tiny model's config with keys replaced. */
function config(changed: object): string {
  return JSON.stringify({ ...JSON.parse(readFileSync(path.join(MODEL, "config.json"), "utf8")), ...changed });
}

/** A mask whose base model "org/tiny" has moved since. */
async function orphan(t: TestContext): Promise<{ mask: Adaptation; former: string; moved: string }> {
  const home = folderOf(t);
  const [former, moved] = [path.join(home, "former"), path.join(home, "moved")];
  cpSync(MODEL, former, { recursive: true });
  writeFileSync(path.join(former, "config.json"), config({ _name_or_path: "org/tiny" }));
  const file = await maskFile(home, "two", ["no", "yes"], { base: former });
  renameSync(former, moved);
  return { mask: await readAdaptation(file), former, moved };
}

async function found(mask: Adaptation, places: Places, names?: readonly string[]): Promise<string> {
  const pretrained = await openWeightsOf(mask, places, names);
  await pretrained.close();
  return pretrained.folder;
}

/** Known folders with models. */
const among = (...folders: string[]): Places => ({ models: async () => folders });

const saying = (message: RegExp) => (error: unknown) => error instanceof InputError && message.test(error.message);

test("a base model that has moved is found among the known folders by its weights, whatever else lies there", async (t) => {
  const { mask, moved } = await orphan(t);
  const others = [
    folderOf(t),
    path.join(moved, "nothing"),
    "test/fixtures/models/tiny-roberta",
    copyOf(t, "tiny-bert", { "model.safetensors": await weightsBut(QUERY) }),
    copyOf(t, "tiny-bert", { "model.safetensors": "damaged" }),
  ];
  assert.equal(await found(mask, among(...others, moved)), moved);
  assert.equal(await found(mask, among(moved, ...others)), moved);
});

test("of two copies of a base model the one of its name is taken", async (t) => {
  const { mask, moved } = await orphan(t);
  assert.equal(await found(mask, among(MODEL, moved)), moved);
  assert.equal(await found(mask, among(MODEL)), MODEL);
});

test("a base model that lies where it should is not looked for anywhere else", async (t) => {
  const { mask, former, moved } = await orphan(t);
  let searches = 0;
  const models = async () => {
    searches++;
    return [moved];
  };
  assert.equal(await found(mask, { models }), moved);
  assert.equal(searches, 1);
  cpSync(moved, former, { recursive: true });
  assert.equal(await found(mask, { models }), former);
  assert.equal(searches, 1);
});

test("where the stated folder holds another model by now, the base model is looked for elsewhere", async (t) => {
  const { mask, former, moved } = await orphan(t);
  cpSync(moved, former, { recursive: true });
  assert.equal(await found(mask, among(moved)), former);
  writeFileSync(path.join(former, "model.safetensors"), await weightsBut(QUERY));
  assert.equal(await found(mask, among(moved)), moved);
});

test("a model of the same size and name whose weights differ is not taken, and the error says where was looked", async (t) => {
  const { mask, former } = await orphan(t);
  const other = copyOf(t, "tiny-bert", {
    "config.json": config({ _name_or_path: "org/tiny" }),
    "model.safetensors": await weightsBut(QUERY),
  });
  const many = Array.from({ length: 6 }, (_, i) => `/no/model/${i}`);
  await assert.rejects(
    found(mask, among(other, ...many)),
    (error) =>
      error instanceof InputError &&
      error.place.file === mask.file &&
      error.what ===
        `its base model org/tiny was not found in ${former} (there is no such folder), ${other}, /no/model/0, /no/model/1, /no/model/2, /no/model/3, 2 more` &&
      /Add Model Folder/.test(error.remedy),
  );
});

test("only weights that are asked for need to be the base model's", async (t) => {
  const { mask } = await orphan(t);
  const other = copyOf(t, "tiny-bert", { "model.safetensors": await weightsBut(QUERY) });
  const key = QUERY.replace("query", "key");
  assert.equal(await found(mask, among(other), [key]), other);
  await assert.rejects(found(mask, among(other), [QUERY]), saying(/was not found in/));
});

test("in a folder that a person has named nothing but the base model will do", async (t) => {
  const { mask, moved } = await orphan(t);
  const other = copyOf(t, "tiny-bert", { "model.safetensors": await weightsBut(QUERY) });
  assert.equal(await found(mask, { model: moved }), moved);
  await assert.rejects(
    found(mask, { model: other, ...among(moved) }),
    saying(
      new RegExp(`two\\.mask\\.safetensors: it was not trained on the base model in .*: ${QUERY} differs; specify`),
    ),
  );
  await assert.rejects(
    found(mask, { model: "/no/model", ...among(moved) }),
    saying(/\/no\/model: there is no such folder/),
  );
});

test("a mask with nothing to compare is over no other model than the one at its stated place", async (t) => {
  const { mask, former, moved } = await orphan(t);
  const bare = { ...mask, metadata: { ...mask.metadata, base: { ...mask.metadata.base, weights: {} } } };
  await assert.rejects(found(bare, among(moved)), saying(/was not found in/));
  renameSync(moved, former);
  assert.equal(await found(bare, among()), former);
});

test("masks are loaded together over a base model that has moved since one of them was trained", async (t) => {
  const { mask, moved } = await orphan(t);
  const second = await maskFile(folderOf(t), "three", ["a", "b", "c"], { base: moved });
  const loaded = new Loaded();
  const told = await loaded.load([mask.file, second], among(MODEL, moved), "cpu");
  assert.deepEqual(
    told.map(({ task, base, folder }) => [task, base, folder]),
    [
      ["two", "org/tiny", moved],
      ["three", "org/tiny", moved],
    ],
  );
  await loaded.load([second], among(MODEL, moved), "cpu");
  await loaded.load([], {}, "cpu");
  await assert.rejects(loaded.load([mask.file], {}, "cpu"), saying(/was not found in/));
});
