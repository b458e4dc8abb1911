import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MaskDescription } from "../../src/mask/describe.ts";
import { Pages } from "./browser.ts";
import { describedAs, heatmapMessages } from "./fixture.ts";
import { SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const described = async () => (await heatmapMessages())[0] as { description: MaskDescription };
const fixed = (value: number, digits: number) => value.toFixed(digits).replace("-", "−");

test("heads are held against their matrices' keep rates as parts of them, and grids, tooltip and mark say so", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "kept", heads: "V" } });
  await SHOWN.heatmap(opened);
  const { page } = opened;
  const { description } = await described();
  const { rows, columns, zeroShare } = description.matrices.find(({ block, kind }) => block === 1 && kind === "V")!;
  const { keepRate } = description.heads.find(({ block, head, kind }) => block === 1 && head === 2 && kind === "V")!;
  const { heads: count } = description.base;
  // Drawn without replacement: of N weights with K kept, n fall to the head, with variance n·K/N·(1 − K/N)·(N − n)/N.
  const [all, kept, own] = [rows * columns, rows * columns * (1 - zeroShare), (rows * columns) / count];
  const deviation = Math.sqrt(((own * kept) / all) * (1 - kept / all) * ((all - own) / all));
  const z = (own * keepRate - (own * kept) / all) / deviation;
  const told = () => page.locator(".detail").innerText();
  const grid = page.getByRole("grid", { name: "Keep rate by block and attention head" });
  await grid.locator("tr", { hasText: "block 1" }).locator("td.cell").nth(2).focus();
  const chance = ((196 * deviation) / own).toFixed(2);
  assert.ok((await told()).endsWith(`(± ${chance} by chance), z ${fixed(z, 1)}`), await told());
  await page.getByText(/● stands out$/).waitFor();
  const rates = page.getByRole("grid", { name: "Keep rate by block and kind of matrix" });
  const cells = await rates
    .locator("td.cell")
    .evaluateAll((cells) =>
      cells.map((cell) => [Number.parseFloat(cell.textContent!), cell.getAttribute("aria-label")!] as const),
    );
  assert.equal(cells.length, description.matrices.length);
  for (const [shown, label] of cells)
    assert.ok(Math.abs(shown - Number(/ ([\d.]+) % kept of/.exec(label)![1])) < 0.06, label);
  await page.close();
});

test("numbers say what expected drops are held against, and a small mask how many bits it has", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "numbers" } });
  await opened.send(...(await heatmapMessages()));
  const { page } = opened;
  const section = (title: string) => page.locator("h2", { hasText: title }).innerText();
  for (const title of ["By kind", "By block", "By matrix"])
    assert.match(await section(title), /expected: at the drop rates of all matrices together/, title);
  assert.match(await section("Rows and columns furthest"), /at the drop rates of their own matrix/);
  const { weights } = (await described()).description;
  assert.ok((await page.locator(".aside").first().innerText()).includes(`${weights.toLocaleString("en")} bits`));
  const header = await page.getByRole("table", { name: "By matrix" }).locator("th[scope=col]").allInnerTexts();
  assert.ok(header.map((title) => title.replace(/\s/g, " ")).includes("|W| off"), header.join());
  await page.close();
});

test("seeds of a task that share a run seed are said to share it", async () => {
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  await send(describedAs(await described(), { seeds: { run: 1, mask: 2 } }));
  const { description } = await described();
  const seed = (runSeed: number) => ({ name: "again", maskSeed: 99, runSeed, heads: description.heads });
  await send({ type: "seeds", seeds: [seed(3)] });
  await page.locator("vscode-dropdown[aria-label='Seeds']").waitFor();
  assert.equal(await page.locator(".warning").count(), 0);
  await send({ type: "seeds", seeds: [seed(1)] });
  await page.getByText(/^Some of the 2 seeds of this task had one run seed/).waitFor();
  await page.close();
});
