// The page of the neighbouring works is what `npm run bench neighbours page` writes from the finished cells.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { WORKS } from "./bench/neighbours/neighbours.ts";
import { pageOf } from "./bench/neighbours/page.ts";

test("the page of the neighbouring works is what its benchmark writes from the finished cells", () => {
  assert.equal(readFileSync("docs/neighbours.md", "utf8"), pageOf(WORKS));
});

test("each work has a name and a title of its own, and finished cells belong to a work", () => {
  const names = WORKS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(WORKS.map(({ title }) => title)).size, names.length);
  const cells = existsSync("docs/neighbours") ? readdirSync("docs/neighbours") : [];
  for (const file of cells) assert.ok(names.includes(file.replace(/\.jsonl$/, "")), file);
});
