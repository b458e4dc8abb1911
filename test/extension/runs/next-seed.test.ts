import assert from "node:assert/strict";
import { test } from "node:test";
import { nextSeed, seedName } from "../../../src/extension/runs/next-seed.ts";

test("another seed is the next one that no run has, and the run is named after it", () => {
  assert.equal(nextSeed(3, []), 4);
  assert.equal(nextSeed(3, [1, 4, 5, 7]), 6);
  assert.equal(seedName("spam", 4, new Set()), "spam-seed4");
  assert.equal(seedName("spam-seed4", 5, new Set(["spam-seed4"])), "spam-seed5");
  assert.equal(seedName("spam", 4, new Set(["spam-seed4"])), "spam-seed4-2");
  assert.equal(seedName("spam-seed4-2", 6, new Set()), "spam-seed6");
});
