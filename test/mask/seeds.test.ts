import assert from "node:assert/strict";
import test from "node:test";
import type { HeadDescription } from "../../src/mask/describe.ts";
import { headMarks } from "../../src/mask/head-marks.ts";
import type { MaskMetadata } from "../../src/mask/metadata.ts";
import { areSeeds, combineHeads } from "../../src/mask/seeds.ts";
import { facts, near, recipe } from "./fixture.ts";

function metadata(maskSeed: number, change: Partial<MaskMetadata> = {}): MaskMetadata {
  const run = { seed: maskSeed, maskSeed, out: `masks/${maskSeed}`, epochs: 2 };
  return { ...facts(recipe(maskSeed)), format: "mask", formatVersion: 1, matrices: [], checksum: "", run, ...change };
}

test("masks repeat each other where only seeds and places differ", () => {
  const one = metadata(1);
  assert.ok(areSeeds(one, metadata(2)));
  assert.ok(!areSeeds(one, metadata(1)), "one mask seed");
  assert.ok(!areSeeds(one, metadata(2, { run: { epochs: 3 } })), "another option");
  assert.ok(!areSeeds(one, metadata(2, { task: { ...one.task, dataSha256: { train: "0" } } })), "other data");
  assert.ok(!areSeeds(one, metadata(2, { base: { ...one.base, fingerprint: "1".repeat(64) } })), "another base model");
  assert.ok(!areSeeds(metadata(1, { initial: null }), metadata(2, { initial: null })), "unknown starts");
});

test("heads of several seeds combine by Stouffer, and say how many seeds agree", () => {
  const head = (number: number, z: number | null): HeadDescription => {
    return {
      layer: 0,
      head: number,
      kind: "all",
      density: 0.95,
      pruned: 1,
      expected: 1,
      effect: null,
      z,
      phi: null,
      marked: null,
    };
  };
  const [first, second] = combineHeads([
    [head(0, 3), head(1, null)],
    [head(1, null), head(0, 2)],
    [head(0, -1), head(1, null)],
  ]);
  assert.ok(near(first!.z, 4 / Math.sqrt(3)));
  assert.deepEqual([first!.seeds, first!.agree], [3, 2]);
  assert.deepEqual([second!.z, second!.seeds, second!.agree], [null, 0, 0]);
  assert.deepEqual([first!.marked, second!.marked], [true, false]); // p of z 2.31 is 0.021
});

test("a head in one kind of matrix is marked where it is significant among all such parts and the head itself is marked", () => {
  const head = (number: number, kind: "Q" | "K" | "all", z: number | null) => ({ layer: 0, head: number, kind, z });
  const heads = [
    ...[head(0, "Q", 5), head(0, "K", 1), head(0, "all", 4)],
    ...[head(1, "Q", 5), head(1, "K", -5), head(1, "all", 0)],
    ...[head(2, "Q", null), head(2, "K", null), head(2, "all", null)],
  ];
  assert.deepEqual(headMarks(heads), [true, false, true, false, false, false, false, false, false]);
});
