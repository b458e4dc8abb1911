// Models are written as the Hub stores them: with fused and transposed matrices, and the numbers of their configuration as they were.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { jsonBytes, readJsonToChange } from "../../src/adaptation/export/json-file.ts";
import { reinitialize } from "../../src/adaptation/export/reinitialize.ts";
import { asStored } from "../../src/adaptation/export/stored.ts";
import { readConfig } from "../../src/model/config.ts";
import { familyOf } from "../../src/model/families/families.ts";
import { hubName } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { folderOf } from "../model/folders.ts";

const FOLDER = "test/fixtures/families";
const FAMILIES = readdirSync(FOLDER).filter((name) => name.startsWith("tiny-"));

/** The tensors of a weight file by their names. */
function tensorsIn(file: string) {
  const { header, bytesOf } = decodeSafetensors(new Uint8Array(readFileSync(file)), file);
  const all = [...header.entries.values()].map(({ name, type, shape }) => ({
    name,
    type,
    shape,
    bytes: bytesOf(name),
  }));
  return new Map(all.map((tensor) => [tensor.name, tensor]));
}

test("the matrices of each family are stored under the names and in the layout of its weight file", async () => {
  for (const name of FAMILIES) {
    const model = path.join(FOLDER, name);
    const family = familyOf(await readConfig(model));
    const pretrained = await openPretrained(model);
    const tensors = [];
    for (const [own, { type, shape }] of pretrained.tensors)
      tensors.push({ name: own, type, shape, bytes: await pretrained.readRaw(own) });
    await pretrained.close();
    const wanted = tensorsIn(path.join(model, "model.safetensors"));
    const stored = asStored(family, tensors);
    for (const tensor of stored) {
      const hub = hubName(family, tensor.name);
      const { type, shape, bytes } = wanted.get(hub) ?? assert.fail(`${name}: ${hub}`);
      assert.deepEqual([tensor.type, tensor.shape], [type, shape], hub);
      assert.ok(Buffer.from(tensor.bytes).equals(bytes), hub);
    }
    assert.equal(stored.length, wanted.size, name);
  }
});

test("a layer is initialized anew in fused and transposed matrices, too, and all else stays", async (t) => {
  for (const [name, layers, inLayer] of [
    ["tiny-gpt2", "1", /^transformer\.h\.1\./],
    ["tiny-modernbert", "1", /^model\.layers\.1\./],
    ["tiny-albert", "0", /albert_layer_groups\.0\./],
    ["tiny-t5", "E0", /^encoder\.block\.0\.(?!.*relative_attention_bias)/], // which all layers read
  ] as const) {
    const model = path.join(FOLDER, name);
    const out = path.join(folderOf(t), name);
    await reinitialize({ model, layers, seed: 1, out });
    const [before, after] = [model, out].map((folder) => tensorsIn(path.join(folder, "model.safetensors"))) as [
      ReturnType<typeof tensorsIn>,
      ReturnType<typeof tensorsIn>,
    ];
    assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
    for (const [own, { shape, bytes }] of before) {
      assert.deepEqual(after.get(own)!.shape, shape, own);
      assert.equal(Buffer.from(after.get(own)!.bytes).equals(bytes), !inLayer.test(own), own);
    }
  }
});

test("whole numbers with a decimal point stay so in a changed configuration", async (t) => {
  const file = path.join(folderOf(t), "config.json");
  writeFileSync(
    file,
    '{"cutoff": 2.0, "base": 1e4, "layers": 2, "rate": 0.10, "text": "a \\"2.0\\" 3.0", "rope": [{"theta": -160000.0}]}',
  );
  const json = await readJsonToChange(file, "repair it");
  assert.equal(
    Buffer.from(jsonBytes({ ...json, layers: 3 }))
      .toString()
      .replaceAll(/\s/g, ""),
    '{"cutoff":2.0,"base":1e4,"layers":3,"rate":0.1,"text":"a\\"2.0\\"3.0","rope":[{"theta":-160000.0}]}',
  );
});
