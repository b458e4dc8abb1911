// Signs and scales, as numpy computed them (test/fixtures/imports/make.py).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { factsOf, openBase } from "../../src/adaptation/base.ts";
import { bitDelta, writeBitDelta } from "../../src/adaptation/bitdelta.ts";
import { openArrays } from "../../src/adaptation/imports/arrays.ts";
import { encodeTuned } from "../../src/mask/file.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { facts } from "../mask/fixture.ts";
import { folderOf } from "../model/folders.ts";

const IMPORTS = "test/fixtures/imports";

test("each matrix is rebuilt from the scale and the signs that numpy computed", async (t) => {
  const { bitdelta } = JSON.parse(readFileSync(`${IMPORTS}/expected.json`, "utf8")) as {
    bitdelta: { file: string; matrices: Record<string, { scale: number; sha256: string }> };
  };
  const base = await openPretrained("test/fixtures/torch");
  t.after(() => base.close());
  const tuned = await openArrays(`${IMPORTS}/${bitdelta.file}`);
  t.after(() => tuned.close());
  const names = Object.keys(bitdelta.matrices);
  assert.equal(names.length, 13);
  for (const name of names) {
    const { scale, weights } = bitDelta(await base.readFloat32(name), await tuned.values(`bert.${name}`));
    assert.equal(scale, bitdelta.matrices[name]!.scale, name);
    assert.equal(
      createHash("sha256").update(new Uint8Array(weights.buffer)).digest("hex"),
      bitdelta.matrices[name]!.sha256,
    );
  }
});

test("a weight that did not move counts as positive, as in the authors' code", () => {
  const { scale, weights } = bitDelta(Float32Array.of(1, 1, 1), Float32Array.of(1, 4, -2));
  assert.equal(scale, 2);
  assert.deepEqual([...weights], [3, 3, -1]);
});

test("the classifiers of all families stay as finetuning left them, even if the base model has some of their matrices", async (t) => {
  const folder = folderOf(t);
  for (const [family, matrices] of Object.entries({ bert: 19, roberta: 18, distilbert: 18 })) {
    const model = `test/fixtures/models/tiny-${family}`;
    const base = await openBase(model);
    const tensors = await Promise.all(
      [...base.pretrained.tensors].map(async ([name, { shape }]) => {
        const data = (await base.pretrained.readFloat32(name)).map((value, i) => value + i / 1000);
        return { name, shape, data };
      }),
    );
    const metadata = { ...facts(null), base: await factsOf(base, []) };
    await base.pretrained.close();
    const adaptation = path.join(folder, `${family}.tuned.safetensors`);
    writeFileSync(adaptation, Buffer.concat(await encodeTuned({ metadata, tensors })));
    const out = path.join(folder, `${family}-bits.tuned.safetensors`);
    const written = await writeBitDelta({ adaptation, model, out, rest: "none" });
    assert.equal(written.matrices.length, matrices, family);
    assert.ok(!written.leftOut.some((name) => /classifier/.test(name)), written.leftOut.join());
  }
});
