// What is taken out of pages: figures by choice of colours, copied cells, rows and tables, Python, and the command.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MaskMetadata } from "../../../src/mask/metadata.ts";
import { headAsNumpy, maskAsNumpy, matrixAsNumpy } from "../../../src/mask/numpy.ts";
import { pictured } from "../../host/behaviour.ts";
import { axe, drawn, type Opened, Pages } from "../browser.ts";
import { heatmapMessages, matrixMessage } from "../fixture.ts";
import { described } from "../heatmap-parts.ts";
import { choose, MATRIX, nothingWrong, SHOWN } from "../shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const COLOURS = "Colours of saved figures";

/** The SVG that a page saves. */
async function savedSvg({ page, posted }: Opened): Promise<string> {
  const saves = async () => (await posted()).filter(({ name }) => String(name).endsWith(".svg"));
  const before = (await saves()).length;
  await page.getByRole("button", { name: "Save SVG" }).click();
  await page.waitForFunction(
    (before) =>
      (window as unknown as { posted: { name?: string }[] }).posted.filter(({ name }) => name?.endsWith(".svg"))
        .length > before,
    before,
  );
  return (await saves()).at(-1)!.data as string;
}

/** Takes the picture of a behaviour that shows a saved figure. */
async function picturedSvg({ page }: Opened, svg: string, name: string): Promise<void> {
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
  const shown = await page.context().browser()!.newPage();
  await shown.setViewportSize({ width: width!, height: height! });
  await shown.setContent(`<body style="margin: 0">${svg}</body>`);
  await pictured(shown, name);
  await shown.close();
}

const groundOf = (svg: string) => /<rect [^>]*fill="([^"]+)"/.exec(svg)![1];
const linesOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);

test("figures are saved in light or dark colours by choice, whatever the theme, which stays", async () => {
  for (const [theme, colours, ground] of [
    ["Dark Modern", "light", "#ffffff"],
    ["Light Modern", "dark", "#1f1f1f"],
    ["High Contrast", "light", "#ffffff"],
  ] as const) {
    const opened = await pages.open("heatmap", { theme });
    await SHOWN.heatmap(opened);
    const { page, posted, kept } = opened;
    const look = () =>
      page.evaluate(() => {
        const cell = document.querySelector("td.cell")!;
        const colour = (element: Element) => getComputedStyle(element).backgroundColor;
        return [document.body.className, colour(document.body), colour(cell), document.adoptedStyleSheets.length];
      });
    await page.locator("td.cell").first().waitFor();
    const [before, own] = [await look(), await savedSvg(opened)];
    assert.notEqual(groundOf(own), ground);
    await choose(opened, COLOURS, `Figures: ${colours}`);
    const svg = await savedSvg(opened);
    assert.equal(groundOf(svg), ground);
    assert.deepEqual(linesOf(svg), linesOf(own), "the same figures");
    assert.deepEqual(await look(), before);
    assert.deepEqual(
      (await posted()).find(({ type }) => type === "figures"),
      { type: "figures", colours },
    );
    assert.equal(((await kept()) as { parts: Record<string, unknown> }).parts.figures, colours);
    if (theme === "Dark Modern") await picturedSvg(opened, svg, "out-figure-light");
    nothingWrong(opened);
    await page.close();
  }
});

test("the colours of figures that were chosen last are those of the next page, and a matrix is painted in them", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "matrix", matrix: MATRIX }, figures: "light" });
  await opened.send(...(await heatmapMessages()), await matrixMessage(MATRIX));
  await opened.page.locator("canvas.view").waitFor();
  await drawn(opened);
  const shown = () =>
    opened.page.locator("canvas.view").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const before = await shown();
  const svg = await savedSvg(opened);
  assert.equal(groundOf(svg), "#ffffff");
  assert.ok(svg.includes('href="data:image/png') && !svg.includes(before), "other pixels than the page's");
  await drawn(opened);
  assert.equal(await shown(), before);
  await picturedSvg(opened, svg, "out-matrix-light");
  nothingWrong(opened);
  await opened.page.close();
});

test("a saved figure has its title above, and below it what its numbers are compared with and the file", async () => {
  const opened = await pages.open("heatmap", { width: 700 });
  await SHOWN.heatmap(opened);
  const svg = await savedSvg(opened);
  const lines = linesOf(svg);
  assert.equal(lines[0], "sentiment over example/tiny: changed by training");
  const notes = lines.slice(lines.findIndex((line) => line.startsWith("Pruned / expected: weights"))).join(" ");
  assert.match(notes, /divided by the number expected given the initial scores, at the pruning rates of all matrices/);
  assert.match(notes, /significant after correction for multiple tests \(false discovery rate 5 %\)\./);
  assert.match(notes, /File sentiment\.mask\.safetensors, checksum [0-9a-f]{12}…, written by .+$/);
  const heights = [...svg.matchAll(/<text x="[\d.]+" y="([\d.-]+)"/g)].map(([, y]) => Number(y));
  assert.equal(Math.min(...heights), heights[0], "the title is above all else");
  assert.equal(Math.max(...heights), heights.at(-1), "the file is below all else");
  await opened.page.close();
});

