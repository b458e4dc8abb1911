// The pages of masks that other programs made, of which nothing is known but the bits.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { importMask } from "../../src/adaptation/imports/import.ts";
import { readMask } from "../../src/adaptation/read.ts";
import { comparePairs } from "../../src/mask/compare.ts";
import { describeMask } from "../../src/mask/describe.ts";
import type { Mask } from "../../src/mask/file.ts";
import { Pages } from "./browser.ts";
import { nothingWrong, picture } from "./shown.ts";

const home = mkdtempSync(path.join(tmpdir(), "masklens-imported-"));
let pages: Pages;
const masks: Mask[] = [];
before(async () => {
  for (const name of ["smp.npy", "maskbert.pt"]) {
    const output = path.join(home, `${name}.mask.safetensors`);
    await importMask({ file: `test/fixtures/imports/${name}`, model: "test/fixtures/torch", output });
    masks.push(await readMask(output));
  }
  pages = await Pages.start();
});
after(async () => {
  await pages.stop();
  rmSync(home, { recursive: true });
});

const WHY = /the mask was imported \(packed bits \(SMP\)\), and the imported file does not record an initial mask/;

test("every tab of an imported mask says that its initial mask is unknown, and shows its densities", async () => {
  const [mask] = masks as [Mask];
  const message = { type: "description", complete: true, description: describeMask(mask), metadata: mask.metadata };
  const texts: Record<string, string> = {};
  for (const tab of ["changed", "kept", "numbers", "provenance"]) {
    const opened = await pages.open("heatmap", { state: { tab } });
    await opened.send(message);
    await opened.page.locator("h1").waitFor();
    texts[tab] = await opened.page.locator("body").innerText();
    assert.match(texts[tab]!, WHY, tab);
    await picture(opened, `imported-${tab}`);
    nothingWrong(opened);
    await opened.page.close();
  }
  assert.match(texts.kept!, /Another program made this mask, and its initial mask is unknown/);
  assert.doesNotMatch(texts.kept!, /mostly reflects the random initial mask/);
  assert.match(texts.provenance!, /npx masklens import smp\.npy/);
  assert.match(texts.provenance!, /most significant bit first, as SMP packs them/);
  assert.doesNotMatch(texts.provenance!, /steps, best at step/);
});

test("a diff of imported masks shows d beside its chance level, and why nothing else is known", async () => {
  const { pairs } = comparePairs(masks);
  const opened = await pages.open("diff");
  const summaries = masks.map(({ file, metadata }) => ({ file, ...metadata, permuteLabels: null }));
  await opened.send({ type: "names", names: masks.map(({ file }) => file), masks: summaries });
  await opened.send({ type: "pairs", stage: "complete", pairs });
  await opened.page.getByText(/It is unknown whether the masks overlap more than chance/).waitFor();
  const text = await opened.page.locator("body").innerText();
  assert.match(text, WHY);
  await picture(opened, "imported-diff");
  nothingWrong(opened);
  await opened.page.close();
});
