import assert from "node:assert/strict";
import test from "node:test";
import { partName, partsOf, sizeOfPart } from "../../src/adaptation/effect/parts.ts";
import { pythonMask } from "../mask/fixture.ts";

test("with grouped queries, the part of a head is its rows of Q and its columns of AO, without shared keys", async () => {
  const mask = await pythonMask("grouped");
  const { base } = mask.metadata;
  const heads = partsOf(mask).filter(({ head }) => head !== null);
  assert.deepEqual(
    heads.map((part) => partName(part, base)),
    [0, 1].flatMap((layer) => [0, 1, 2, 3].map((head) => `layer ${layer}, head ${head}`)),
  );
  assert.deepEqual(heads[7]!.regions, [
    { matrix: "layers.1.Q.weight", rows: [30, 40], columns: [0, 36] },
    { matrix: "layers.1.AO.weight", rows: [0, 36], columns: [30, 40] },
  ]);
  assert.equal(sizeOfPart(heads[7]!), 2 * 10 * 36);
});

test("the heads of cross attention are parts of their own, named by stack", async () => {
  const mask = await pythonMask("stacks");
  const { base } = mask.metadata;
  const names = partsOf(mask).map((part) => partName(part, base));
  assert.deepEqual(names.slice(0, 5), [...[0, 1, 2, 3].map((head) => `layer E0, head ${head}`), "layer D0, head 0"]);
  assert.deepEqual(names.slice(8, 13), [
    ...[0, 1, 2, 3].map((head) => `layer D0, cross-attention head ${head}`),
    "layer D1, head 0",
  ]);
  const cross = partsOf(mask).find(({ kind, head }) => kind === "cross" && head === 0)!;
  assert.deepEqual(
    cross.regions.map(({ matrix }) => matrix),
    ["CQ", "CK", "CV", "CAO"].map((kind) => `layers.1.${kind}.weight`),
  );
  assert.ok(names.includes("layer D1, CAO"));
});
