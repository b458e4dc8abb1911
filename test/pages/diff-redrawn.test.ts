// What is sent to a diff page while somebody reads it leaves them where they are.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import { drawn, type Opened, Pages } from "./browser.ts";
import { diffMessages, matricesMessage } from "./fixture.ts";
import { MATRIX, nothingWrong } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** The names and pairs of masks, and the pairs with another lift everywhere. */
async function twice(...masks: readonly string[]): Promise<{ first: unknown[]; later: unknown }> {
  const first = (await diffMessages(...masks)) as [unknown, { pairs: PairComparison[] }];
  const other = <P extends { readonly lift: Estimate | null }>(part: P): P => ({
    ...part,
    lift: { value: 7.77, low: 7, high: 8 },
  });
  const pairs = first[1].pairs.map((pair) => ({
    ...other(pair),
    ...{ matrices: pair.matrices.map(other), layers: pair.layers.map(other), kinds: pair.kinds.map(other) },
    heads: pair.heads.map(other),
  }));
  return { first, later: { ...first[1], stage: "judged", pairs } };
}

const isFocused = (element: Element) => element === document.activeElement;
const scrollTo = ({ page }: Opened, top: number) => page.evaluate((top) => window.scrollTo(0, top), top);
const scrolled = ({ page }: Opened) => page.evaluate(() => window.scrollY);

test("new numbers leave the focus, the scrolled page and the pinned cell of a diff where they are, and are told", async () => {
  const { first, later } = await twice("sentiment", "topic", "other");
  const opened = await pages.open("diff", { height: 400 });
  const { page, send } = opened;
  await send(...first);
  for (const [name, at] of [
    ["Lift of all pairs", 1],
    ["Lift by layer and matrix kind", 3],
  ] as const) {
    const cell = page.getByRole("grid", { name }).locator("td.cell").nth(at);
    await cell.click();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowRight");
    assert.equal(await cell.getAttribute("aria-selected"), "true", name);
    assert.doesNotMatch((await cell.textContent())!, /7\.77/);
  }
  const focused = page.getByRole("grid", { name: "Lift by layer and matrix kind" }).locator("td.cell").nth(3);
  await focused.evaluate((cell) => Object.assign(cell, { mark: true }));
  await scrollTo(opened, 120);
  await send(later);
  await drawn(opened);
  assert.match((await focused.textContent())!, /7\.77/);
  assert.ok(await focused.evaluate((cell) => "mark" in cell), "the element is the same");
  assert.ok(await focused.evaluate(isFocused));
  assert.equal(await scrolled(opened), 120);
  assert.equal(await page.locator("td.cell.locked[aria-selected=true]").count(), 2);
  for (const detail of await page.locator(".detail[data-locked]").allTextContents()) assert.match(detail, /lift 7\.77/);
  assert.equal(await page.locator(".detail[data-locked]").count(), 2);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("td.cell.locked").count(), 1);
  nothingWrong(opened);
  await page.close();
});

test("the detail line tells the present numbers of the cell that was looked at, whatever pair is shown", async () => {
  const { first, later } = await twice("sentiment", "topic", "other");
  const opened = await pages.open("diff");
  const { page, send } = opened;
  await send(...first);
  const grid = page.getByRole("grid", { name: "Lift by layer and matrix kind" });
  const detail = page.locator(".detail").last();
  await grid.locator("td.cell").first().focus();
  const text = await detail.textContent();
  assert.match(text!, /: lift (?!7\.77)/);
  const every = page.getByRole("grid", { name: "Lift of all pairs" });
  await every.locator("tr").nth(2).locator("td.cell").nth(1).focus();
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: /topic.*other/ }).waitFor();
  assert.match((await detail.textContent())!, /: lift (?!7\.77)/);
  assert.notEqual(await detail.textContent(), text);
  await send(later);
  await page.locator(".detail", { hasText: "lift 7.77" }).last().waitFor();
  assert.equal(await page.locator(".detail", { hasText: "lift 7.77" }).count(), 2);
  assert.equal(await page.locator(".detail[data-locked]").count(), 0);
  nothingWrong(opened);
  await page.close();
});

