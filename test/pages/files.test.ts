// What pages say of the files that they show: their names, and where they have gone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MaskDescription } from "../../src/mask/describe.ts";
import { pictured } from "../host/behaviour.ts";
import { axe, Pages } from "./browser.ts";
import { describedAs, diffMessages, heatmapMessages } from "./fixture.ts";
import { nothingWrong, SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

test("a mask's page has its own name as its title, with its task beside it, which is not said twice", async () => {
  const [message] = (await heatmapMessages()) as [{ description: MaskDescription }];
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  await send(message);
  assert.equal(await page.locator("h1").innerText(), "sentiment");
  await send(describedAs(message, { file: "C:\\masks\\first.mask.safetensors" }));
  await page.locator("h1", { hasText: /^first sentiment$/ }).waitFor();
  await page.close();
});

test("masks of one task are told apart in a diff by their names, with their tasks beside them", async () => {
  const [names, ...rest] = (await diffMessages("sentiment", "topic", "other")) as [
    { masks: { file: string; task: { name: string } }[] },
  ];
  const masks = names.masks.map((mask) => ({ ...mask, task: { ...mask.task, name: "films" } }));
  const opened = await pages.open("diff");
  const { page, send } = opened;
  await send({ ...names, masks }, ...rest);
  await page.locator("h1", { hasText: /^sentiment films ↔ topic films$/ }).waitFor();
  const grid = page.locator("table.grid").first();
  assert.deepEqual(await grid.locator("tbody th").allInnerTexts(), [
    "sentiment · films",
    "topic · films",
    "other · films",
  ]);
  await pictured(page, "names-diff");
  assert.deepEqual(await axe(opened), []);
  await page.close();
});

for (const name of ["heatmap", "diff", "run"] as const)
  test(`the ${name} page says that its file has gone, opens it at its new place, and keeps what it shows`, async () => {
    const opened = await pages.open(name);
    const { page, send, posted } = opened;
    await SHOWN[name](opened);
    const note = page.locator(".gone");
    const title = await page.locator("h1").innerText();
    await send({ type: "gone", files: [{ file: "masks/a", place: null }], found: false });
    await note.getByText("masks/a was moved or deleted.").waitFor();
    assert.equal(await note.getByRole("button").count(), 0);
    await send({ type: "gone", files: [{ file: "masks/a", place: "masks/b" }], found: true });
    await note.getByText("masks/a was moved to masks/b.").waitFor();
    assert.equal(await page.locator("h1").innerText(), title);
    assert.deepEqual(await axe(opened), []);
    await note.getByRole("button", { name: "Open at New Location" }).click();
    assert.deepEqual((await posted()).at(-1), { type: "follow" });
    await send({ type: "gone", files: [], found: false });
    await note.waitFor({ state: "detached" });
    nothingWrong(opened);
    await page.close();
  });
