// Checks that docs/compatibility.md matches the current code.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compatibilityPage } from "./page.ts";

test("docs/compatibility.md is what trying everything on it gives (npm run compatibility)", async () => {
  assert.equal(readFileSync("docs/compatibility.md", "utf8"), await compatibilityPage());
});
