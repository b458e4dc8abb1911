import assert from "node:assert/strict";
import { test } from "node:test";
import { nameAmongAll, runName } from "../src/file-name.ts";

test("a run is named after its folder, and the run of a study's cell after the study, too", () => {
  assert.equal(runName("/w/masks/sst2"), "sst2");
  assert.equal(runName("/w/studies/sparsity/cells/007"), "sparsity/007");
  assert.equal(runName("C:\\w\\sparsity\\cells\\1000"), "sparsity/1000");
  assert.deepEqual(["/w/sparsity/cells/best", "cells/007", "007"].map(runName), ["best", "007", "007"]);
});

test("a cell's adaptation has its run's name among those of other studies", () => {
  assert.equal(nameAmongAll("/w/sparsity/cells/007/007.mask.safetensors"), "sparsity/007");
  assert.equal(nameAmongAll("/w/sparsity/cells/007/other.mask.safetensors"), "other");
  assert.equal(nameAmongAll("/w/masks/sst2/sst2.tuned.safetensors"), "sst2");
  assert.equal(nameAmongAll("sst2.mask.safetensors"), "sst2");
});
