import assert from "node:assert/strict";
import { test } from "node:test";
import { indexesIn, reasonIn } from "../../src/device/cuda/pip.ts";

test("the indexes that pip is set up for are shown without passwords", () => {
  const configured = `:env:.extra-index-url='https://me:secret@wheels.example/simple'
global.find-links='/opt/wheels'
global.index-url='https://token@pypi.example/simple'
global.timeout='60'
`;
  assert.deepEqual(indexesIn(configured), [
    "https://pypi.example/simple",
    "https://wheels.example/simple",
    "/opt/wheels",
  ]);
  assert.deepEqual(indexesIn(""), ["pip's default index"]);
});

test("pip's reason is one line, and another file of the same name is said plainly", () => {
  const said = `Collecting x==1
ERROR: Could not find a version that satisfies the requirement x==1 (from versions: 0.9)
ERROR: No matching distribution found for x==1
`;
  assert.equal(reasonIn(said), "No matching distribution found for x==1");
  assert.match(reasonIn("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM …\n"), /another file of that name/);
  assert.equal(reasonIn("spawn python3 ENOENT"), "spawn python3 ENOENT");
});
