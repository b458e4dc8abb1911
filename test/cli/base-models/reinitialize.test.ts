// masklens reinitialize: which tensors are drawn and which stay, and that masks train over the written model.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openPretrained } from "../../../src/model/weights/pretrained.ts";
import { folder, masklens, TINY, task, training } from "../run.ts";
import { json } from "../trained.ts";

const home = folder();

/** All tensors of a model, as float32. */
async function tensorsOf(model: string): Promise<Map<string, Float32Array>> {
  const pretrained = await openPretrained(model);
  const found = new Map<string, Float32Array>();
  for (const name of pretrained.tensors.keys()) found.set(name, await pretrained.readFloat32(name));
  await pretrained.close();
  return found;
}

async function storedNames(model: string): Promise<string[]> {
  const pretrained = await openPretrained(model);
  await pretrained.close();
  return [...pretrained.tensors.values()].map(({ stored }) => stored).sort();
}

test("the chosen layers are drawn from the seed, and everything else stays bit by bit", async () => {
  const out = path.join(home, "drawn");
  const found = await json("reinitialize", TINY, "--layers", "1", "--out", out);
  assert.deepEqual([found.layers, found.count], [[1], 3]);
  const [before, after] = [await tensorsOf(TINY), await tensorsOf(out)];
  assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
  assert.deepEqual(await storedNames(out), await storedNames(TINY), "heads and wrappers keep their names");
  let drawn = 0;
  for (const [name, values] of after) {
    if (!name.includes("layer.1.")) {
      assert.deepEqual(values, before.get(name), name);
      continue;
    }
    drawn += values.length;
    if (name.endsWith(".bias"))
      assert.ok(
        values.every((value) => value === 0),
        name,
      );
    else if (name.includes("LayerNorm"))
      assert.ok(
        values.every((value) => value === 1),
        name,
      );
    else {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      // Four standard errors.
      assert.ok(Math.abs(mean) < (4 * 0.02) / Math.sqrt(values.length), `${name}: ${mean}`);
      assert.ok(Math.abs(deviation / 0.02 - 1) < 4 / Math.sqrt(2 * values.length), `${name}: ${deviation}`);
    }
  }
  assert.equal(found.weights, drawn);
  for (const name of ["config.json", "tokenizer.json"])
    assert.ok(readFileSync(path.join(out, name)).equals(readFileSync(path.join(TINY, name))), name);
  const [again, other] = [path.join(home, "again"), path.join(home, "other")];
  await json("reinitialize", TINY, "--layers", "1", "--out", again);
  await json("reinitialize", TINY, "--layers", "1", "--out", other, "--seed", "2");
  const bytes = (model: string) => readFileSync(path.join(model, "model.safetensors"));
  assert.ok(bytes(again).equals(bytes(out)), "the same seed gives the same bytes");
  assert.ok(!bytes(other).equals(bytes(out)));
});

test("masks train over the written model, and are not taken for masks of the original", async () => {
  const [model, run] = [path.join(home, "all"), path.join(home, "run")];
  const { out } = await masklens(["reinitialize", TINY, "--layers", "all", "--out", model]);
  assert.match(out, /all: layers 0, 1, 2 of 3 drawn from seed 1, [\d,]+ of [\d,]+ weights \(\d+\.\d %\)\n$/);
  const { adaptation } = await json(...training(run, { base: model, file: task() }));
  const { code, err } = await masklens(["evaluate", adaptation, "--model", TINY]);
  assert.equal(code, 2);
  assert.match(err, /was not trained on the base model in/);
});

test("what cannot be drawn is refused in one sentence, and nothing is written", async () => {
  const out = path.join(home, "refused");
  const cases: [string[], RegExp][] = [
    [["reinitialize"], /reinitialize takes one model/],
    [["reinitialize", TINY, "--out", out], /--layers: no layers are specified/],
    [["reinitialize", TINY, "--layers", "1"], /--out: no output folder/],
    [["reinitialize", TINY, "--layers", "7", "--out", out], /7 exceeds the model's 3 layers/],
    [["reinitialize", TINY, "--layers", "1", "--out", home], /the folder is not empty/],
    [["reinitialize", home, "--layers", "1", "--out", out], /config\.json/],
  ];
  for (const [words, expected] of cases) {
    const { code, err } = await masklens(words);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, expected);
  }
});