/** The text that a key puts on the clipboard. */
async function copiedBy({ page }: Opened, key: string): Promise<string> {
  await page.evaluate(() => {
    Object.assign(window, { copied: undefined });
    const on = (event: ClipboardEvent) => Object.assign(window, { copied: event.clipboardData!.getData("text/plain") });
    window.addEventListener("copy", on, { once: true });
  });
  await page.keyboard.press(key);
  const copied = await page.waitForFunction(() => (window as unknown as { copied?: string }).copied);
  return (await copied.jsonValue())!;
}

const said = ({ page }: Opened) => page.getByRole("status").innerText();

test("Ctrl+C copies the value of the focused cell, arrow keys go to others, and a message says what was copied", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "numbers" } });
  const { page, send } = opened;
  await send(...(await heatmapMessages()));
  const { kinds } = (await described()).description;
  const table = page.getByRole("table", { name: "By kind" });
  const cells = table.locator("tbody tr").first().locator("td");
  await cells.nth(6).focus();
  assert.equal(await copiedBy(opened, "Control+c"), String(kinds[0]!.pruned));
  assert.equal(await said(opened), `Copied ${await cells.nth(6).innerText()}`);
  await page.keyboard.press("ArrowDown");
  assert.equal(await copiedBy(opened, "Control+c"), String(kinds[1]!.pruned));
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowUp");
  assert.equal(await copiedBy(opened, "Control+c"), kinds[0]!.kind);
  // Selected text is copied as it is.
  await page.evaluate(() => getSelection()!.selectAllChildren(document.querySelector("h1")!));
  await page.evaluate(() => {
    Object.assign(window, { taken: undefined });
    window.addEventListener("copy", (event) => Object.assign(window, { taken: event.defaultPrevented }), {
      once: true,
    });
  });
  await page.keyboard.press("Control+c");
  const taken = await page.waitForFunction(() => (window as unknown as { taken?: boolean }).taken !== undefined);
  assert.ok(taken);
  assert.equal(await page.evaluate(() => (window as unknown as { taken?: boolean }).taken), false);
  nothingWrong(opened);
  await page.close();
});

test("one cell of each table is reached by Tab, the one that was gone to last", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "numbers" } });
  const { page, send } = opened;
  await send(...(await heatmapMessages()));
  await drawn(opened);
  const table = page.getByRole("table", { name: "By matrix" });
  const reached = table.locator("tbody [tabindex='0']");
  assert.equal(await reached.count(), 1);
  assert.equal(await reached.evaluate((element) => element.className), "link");
  await reached.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  assert.equal(await reached.count(), 1);
  const place = () =>
    reached.evaluate((cell) => [
      (cell.closest("tr") as HTMLTableRowElement).sectionRowIndex,
      cell.matches(":last-child"),
    ]);
  assert.deepEqual(await place(), [1, true]);
  await send(...(await heatmapMessages())); // redrawn
  await drawn(opened);
  assert.deepEqual(await place(), [1, true]);
  await page.close();
});

test("a cell's menu copies the cell, its row or the whole table as text with tabs, by mouse and by keyboard", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "numbers" } });
  const { page, send, posted } = opened;
  await send(...(await heatmapMessages()));
  const { kinds } = (await described()).description;
  const table = page.getByRole("table", { name: "By kind" });
  const row = table.locator("tbody tr").nth(1);
  const copied = async () => (await posted()).filter(({ type }) => type === "copy").at(-1)!.text as string;
  await row.locator("td").nth(6).click({ button: "right" });
  await page.getByRole("menu").waitFor();
  assert.deepEqual(await page.getByRole("menuitem").allInnerTexts(), ["Copy cell", "Copy row", "Copy table"]);
  await pictured(page, "out-menu");
  assert.deepEqual(await axe(opened), []);
  await page.getByRole("menuitem", { name: "Copy cell" }).click();
  assert.equal(await copied(), String(kinds[1]!.pruned));
  assert.equal(await page.getByRole("menu").count(), 0);
  await page.keyboard.press("Shift+F10");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const values = (await copied()).split("\t");
  const { kind, pruned, regrown } = kinds[1]!;
  assert.deepEqual([values[0], values[6], values[8]], [kind, String(pruned), String(regrown)]);
  assert.equal(await said(opened), `Copied row ${kind}`);
  await page.keyboard.press("Shift+F10");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press(" ");
  const lines = (await copied()).split("\n");
  assert.equal(lines.length, kinds.length + 2, "a header, the rows, and the end of the last line");
  assert.match(
    lines[0]!,
    /^\tpruned \/ expected\t95 % confidence interval\tz\tφ\t●\tpruned\texpected[^\t]*\tregrown\tsparsity, %$/,
  );
  assert.deepEqual(
    lines.slice(1, -1).map((line) => line.split("\t")[0]),
    kinds.map(({ kind }) => kind),
  );
  assert.equal(await said(opened), `Copied table By kind (${kinds.length} rows)`);
  await page.keyboard.press("Shift+F10");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("menu").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "TD", "the focus is back");
  nothingWrong(opened);
  await page.close();
});

