import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, type Opened, Pages, THEMES } from "../browser.ts";
import { diffMessages, heatmapMessages, matrixMessage } from "../fixture.ts";
import { detail, heads, kinds } from "../heatmap-parts.ts";
import { choose, nothingWrong, picture } from "../shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const header = (grid: ReturnType<typeof kinds>) => grid.locator("thead th").allInnerTexts();
const rowsOf = (grid: ReturnType<typeof kinds>) => grid.locator("tbody th").allInnerTexts();
const views = ({ page }: Opened) =>
  page.locator("vscode-dropdown[aria-label='Matrices of a head']").getByRole("option", { includeHidden: true });

test("of a decoder with grouped queries, keys and values have a grid of their own heads", async () => {
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  await send(...(await heatmapMessages("grouped")));
  await kinds(opened).waitFor();
  assert.deepEqual((await header(kinds(opened))).join(" ").trim(), "Q K V AO G I O T");
  assert.deepEqual((await header(heads(opened))).join(" ").trim(), "0 1 2 3");
  await page.getByText("G gate, I up, O down").waitFor();
  await page.locator(".sentence", { hasText: /L1H\d \(V\)/ }).waitFor();
  await picture(opened, "grouped");
  assert.deepEqual(await views(opened).allTextContents(), [
    "Q and AO together",
    "Q rows",
    "K rows, each head shared by 2 heads of queries",
    "V rows, each head shared by 2 heads of queries",
    "AO columns",
  ]);
  await choose(opened, "Matrices of a head", "K rows, each head shared by 2 heads of queries");
  assert.deepEqual((await header(heads(opened))).join(" ").trim(), "0 1");
  await picture(opened, "grouped-keys");
  nothingWrong(opened);
  await page.close();
});

test("a matrix of shared keys says so, and a head of queries is highlighted in none", async () => {
  const name = "layers.1.K.weight";
  const opened = await pages.open("heatmap", { state: { tab: "matrix", matrix: name } });
  await opened.send(...(await heatmapMessages("grouped")), await matrixMessage(name, "grouped"));
  await opened.page.getByText("2 heads of queries share each head of this matrix.").waitFor();
  const highlighted = opened.page.locator("vscode-dropdown[aria-label='Highlighted head']");
  assert.deepEqual(await highlighted.getByRole("option", { includeHidden: true }).allTextContents(), [
    "All heads",
    "L1H0",
    "L1H1",
  ]);
  await choose(opened, "Highlighted head", "L1H1");
  await opened.page.getByRole("button", { name: "Copy L1H1 · K as NumPy" }).waitFor();
  assert.equal(await opened.page.getByRole("button", { name: /dead\?/ }).count(), 0, "it is no head of its own");
  await picture(opened, "grouped-matrix");
  await opened.page.close();
});

test("of an encoder–decoder, layers are named by stack and cross attention has heads of its own", async () => {
  for (const theme of Object.keys(THEMES)) {
    const opened = await pages.open("heatmap", { theme });
    const { page, send } = opened;
    await send(...(await heatmapMessages("stacks")));
    await kinds(opened).waitFor();
    assert.deepEqual((await header(kinds(opened))).join(" ").trim(), "Q K V AO CQ CK CV CAO I O T");
    assert.deepEqual(await rowsOf(kinds(opened)), ["above", "layer D1", "layer D0", "layer E0"]);
    assert.deepEqual((await views(opened).allTextContents()).slice(5), [
      "CQ, CK, CV and CAO together (cross attention)",
      ...["CQ rows", "CK rows", "CV rows", "CAO columns"],
    ]);
    await choose(opened, "Matrices of a head", "CQ, CK, CV and CAO together (cross attention)");
    assert.deepEqual((await rowsOf(heads(opened))).filter(Boolean), ["layer D1", "layer D0"]);
    await heads(opened).locator("td.cell").first().focus();
    assert.match(await detail(opened), /^head D\dH\d: /);
    await picture(opened, `stacks-${theme}`);
    assert.deepEqual(await axe(opened), []);
    nothingWrong(opened);
    await page.close();
  }
});

test("of a decoder with grouped queries, marks are said to be among heads of queries, of keys and of values", async () => {
  const opened = await pages.open("diff", { state: { tab: "heads" } });
  await opened.send(...(await diffMessages("grouped", "grouped")));
  await opened.page.getByText("significant among all 8 heads of queries and 8 heads of keys or of values").waitFor();
  nothingWrong(opened);
  await opened.page.close();
});

test("the diff of two masks over an encoder–decoder shows heads of cross attention apart", async () => {
  const opened = await pages.open("diff", { state: { tab: "heads" } });
  const { page, send } = opened;
  await send(...(await diffMessages("stacks", "stacks")));
  const grid = page.getByRole("grid", { name: "Overlap of both masks" });
  assert.deepEqual(await rowsOf(grid), ["layer D1", "layer D0", "layer E0"]);
  await choose(opened, "Matrices of a head", "CQ, CK, CV and CAO together (cross attention)");
  assert.deepEqual(await rowsOf(grid), ["layer D1", "layer D0"]);
  await picture(opened, "stacks-diff");
  await page.getByRole("tab", { name: "Numbers" }).click();
  await page.getByRole("table", { name: "By layer" }).getByText("layer E0").waitFor();
  nothingWrong(opened);
  await page.close();
});
