// Masks that stay loaded over one base model: what is told of them, what they predict, and what is forgotten.
import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { InputError } from "../../src/errors.ts";
import { encodeMask } from "../../src/mask/file.ts";
import { allMatrices } from "../../src/model/names.ts";
import { factsOf, openBase } from "../../src/train/base.ts";
import { Loaded } from "../../src/train/loaded.ts";
import { layout } from "../../src/train/program.ts";
import { facts, noise, randomBits, recipe } from "../mask/fixture.ts";

const MODEL = "test/fixtures/models/tiny-bert";

/** Writes a mask of a sentence task with these labels over every matrix. */
async function maskFile(folder: string, name: string, labels: readonly string[], seed: number): Promise<string> {
  const base = await openBase(MODEL);
  const matrices = allMatrices(base.config, { labels: labels.length });
  const metadata = facts(recipe(seed));
  const chunks = await encodeMask({
    metadata: {
      ...metadata,
      base: await factsOf(base, matrices),
      task: { ...metadata.task, name, labels },
    },
    matrices: matrices.map(({ name, block, kind, rows, columns }) => ({
      ...{ name: `${name}.weight`, block, kind },
      bits: randomBits(rows, columns, 0.9, seed),
    })),
    classifier: layout(base.config, { classifier: "sequence", labels: labels.length })
      .filter(({ name }) => name.startsWith("classifier."))
      .map(({ name, shape }) => {
        const count = shape.reduce((product, extent) => product * extent, 1);
        return { name, shape, data: Float32Array.from(noise(count, seed), (u) => u - 0.5) };
      }),
  });
  await base.checkpoint.close();
  const file = path.join(folder, `${name}.mask.safetensors`);
  await writeFile(file, Buffer.concat(chunks));
  return file;
}

async function answers(loaded: Loaded, text: string): Promise<Map<string, Readonly<Record<string, number>>>> {
  const found = new Map<string, Readonly<Record<string, number>>>();
  for await (const { adaptation, probabilities } of loaded.predict([text]))
    found.set(path.basename(adaptation).split(".")[0]!, probabilities);
  return found;
}

test("masks of tasks with different labels answer side by side as each does alone, and the unnamed are forgotten", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const [two, three] = [
    await maskFile(folder, "two", ["no", "yes"], 1),
    await maskFile(folder, "three", ["a", "b", "c"], 2),
  ];
  const both = new Loaded();
  const told = await both.load([two, three], undefined, "cpu");
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
    await alone.load([file], undefined, "cpu");
    assert.deepEqual((await answers(alone, "the cat sat")).get(name), together.get(name));
    await alone.load([], undefined, "cpu");
  }
  await both.load([three], undefined, "cpu");
  assert.deepEqual([...(await answers(both, "the cat sat")).keys()], ["three"]);
  await both.load([], undefined, "cpu");
  assert.equal((await answers(both, "the cat sat")).size, 0);
});

test("what cannot be loaded leaves what is loaded as it was", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const file = await maskFile(folder, "two", ["no", "yes"], 1);
  const loaded = new Loaded();
  await loaded.load([file], undefined, "cpu");
  const before = await answers(loaded, "the cat sat");
  const damaged = path.join(folder, "damaged.mask.safetensors");
  await writeFile(damaged, "not a mask");
  await assert.rejects(loaded.load([file, damaged], undefined, "cpu"), InputError);
  assert.deepEqual(await answers(loaded, "the cat sat"), before);
  await loaded.load([], undefined, "cpu");
});

test("a question that was asked before another load is answered from what was loaded then", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const loaded = new Loaded();
  await loaded.load([await maskFile(folder, "two", ["no", "yes"], 1)], undefined, "cpu");
  const [found] = await Promise.all([answers(loaded, "the cat sat"), loaded.load([], undefined, "cpu")]);
  assert.deepEqual([...found.keys()], ["two"]);
});
