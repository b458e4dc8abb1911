// The heatmap by keyboard and pointer: where the focus is, what is locked, and what stays while more is told.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import { axe, drawn, type Opened, Pages } from "./browser.ts";
import { heatmapMessages, matrixMessage } from "./fixture.ts";
import { described, detail, focused, heads, kinds } from "./heatmap-parts.ts";
import { MATRIX, nothingWrong, SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** Tells the page of another seed of the mask's task, with the same heads. */
async function sendSeed({ send }: Opened): Promise<void> {
  const { description } = await described();
  await send({ type: "seeds", seeds: [{ name: "again", maskSeed: 99, heads: description.heads }] });
}

test("arrow keys go from cell to cell over what is empty, also from a cell that was clicked, and Home and End to a row's ends", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page } = opened;
  const row = (title: string) => kinds(opened).locator("tbody tr", { hasText: title });
  const texts = (title: string) => row(title).locator("td.cell").allTextContents();
  const [one, above] = [await texts("layer 1"), await texts("above")];
  await row("layer 1").locator("td.cell").nth(2).click();
  await page.keyboard.press("Space"); // let go
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(opened), one[3]);
  await page.keyboard.press("End");
  assert.equal(await focused(opened), one.at(-1));
  await page.keyboard.press("ArrowUp"); // nothing there
  assert.equal(await focused(opened), one.at(-1));
  await page.keyboard.press("Home");
  assert.equal(await focused(opened), one[0]);
  await row("above").locator("td.cell").last().focus();
  await page.keyboard.press("ArrowLeft");
  assert.equal(await focused(opened), above.at(-2));
  // One cell of a grid is in the tab order: the one that was gone to.
  assert.deepEqual(await kinds(opened).locator("[tabindex='0']").allTextContents(), [above.at(-2)]);
  nothingWrong(opened);
  await page.close();
});

test("Space locks a cell's numbers whatever the pointer is over, Escape lets go, and Enter opens its matrix", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page, posted } = opened;
  const cell = (n: number) => kinds(opened).locator("td.cell").nth(n);
  await cell(4).focus();
  const locked = await detail(opened);
  assert.match(
    locked,
    /^encoder\.layer\.1\..*: [\d,]+ pruned, [\d,]+ regrown; \d\.\d\d \(95 % confidence interval \d\.\d\d–\d\.\d\d\) times the expected count: [\d,]+ pruned, [\d,]+ expected given the initial scores; z −?\d+\.\d, φ \d+\.\d\d$/,
  );
  await page.keyboard.press("Space");
  assert.equal(await cell(4).getAttribute("aria-selected"), "true");
  await heads(opened).locator("td.cell").first().hover();
  assert.equal(await detail(opened), locked);
  await page.keyboard.press("Escape");
  assert.equal(await cell(4).getAttribute("aria-selected"), null);
  await heads(opened).locator("td.cell").nth(1).hover();
  assert.match(await detail(opened), /^head L1H1: /);
  await page.keyboard.press("Enter");
  assert.equal((await posted()).at(-1)!.type, "matrix");
  await page.getByRole("tab", { name: "Matrix", selected: true }).waitFor();
  await page.close();
});

test("the focus stays on a chooser after it has chosen, and on a cell while more is told", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page } = opened;
  const chooser = page.locator("vscode-dropdown[aria-label='Which flips']");
  await chooser.focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("heading", { name: /^Regrown/ }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Which flips");
  const cell = heads(opened).locator("td.cell").nth(5);
  await cell.focus();
  const text = await focused(opened);
  await sendSeed(opened);
  await page.locator("vscode-dropdown[aria-label='Seeds']").waitFor();
  assert.equal(await focused(opened), text);
  await page.close();
});

test("tabs are gone through by arrow keys, and what is chosen is kept", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page, kept } = opened;
  await page.getByRole("tab", { name: "Changed by training" }).focus();
  for (const name of ["Effect on the task", "Kept", "Matrix", "Numbers", "Provenance", "Changed by training"]) {
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tab", { name, selected: true }).waitFor();
    assert.equal(await focused(opened), name);
    assert.deepEqual(await axe(opened), [], name);
  }
  await page.keyboard.press("End");
  assert.equal(((await kept()) as { tab: string }).tab, "provenance");
  nothingWrong(opened);
  await page.close();
});

test("a weight that is locked by keyboard asks for its facts and tells them, and a sorted matrix keeps its own numbers", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "matrix", matrix: MATRIX, rowOrder: "z" } });
  const { page, send, posted } = opened;
  await send(...(await heatmapMessages()), await matrixMessage(MATRIX));
  const canvas = page.getByRole("img", { name: /84 rows, 100 columns/ });
  await canvas.focus();
  await page.keyboard.press("Enter");
  const asked = (await posted()).at(-1)!;
  assert.equal(asked.type, "weight");
  await send({ ...asked, facts: { score: 0.1234, value: -0.5 } });
  await page.getByText(`row ${asked.row}, column ${asked.column}: kept · row:`).getByText("initial score").waitFor();
  assert.match(
    await detail(opened),
    /row: [\d.]+ \(95 % confidence interval [\d.]+–[\d.]+\), z −?[\d.]+( ●)? · column: [\d.]+ \(95 %[^·]* · effect: pruned \/ expected/,
  );
  assert.match(await detail(opened), /initial score 0\.1234 · weight −0\.5000$/);
  const key = (await page.locator(".key").innerText()).match(/[\d,]+(?=\s|$)/g)!.map(Number);
  const [{ description }] = [await described()];
  const { pruned, regrown } = description.matrices.find(({ name }) => name === MATRIX)!;
  assert.deepEqual(key.slice(0, 2), [pruned, regrown]);
  await page.getByRole("button", { name: "Save PNG" }).click();
  const { text, name } = await opened.savedPng();
  assert.equal(name, `sentiment-${MATRIX}.png`);
  assert.match(text, /iTXtDescription[\s\S]*mask checksum [0-9a-f]{64}/);
  nothingWrong(opened);
  await page.close();
});

