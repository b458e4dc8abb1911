// Signs and scales, as numpy computed them (test/fixtures/imports/make.py).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bitDelta } from "../../src/adaptation/bitdelta.ts";
import { openArrays } from "../../src/adaptation/imports/arrays.ts";
import { openPretrained } from "../../src/model/pretrained.ts";

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