test("a sorted table is copied as it is shown", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page, posted } = opened;
  await page.getByText("Tables", { exact: true }).click();
  const table = page.getByRole("table", { name: "Labels" });
  await table.getByRole("button", { name: "training" }).click();
  await table.locator("tbody td").first().click({ button: "right" });
  await page.getByRole("menuitem", { name: "Copy table" }).click();
  const { text } = (await posted()).at(-1)!;
  assert.equal(text, "label\ttraining\tvalidation\ttest\npositive\t480\t52\t49\nnegative\t160\t48\t51\n");
  await page.close();
});

test("Python that reads a mask, a matrix or a head is copied where each is shown", async () => {
  const { file, matrices, base } = (await described()).description;
  const query = matrices.find(({ kind, layer }) => kind === "Q" && layer === 1)!;
  const opened = await pages.open("heatmap", { state: { tab: "matrix", matrix: query.name, head: 2 } });
  const { page, send, posted } = opened;
  await send(...(await heatmapMessages()), await matrixMessage(query.name));
  const copy = async (name: string) => {
    await page.getByRole("button", { name, exact: true }).click();
    return (await posted()).at(-1)!;
  };
  const head = { layer: 1, head: 2 };
  assert.deepEqual(await copy("Copy Layer 1 · Q as NumPy"), { type: "copy", text: matrixAsNumpy(file, query) });
  assert.deepEqual(await copy("Copy L1H2 · Q as NumPy"), {
    type: "copy",
    text: headAsNumpy(file, matrices, base, { ...head, kind: "Q" }),
  });
  assert.equal(await said(opened), "Copied Python code that reads L1H2 · Q as a NumPy array");
  await pictured(page, "out-numpy");
  await page.getByRole("tab", { name: "Numbers" }).click();
  await page.getByText(/^By attention head/).click();
  const row = page.getByRole("table", { name: "By attention head" }).locator("tbody tr", { hasText: "L1H2" });
  await row.locator("td").nth(1).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Copy L1H2 as NumPy" }).click();
  const text = headAsNumpy(file, matrices, base, { ...head, kind: "all" });
  assert.deepEqual((await posted()).at(-1), { type: "copy", text });
  await page.getByRole("tab", { name: "Provenance" }).click();
  assert.deepEqual(await copy("Copy the mask as NumPy"), { type: "copy", text: maskAsNumpy(file) });
  nothingWrong(opened);
  await page.close();
});

test("the command has the base model and the task where they are on this machine, or says which were not found", async () => {
  const [message] = (await heatmapMessages()) as [{ metadata: MaskMetadata }];
  const run = { model: "/old/tiny", task: "/old/a.task.json", seed: 3 };
  const opened = await pages.open("heatmap", { state: { tab: "provenance" } });
  const { page, send, posted } = opened;
  await send({ ...message, metadata: { ...message.metadata, run } });
  await page.getByText("Searching the known model folders and tasks…").waitFor();
  assert.equal((await posted()).filter(({ type }) => type === "places").length, 1);
  const shown = async (places: object) => {
    await send({ type: "places", places });
    await drawn(opened);
    const [, model, task] = /--model (\S+) \\\n {2}--task (\S+)/.exec(
      (await page.locator("pre").first().textContent())!,
    )!;
    return [model, task, await page.locator("#panel .hint").first().innerText()];
  };
  assert.deepEqual(await shown({ model: "/here/tiny", task: "/here/a.task.json", areSearched: true }), [
    ...["/here/tiny", "/here/a.task.json"],
    "The base model example/tiny and the task sentiment were found on this machine; the command uses their paths here.",
  ]);
  await pictured(page, "out-command");
  const [model, task, text] = await shown({ model: null, task: null, areSearched: true });
  assert.deepEqual([model, task], [run.model, run.task]);
  assert.match(
    text!,
    /base model example\/tiny was not found in the known model folders, so the command uses the path recorded in the file/,
  );
  assert.match(text!, /No task sentiment with the same data was found in this workspace/);
  assert.match((await shown({ model: null, task: null, areSearched: false }))[2]!, /in an untrusted workspace/);
  nothingWrong(opened);
  await page.close();
});
