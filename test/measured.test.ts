// The pages of measurements are what their benchmarks write from the finished cells, so no number on them is typed by hand.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { resultsPage } from "./bench/accuracy.ts";
import { bitDeltaPage } from "./bench/analyses/bitdelta.ts";
import { effectPage } from "./bench/analyses/effect.ts";
import { decodersPage } from "./bench/decoders/decoders.ts";
import { manyPage } from "./bench/many/many.ts";
import { neighboursPage, WORKS } from "./bench/neighbours/neighbours.ts";
import { ablationPage } from "./bench/search/ablation.ts";
import { curvePage } from "./bench/search/curve.ts";
import { heldOutPage } from "./bench/search/held-out.ts";
import { structuredPage } from "./bench/search/structured.ts";

const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  ...{ results: resultsPage, curve: curvePage, ablation: ablationPage, "held-out": heldOutPage },
  ...{ bitdelta: bitDeltaPage, decoders: decodersPage, effect: effectPage, many: manyPage },
  ...{ neighbours: neighboursPage, structured: structuredPage },
};

for (const [name, pageOf] of Object.entries(PAGES))
  test(`docs/${name}.md is what its benchmark writes from the finished cells`, async () => {
    assert.equal(readFileSync(`docs/${name}.md`, "utf8"), await pageOf());
  });

test("each work has a name and a title of its own, and finished cells belong to a work", () => {
  const names = WORKS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(WORKS.map(({ title }) => title)).size, names.length);
  const cells = existsSync("docs/neighbours") ? readdirSync("docs/neighbours") : [];
  for (const file of cells) assert.ok(names.includes(file.replace(/\.jsonl$/, "")), file);
});
