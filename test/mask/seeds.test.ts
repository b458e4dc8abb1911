import assert from "node:assert/strict";
import test from "node:test";
import type { HeadDescription } from "../../src/mask/describe.ts";
import { headMarks } from "../../src/mask/head-marks.ts";
import type { MaskMetadata } from "../../src/mask/metadata.ts";
import { apart, combineHeads } from "../../src/mask/seeds.ts";
import { facts, near, recipe } from "./fixture.ts";

function metadata(maskSeed: number, change: Partial<MaskMetadata> = {}): MaskMetadata {
  const run = { seed: maskSeed, maskSeed, out: `masks/${maskSeed}`, epochs: 2 };
  return { ...facts(recipe(maskSeed)), format: "mask", formatVersion: 1, matrices: [], checksum: "", run, ...change };
}

test("masks repeat each other where only seeds and places differ; otherwise it is said what else does", () => {
  const one = metadata(1);
  assert.equal(apart(one, metadata(2)), null);
  assert.deepEqual(apart(one, metadata(1)), { why: "maskSeed", maskSeed: 1 });
  const others = { epochs: 3, dropout: 0.2, permuteLabels: 0 };
  assert.deepEqual(apart(one, metadata(2, { run: others })), { why: "options", options: Object.keys(others).sort() });
  assert.deepEqual(apart(one, metadata(2, { task: { ...one.task, dataSha256: { train: "0" } } })), { why: "data" });
  assert.deepEqual(apart(one, metadata(2, { base: { ...one.base, fingerprint: "1".repeat(64) } })), { why: "base" });
  // A mask over other matrices of the same base model has another fingerprint.
  const over = (fingerprint: string, weights: Record<string, string>) => ({
    base: { ...one.base, fingerprint, weights },
  });
  const two = metadata(1, over("1".repeat(64), { "a.weight": "a", "b.weight": "b" }));
  const layers = { epochs: 2, layers: "1" };
  assert.deepEqual(apart(two, metadata(2, { ...over("2".repeat(64), { "a.weight": "a" }), run: layers })), {
    why: "options",
    options: ["layers"],
  });
  assert.deepEqual(apart(two, metadata(2, over("2".repeat(64), { "a.weight": "c" }))), { why: "base" });
  assert.deepEqual(apart(one, metadata(2, { initial: null })), { why: "unknown" });
  assert.deepEqual(apart(metadata(1, { initial: null }), metadata(2, { initial: null })), { why: "unknown" });
  assert.deepEqual(apart(one, metadata(2, { initial: { ...one.initial!, maskSeed: 2, low: -3 } })), { why: "initial" });
  const matrices = [{ name: "a.weight", layer: 0, kind: "Q" as const, rows: 2, columns: 2 }];
  assert.deepEqual(apart(one, metadata(2, { matrices })), { why: "matrices" });
});

test("runs that differ only in how often they evaluate and save, in device or folder, or in options that are off repeat each other", () => {
  const run = (more: Record<string, unknown>) => ({ epochs: 2, ...more });
  const often = run({ evaluateEvery: 20, checkpointEvery: 5, device: "cpu", out: "a", earlyStopping: 0 });
  const seldom = run({
    evaluateEvery: 0,
    checkpointEvery: 0,
    device: "cuda:0",
    out: "b",
    permuteLabels: null,
    units: "weights",
  });
  assert.equal(apart(metadata(1, { run: often }), metadata(2, { run: seldom })), null);
  // Where evaluations stop a run, they change it.
  const stopping = run({ evaluateEvery: 20, earlyStopping: 3 });
  assert.deepEqual(apart(metadata(1, { run: stopping }), metadata(2, { run: { ...stopping, evaluateEvery: 40 } })), {
    why: "options",
    options: ["evaluateEvery"],
  });
  assert.deepEqual(apart(metadata(1, { run: often }), metadata(2, { run: stopping })), {
    why: "options",
    options: ["earlyStopping", "evaluateEvery"],
  });
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
  const [first, second] = combineHeads(
    [
      [head(0, 3), head(1, null)],
      [head(1, null), head(0, 2)],
      [head(0, -1), head(1, null)],
    ],
    { heads: 2 },
  );
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
  assert.deepEqual(headMarks(heads, { heads: 3 }), [true, false, true, false, false, false, false, false, false]);
});