test("a table that was opened, what is scrolled and where the focus is stay so while rows are counted", async () => {
  const opened = await pages.open("heatmap", { width: 500, height: 400, state: { tab: "numbers" } });
  const { page, send, kept } = opened;
  await send(...(await heatmapMessages()));
  await page.locator("summary").first().click();
  const wide = page.locator(".scroll", { has: page.getByRole("table", { name: "By matrix" }) });
  await wide.evaluate((table) => {
    window.scrollTo(0, 1e6);
    table.scrollLeft = 30;
  });
  const place = () =>
    page.evaluate(() => {
      const at = document.activeElement!;
      return [at.tagName, Math.round(at.getBoundingClientRect().top)];
    });
  const before = await place();
  const { description } = await described();
  const lines = { count: 40, dead: 1, expectedDead: 0.25, marked: 0, furthest: [] };
  const details = { name: description.matrices[0]!.name, rows: lines, columns: lines, magnitudes: null };
  await send({ type: "details", details });
  await page.getByRole("table", { name: "By matrix" }).getByText("…").first().waitFor();
  await drawn(opened);
  assert.ok(
    await page
      .locator("details")
      .first()
      .evaluate((details) => (details as HTMLDetailsElement).open),
  );
  assert.deepEqual(await place(), before);
  assert.equal(await wide.evaluate((table) => table.scrollLeft), 30);
  assert.deepEqual(((await kept()) as { parts: object }).parts, { "open heads": true });
  await page.close();
});

test("a cell that is locked stays locked while more is told", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page } = opened;
  await kinds(opened).locator("td.cell").nth(3).click();
  const locked = await detail(opened);
  await sendSeed(opened);
  await page.locator("vscode-dropdown[aria-label='Seeds']").waitFor();
  assert.equal(await kinds(opened).locator("td.cell").nth(3).getAttribute("aria-selected"), "true");
  assert.equal(await detail(opened), locked);
  await page.close();
});

test("a list that stands open is not closed by what is told meanwhile, which is shown at once", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page } = opened;
  await page.locator("vscode-dropdown[aria-label='Which flips']").click();
  await sendSeed(opened);
  await page.locator("vscode-dropdown[aria-label='Seeds']").waitFor();
  await drawn(opened);
  assert.equal(await page.locator("vscode-dropdown[open]").count(), 1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /^Regrown/ }).waitFor();
  assert.equal(await page.locator("vscode-dropdown[open]").count(), 0);
  await page.close();
});

test("a matrix is where it was left, with the weight that was locked, when it is sorted or shown again", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "matrix", matrix: MATRIX } });
  const { page, send } = opened;
  await send(...(await heatmapMessages()), await matrixMessage(MATRIX));
  const canvas = page.locator("canvas.view");
  const picture = () => canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
  await canvas.focus();
  await drawn(opened);
  const whole = await picture();
  for (const key of ["+", "+", "+", "Enter"]) await page.keyboard.press(key);
  await drawn(opened);
  const [zoomed, told] = [await picture(), await detail(opened)];
  assert.notEqual(zoomed, whole);
  await page.getByRole("tab", { name: "Kept" }).click();
  await page.getByRole("tab", { name: "Matrix" }).click();
  await canvas.waitFor();
  await drawn(opened);
  assert.equal(await picture(), zoomed);
  assert.equal(await detail(opened), told);
  await page.locator("vscode-dropdown[aria-label='Rows']").focus();
  await page.keyboard.press("ArrowDown");
  await drawn(opened);
  assert.notEqual(await picture(), zoomed);
  assert.equal(await detail(opened), told);
  const again = await pages.open("heatmap", { state: (await opened.kept()) as object });
  await again.send(...(await heatmapMessages()), await matrixMessage(MATRIX));
  await again.page.locator("canvas.view").waitFor();
  assert.equal(await detail(again), told, "also after the page was hidden");
  await again.page.close();
  await page.close();
});

/** The cell of a head such as "L1H2". */
function headCell(opened: Opened, name: string): Locator {
  const [, layer, head] = /^L(\d+)H(\d+)$/.exec(name)!;
  const row = heads(opened).locator("tr", { hasText: `layer ${layer}` });
  return row.locator("td.cell").nth(Number(head));
}

test("a head in the ranked list shows its cell while it is pointed at", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page } = opened;
  const link = page.locator(".link:not(.words)").first();
  const name = (await link.textContent())!;
  await link.focus();
  const cell = headCell(opened, name);
  assert.match((await cell.getAttribute("class"))!, /pointed/);
  assert.equal(await page.locator("td.pointed").count(), 1);
  await page.keyboard.press("Tab");
  assert.doesNotMatch((await cell.getAttribute("class"))!, /pointed/);
  await page.close();
});

test("a head in the grid shows its entry in the ranked list while it is pointed at", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page } = opened;
  const link = page.locator(".link:not(.words)").first();
  const line = () => link.evaluate((one) => getComputedStyle(one).textDecorationLine);
  assert.equal(await line(), "none");
  await headCell(opened, (await link.textContent())!).hover();
  await page.locator(".link.pointed").waitFor();
  assert.equal(await line(), "underline");
  await page.locator("h1").hover();
  await page.locator(".link.pointed").waitFor({ state: "detached" });
  assert.equal(await line(), "none");
  await page.close();
});
