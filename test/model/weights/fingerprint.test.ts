import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { readConfig } from "../../../src/model/config.ts";
import { selectMatrices } from "../../../src/model/names.ts";
import { fingerprintOf, weightHashes } from "../../../src/model/weights/fingerprint.ts";
import { openPretrained } from "../../../src/model/weights/pretrained.ts";
import { copyOf, floats } from "../folders.ts";

const expected = JSON.parse(readFileSync("test/fixtures/model/expected.json", "utf8"));
const BLOCK = ["Q", "K", "V", "AO", "I", "O"];

for (const family of ["bert", "roberta", "distilbert"])
  test(`${family}: hashes and fingerprint are those that hashlib makes`, async (t) => {
    const folder = `test/fixtures/models/tiny-${family}`;
    const pretrained = await openPretrained(folder);
    t.after(() => pretrained.close());
    const matrices = selectMatrices(await readConfig(folder), { layers: "1", kinds: BLOCK, labels: 3 });
    const hashes = await weightHashes(pretrained, matrices);
    assert.deepEqual(Object.fromEntries(hashes), expected[family].hashes);
    assert.equal(fingerprintOf(hashes), expected[family].fingerprint);
    assert.equal(fingerprintOf(new Map([...hashes].reverse())), expected[family].fingerprint);
  });

test("matrices that the pretrained weights lack are left out", async (t) => {
  const pretrained = await openPretrained("media/sample/model");
  t.after(() => pretrained.close());
  const hashes = await weightHashes(pretrained, [{ name: "classifier" }, { name: "pooler.dense" }]);
  assert.deepEqual([...hashes.keys()], ["pooler.dense.weight"]);
});

test("a rewritten file is hashed again", async (t) => {
  const hashOf = async (value: number) => {
    const model = floats({ "m.weight": { shape: [1], values: [value] } });
    const pretrained = await openPretrained(copyOf(t, "tiny-bert", { "model.safetensors": model }));
    const hashes = await weightHashes(pretrained, [{ name: "m" }]);
    await pretrained.close();
    return hashes.get("m.weight");
  };
  assert.notEqual(await hashOf(1), await hashOf(2));
});
