import assert from "node:assert/strict";
import test from "node:test";
import type { HeadLayout } from "../../src/anatomy/heads.ts";
import { headName, headWords, layerName, layerNamed, parseLayers, type Stacks } from "../../src/anatomy/layers.ts";

type Model = HeadLayout & Stacks & { readonly layers: number };
const ENCODER: Model = { layers: 6, heads: 4 };
const STACKS: Model = { layers: 9, encoderLayers: 5, heads: 4 };

test("layers of one stack have their numbers, those of an encoder–decoder count from 0 in each stack", () => {
  assert.deepEqual(
    [layerName(5, ENCODER), headName({ layer: 5, head: 3 }, ENCODER), headName({ layer: 5, head: 3 }, STACKS)],
    ["L5", "L5H3", "D0H3"],
  );
  const names = Array.from({ length: STACKS.layers }, (_, layer) => layerName(layer, STACKS));
  assert.deepEqual(names, ["E0", "E1", "E2", "E3", "E4", "D0", "D1", "D2", "D3"]);
  for (const [layer, name] of names.entries()) assert.equal(layerNamed(name, STACKS), layer);
  assert.deepEqual([layerNamed("L5", ENCODER), layerNamed("5", ENCODER), layerNamed("7", STACKS)], [5, 5, 7]);
  for (const name of ["E0", "D1", "6", "X1", ""]) assert.equal(layerNamed(name, ENCODER), undefined, name);
  for (const name of ["E5", "D4", "9"]) assert.equal(layerNamed(name, STACKS), undefined, name);
});

test("a layer range names layers by number, of an encoder–decoder also by stack", () => {
  const chosen = (range: string, model: Parameters<typeof parseLayers>[1] = STACKS) =>
    [...parseLayers(range, model)].sort((a, b) => a - b).join(" ");
  assert.equal(chosen("2-4, 0", ENCODER), "0 2 3 4");
  assert.equal(chosen("all", ENCODER), "0 1 2 3 4 5");
  assert.equal(chosen("E0-1,D3"), "0 1 8");
  assert.equal(chosen("E3-E4"), "3 4");
  assert.equal(chosen("D"), "5 6 7 8");
  assert.equal(chosen("E,5"), "0 1 2 3 4 5");
  assert.equal(chosen("all"), "0 1 2 3 4 5 6 7 8");
  for (const [range, model, message] of [
    ["E0", ENCODER, /layers: "E0" is not a layer range; write it as "2-11", "0,3-5" or "all"/],
    ["D4", STACKS, /D4 exceeds the decoder's 4 layers; choose from layers D0 to D3/],
    ["E0-5", STACKS, /E0-5 exceeds the encoder's 5 layers; choose from layers E0 to E4/],
    ["E1-D2", STACKS, /is not a layer range; write it as "2-11", "E0-5,D3", "D" or "all"/],
    ["D3-1", STACKS, /is not a layer range/],
    ["9", STACKS, /9 exceeds the model's 9 layers; choose from layers 0 to 8/],
    ["", STACKS, /is not a layer range/],
  ] as const)
    assert.throws(() => parseLayers(range, model), message, range);
});

test("heads are named by what they are: of cross attention, or of keys and values that several heads share", () => {
  const grouped = { heads: 4, keyHeads: 2 };
  const at = { layer: 5, head: 1 };
  assert.equal(headWords({ ...at, kind: "all" }, ENCODER), "head L5H1");
  assert.equal(headWords({ ...at, kind: "K" }, ENCODER), "head L5H1");
  assert.equal(headWords({ ...at, kind: "cross" }, STACKS), "cross-attention head D0H1");
  assert.equal(headWords({ ...at, kind: "K" }, grouped), "key head L5H1");
  assert.equal(headWords({ ...at, kind: "V" }, grouped), "value head L5H1");
  assert.equal(headWords({ ...at, kind: "Q" }, grouped), "head L5H1");
});