test("new numbers leave the point that the arrow keys have reached in a scatter, and tell them", async () => {
  const { first, later } = await twice("sentiment", "topic");
  const opened = await pages.open("diff", { state: { tab: "heads" }, height: 400 });
  const { page, send } = opened;
  await send(...first);
  const plot = page.locator("svg.scatter");
  await plot.focus();
  for (const key of ["Home", "ArrowRight", "ArrowUp"]) await page.keyboard.press(key);
  const ring = async () => [
    await plot.locator(".ring").getAttribute("cx"),
    await plot.locator(".ring").getAttribute("cy"),
  ];
  const [before, top] = [await ring(), await scrolled(opened)];
  assert.ok(top > 0);
  await send(later);
  await page.locator(".detail[aria-live]", { hasText: "lift 7.77" }).waitFor();
  assert.deepEqual(await ring(), before);
  assert.ok(await plot.evaluate(isFocused));
  assert.equal(await scrolled(opened), top);
  assert.equal(await page.locator("td.pointed").count(), 3);
  await page.getByRole("tab", { name: "Overlap" }).click();
  await page.getByRole("tab", { name: "Attention heads" }).click();
  assert.equal(await page.locator(".pointed").count(), 0);
  nothingWrong(opened);
  await page.close();
});

for (const view of ["four", "beside", "swipe", "blink"])
  test(`new numbers leave a matrix zoomed, pinned, focused and scrolled as it was, in the view ${view}`, async () => {
    const { first, later } = await twice("sentiment", "topic");
    const opened = await pages.open("diff", { state: { tab: "matrix", matrix: MATRIX, view }, height: 500 });
    const { page, send } = opened;
    await send(...first, await matricesMessage(MATRIX, "sentiment", "topic"));
    const canvas = page.locator("canvas.view").last();
    await canvas.focus();
    for (const key of ["+", "+", "Enter", "Shift+ArrowRight"]) await page.keyboard.press(key);
    await drawn(opened);
    const pictures = () =>
      page
        .locator("canvas.view")
        .evaluateAll((canvases) => canvases.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()));
    const detail = page.locator(".detail[data-locked]");
    const [before, pinned] = [await pictures(), await detail.textContent()];
    assert.match(pinned!, /^row \d+, column \d+: /);
    await scrollTo(opened, 90);
    await canvas.evaluate((element) => Object.assign(element, { mark: true }));
    await send(later);
    await page.getByText(/: lift 7\.77/).waitFor();
    await drawn(opened);
    assert.ok(await canvas.evaluate((element) => "mark" in element), "the element is the same");
    assert.ok(await canvas.evaluate(isFocused));
    assert.equal(await scrolled(opened), 90);
    assert.deepEqual(await pictures(), before);
    assert.equal(await detail.textContent(), pinned);
    nothingWrong(opened);
    await page.close();
  });

test("the line of a swipe stays where it was drawn to while other tabs are shown", async () => {
  const { first } = await twice("sentiment", "topic");
  const opened = await pages.open("diff", { state: { tab: "matrix", matrix: MATRIX, view: "swipe" } });
  const { page, send } = opened;
  await send(...first, await matricesMessage(MATRIX, "sentiment", "topic"));
  await page.getByRole("slider").focus();
  await page.keyboard.press("End");
  await page.getByRole("tab", { name: "Numbers" }).click();
  await page.getByRole("tab", { name: "Matrix" }).click();
  assert.equal(await page.getByRole("slider").inputValue(), "100");
  assert.match((await page.locator(".stack .over").getAttribute("style"))!, /inset\(0(px)? 0(px)? 0(px)? 100%\)/);
  await page.close();
});
