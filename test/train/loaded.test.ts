// Masks that stay loaded over one base model: what is told of them, what they predict, and what is forgotten.
import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { InputError } from "../../src/errors.ts";
import { Loaded } from "../../src/train/loaded.ts";
import { maskFile } from "./tiny.ts";

async function answers(loaded: Loaded, text: string): Promise<Map<string, Readonly<Record<string, number>>>> {
  const found = new Map<string, Readonly<Record<string, number>>>();
  for await (const { adaptation, probabilities } of loaded.predict([text]))
    found.set(path.basename(adaptation).split(".")[0]!, probabilities);
  return found;
}

test("masks of tasks with different labels answer side by side as each does alone, and the unnamed are forgotten", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const [two, three] = [
    await maskFile(folder, "two", ["no", "yes"]),
    await maskFile(folder, "three", ["a", "b", "c"], { seed: 2 }),
  ];
  const both = new Loaded();
  const told = await both.load([two, three], {}, "cpu");
  assert.deepEqual(
    told.map(({ task, labels }) => [task, labels.length]),
    [
      ["two", 2],
      ["three", 3],
    ],
  );
  for (const { bytes, baseBytes } of told) assert.ok(bytes * 8 < baseBytes);
  const together = await answers(both, "the cat sat");
  assert.deepEqual(await answers(both, "the cat sat"), together);
  for (const [name, file] of Object.entries({ two, three })) {
    const alone = new Loaded();
    await alone.load([file], {}, "cpu");
    assert.deepEqual((await answers(alone, "the cat sat")).get(name), together.get(name));
    await alone.load([], {}, "cpu");
  }
  await both.load([three], {}, "cpu");
  assert.deepEqual([...(await answers(both, "the cat sat")).keys()], ["three"]);
  await both.load([], {}, "cpu");
  assert.equal((await answers(both, "the cat sat")).size, 0);
});

test("what cannot be loaded leaves what is loaded as it was", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const file = await maskFile(folder, "two", ["no", "yes"]);
  const loaded = new Loaded();
  await loaded.load([file], {}, "cpu");
  const before = await answers(loaded, "the cat sat");
  const damaged = path.join(folder, "damaged.mask.safetensors");
  await writeFile(damaged, "not a mask");
  await assert.rejects(loaded.load([file, damaged], {}, "cpu"), InputError);
  assert.deepEqual(await answers(loaded, "the cat sat"), before);
  await loaded.load([], {}, "cpu");
});

test("a question that was asked before another load is answered from what was loaded then", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const loaded = new Loaded();
  await loaded.load([await maskFile(folder, "two", ["no", "yes"])], {}, "cpu");
  const [found] = await Promise.all([answers(loaded, "the cat sat"), loaded.load([], {}, "cpu")]);
  assert.deepEqual([...found.keys()], ["two"]);
});
