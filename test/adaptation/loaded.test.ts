// Masks that stay loaded over one base model: what is told of them, what they predict, and what is forgotten.
import assert from "node:assert/strict";
import { copyFile, cp, mkdtemp, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Loaded } from "../../src/adaptation/loaded.ts";
import type { Piece } from "../../src/adaptation/prediction.ts";
import { readMask } from "../../src/adaptation/read.ts";
import { InputError } from "../../src/errors.ts";
import { MODEL, maskFile } from "./tiny.ts";

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

test("a mask that was written anew is read anew at the next loading, and one that is gone stays as it was", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const file = await maskFile(folder, "two", ["no", "yes"]);
  const other = await maskFile(folder, "other", ["no", "yes"], { seed: 2 });
  const loaded = new Loaded();
  await loaded.load([file, other], {}, "cpu");
  const before = await answers(loaded, "the cat sat");
  assert.notDeepEqual(before.get("two"), before.get("other"));
  await copyFile(other, file);
  await utimes(file, 0, 1); // a clock may be too coarse to tell
  await rm(other);
  await loaded.load([file, other], {}, "cpu");
  const after = await answers(loaded, "the cat sat");
  assert.deepEqual(after.get("two"), before.get("other"));
  assert.deepEqual(after.get("other"), before.get("other"));
  await loaded.load([], {}, "cpu");
});

test("a question that was asked before another load is answered from what was loaded then", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const loaded = new Loaded();
  await loaded.load([await maskFile(folder, "two", ["no", "yes"])], {}, "cpu");
  const [found] = await Promise.all([answers(loaded, "the cat sat"), loaded.load([], {}, "cpu")]);
  assert.deepEqual([...found.keys()], ["two"]);
});

test("a prediction tells which pieces of a text or a pair were cut off, where they stood", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const loaded = new Loaded();
  const piecesOf = async (kind: string, text: string) => {
    await loaded.load([await maskFile(folder, kind, ["no", "yes"], { kind })], {}, "cpu");
    for await (const { pieces } of loaded.predict([text])) return pieces;
    throw new Error("no answer");
  };
  /** Neighbours of one spelling and one fate, counted: "31 the", "19 -the". */
  const told = (pieces: readonly Piece[]) =>
    pieces
      .map(({ text, entered }) => (entered ? text : `-${text}`))
      .reduce<[string, number][]>((runs, piece) => {
        const last = runs.at(-1);
        if (last?.[0] === piece) last[1]++;
        else runs.push([piece, 1]);
        return runs;
      }, [])
      .map(([piece, count]) => (count > 1 ? `${count} ${piece}` : piece));
  assert.deepEqual(told(await piecesOf("sentence", "the cat")), ["[CLS]", "the", "c", "##at", "[SEP]"]);
  // The model has 64 positions.
  assert.deepEqual(told(await piecesOf("sentence", "the ".repeat(80))), ["[CLS]", "62 the", "18 -the", "[SEP]"]);
  const pair = await piecesOf("pair", `${"the ".repeat(50)}\t${"c ".repeat(30)}`);
  assert.deepEqual(told(pair), ["[CLS]", "31 the", "19 -the", "[SEP]", "30 c", "[SEP]"]);
  await loaded.load([], {}, "cpu");
});

test("many masks answer in any order as each does alone, bit by bit", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const labels = [
    ["no", "yes"],
    ["a", "b", "c"],
  ];
  const files: string[] = [];
  for (let i = 0; i < 6; i++) files.push(await maskFile(folder, `mask ${i}`, labels[i % 2]!, { seed: i + 1 }));
  const ask = async (loaded: Loaded, only: readonly string[]) => {
    const found: unknown[] = [];
    for await (const { adaptation, probabilities } of loaded.predict(["the cat sat"], undefined, only))
      found.push([adaptation, probabilities]);
    return found;
  };
  const alone: unknown[] = [];
  for (const file of files) {
    const one = new Loaded();
    await one.load([file], {}, "cpu");
    alone.push(...(await ask(one, [file])));
    await one.load([], {}, "cpu");
  }
  assert.equal(new Set(alone.map((answer) => JSON.stringify(answer))).size, files.length);
  const many = new Loaded();
  await many.load(files, {}, "cpu");
  assert.deepEqual(await ask(many, files), alone);
  for (const i of [5, 2, 5, 0, 4, 4, 1, 3]) assert.deepEqual(await ask(many, [files[i]!]), [alone[i]]);
  await assert.rejects(ask(many, [path.join(folder, "other")]), /the adaptation is not loaded/);
  await many.load([], {}, "cpu");
});

test("a loaded mask holds the bytes of its file once, and nothing of the base model, whose weights are known", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-loaded-"));
  const base = path.join(folder, "base");
  await cp(MODEL, base, { recursive: true });
  const files = [
    await maskFile(folder, "one", ["no", "yes"], { base }),
    await maskFile(folder, "two", ["no", "yes"], { base, seed: 2 }),
  ];
  for (const file of files) {
    const { size } = await stat(file);
    const mask = await readMask(file);
    const arrays = [...mask.matrices.map(({ bits }) => bits.bytes), ...mask.tensors.map(({ data }) => data)];
    assert.deepEqual([...new Set(arrays.map(({ buffer }) => buffer.byteLength))], [size]);
    assert.equal(new Set(arrays.map(({ buffer }) => buffer)).size, 1);
    assert.ok(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) <= size);
  }
  const loaded = new Loaded();
  const [first] = await loaded.load([files[0]!], {}, "cpu");
  await answers(loaded, "the cat sat");
  await rename(base, path.join(folder, "elsewhere")); // open files stay open
  const both = await loaded.load(files, {}, "cpu");
  assert.deepEqual(both[0], first);
  assert.equal(both[1]!.bytes, first!.bytes);
  assert.equal((await answers(loaded, "the cat sat")).size, 2);
  await loaded.load([], {}, "cpu");
});
