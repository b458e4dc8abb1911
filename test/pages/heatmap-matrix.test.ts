// A matrix of the heatmap: a head highlighted in it, where a person goes in it, and how large it is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { axe, drawn, type Opened, Pages, THEMES } from "./browser.ts";
import { heatmapMessages, matrixMessage } from "./fixture.ts";
import { described, detail, heads } from "./heatmap-parts.ts";
import { choose, nothingWrong, picture, SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const SMALL = { width: 1024, height: 700 };
/** The values of a whole head are in rows, its part of the attention's output in columns. */
const V = "encoder.layer.1.attention.self.value.weight";
const AO = "encoder.layer.1.attention.output.dense.weight";

interface View {
  readonly rows: number;
  readonly columns: number;
  readonly rowPruning: { readonly z: { readonly $floats: readonly number[] } };
}

async function openedAt(matrix: string, state: object = {}, size = SMALL): Promise<{ opened: Opened; view: View }> {
  const opened = await pages.open("heatmap", { ...size, state: { tab: "matrix", matrix, ...state } });
  const message = (await matrixMessage(matrix)) as { view: View };
  await opened.send(...(await heatmapMessages()), message);
  await opened.page.locator("canvas.view").waitFor();
  await drawn(opened);
  return { opened, view: message.view };
}

/** The colours of each pixel of the canvas, line by line. */
const linesOf = ({ page }: Opened): Promise<number[][]> =>
  page.locator("canvas.view").evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const copy = new OffscreenCanvas(width, height).getContext("2d")!;
    copy.drawImage(element as HTMLCanvasElement, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    const pixels = new Uint32Array(data.buffer);
    return Array.from({ length: height }, (_, y) => [...pixels.subarray(y * width, (y + 1) * width)]);
  });

/** What stands beside and above the weights: names of heads; strips of z. */
const [NAMES, ABOVE, STRIPS] = [46, 16, 18];

test("a head that is opened from the grid, the list or another place is highlighted in its matrix, whatever is sorted", async () => {
  const { base } = (await described()).description;
  const opened = await pages.open("heatmap", SMALL);
  await SHOWN.heatmap(opened);
  const { page, send, posted } = opened;
  const message = (await matrixMessage(V)) as { view: View };
  const { rows, rowPruning } = message.view;
  const band = rows / base.heads;
  const canvas = (head: string) => page.getByRole("img", { name: new RegExp(`${head} highlighted$`) });
  const turnBack = () => page.getByRole("tab", { name: "Changed by training" }).click();

  await heads(opened).locator("tr", { hasText: "layer 1" }).locator("td.cell").nth(2).focus();
  await page.keyboard.press("Enter");
  assert.deepEqual((await posted()).at(-1), { type: "matrix", name: V });
  await send(message);
  await canvas("L1H2").waitFor();
  await turnBack();
  const link = page.locator(".link", { hasText: "L1H1" });
  await link.focus();
  await page.keyboard.press("Enter");
  await canvas("L1H1").waitFor();
  await turnBack();
  await send({ type: "show", matrix: V, head: 2 });
  await canvas("L1H2").waitFor();
  await drawn(opened);
  await pictured(page, "heatmap-head");

  for (const order of ["Rows in original order", "Rows by z", "Rows by head, heads by z"]) {
    await choose(opened, "Highlighted head", "All heads");
    if (order !== "Rows in original order") await choose(opened, "Rows", order);
    await drawn(opened);
    const plain = await linesOf(opened);
    await choose(opened, "Highlighted head", "L1H2");
    await drawn(opened);
    const dimmed = await linesOf(opened);
    if (order === "Rows by z") await pictured(page, "heatmap-head-sorted");
    const z = rowPruning.z.$floats;
    const mean = (head: number) => z.slice(head * band, (head + 1) * band).reduce((sum, one) => sum + one, 0);
    const headOf = (row: number) => Math.floor(row / band);
    const shown = Array.from({ length: rows }, (_, row) => row);
    if (order === "Rows by z") shown.sort((a, b) => z[b]! - z[a]!);
    else if (order !== "Rows in original order")
      shown.sort((a, b) => mean(headOf(b)) - mean(headOf(a)) || z[b]! - z[a]!);
    const tall = plain.length - STRIPS;
    let compared = 0;
    for (const [at, row] of shown.entries()) {
      const y = STRIPS + Math.round(((at + 0.5) * tall) / rows);
      const weights = (lines: number[][]) => lines[y]!.slice(NAMES, -STRIPS).join();
      if (new Set(plain[y]!.slice(NAMES, -STRIPS)).size < 3) continue; // hardly anything to dim
      assert.equal(weights(plain) === weights(dimmed), headOf(row) === 2, `${order}: row ${row}`);
      compared++;
    }
    assert.ok(compared > rows / 2, `${compared}`);
    // Beside the weights: what belongs to the head, and the names of the heads where they stand together.
    const beside = (lines: number[][]) => lines.slice(STRIPS).some((line) => line.slice(0, NAMES - 8).some(Boolean));
    assert.equal(beside(dimmed), order !== "Rows by z", order);
  }
  nothingWrong(opened);
  await page.close();
});

test("a head's columns are highlighted, too, and a matrix that shows another part turns to the head", async () => {
  const { opened, view } = await openedAt(AO);
  const { page } = opened;
  const { base } = (await described()).description;
  const band = view.columns / base.heads;
  const plain = await linesOf(opened);
  await choose(opened, "Highlighted head", "L1H0");
  await drawn(opened);
  const dimmed = await linesOf(opened);
  const wide = plain[0]!.length - STRIPS;
  const column = (lines: number[][], at: number) =>
    lines
      .slice(ABOVE + STRIPS)
      .map((line) => line[Math.floor(((at + 0.5) * wide) / view.columns)])
      .join();
  assert.equal(column(dimmed, 1), column(plain, 1));
  assert.notEqual(column(dimmed, band + 1), column(plain, band + 1));
  await page.locator("canvas.view").focus();
  for (const key of ["+", "+", "+", "+", ...Array.from({ length: 20 }, () => "ArrowRight")])
    await page.keyboard.press(key);
  await page.getByText(/inputs: columns [1-9]\d+ to/).waitFor();
  await choose(opened, "Highlighted head", "All heads");
  await choose(opened, "Highlighted head", "L1H0");
  await page.getByText(/inputs: columns 0 to/).waitFor();
  await page.close();
});

test("a typed row, column or head is gone to, and what leads nowhere gets a sentence", async () => {
  const { opened, view } = await openedAt(V);
  const { page, send, posted } = opened;
  const field = page.getByRole("textbox", { name: "Go to a row, column or head" });
  await page.locator("vscode-dropdown[aria-label='Matrix']").focus();
  while ((await page.evaluate(() => document.activeElement?.tagName)) !== "INPUT") await page.keyboard.press("Tab");
  const go = async (text: string) => {
    await field.fill(text);
    await page.keyboard.press("Enter");
  };
  await go("12, 40");
  await page.locator(".detail[data-locked]", { hasText: "row 12, column 40: " }).waitFor();
  assert.match(await detail(opened), /^row 12, column 40: .* head 0 /);
  assert.equal((await posted()).at(-1)!.type, "weight");
  await go("row 20");
  await page.locator(".detail[data-locked]", { hasText: "row 20, column 40: " }).waitFor();
  await go("column 3");
  await page.locator(".detail[data-locked]", { hasText: "row 20, column 3: " }).waitFor();
  await go("r7 c9");
  await page.locator(".detail[data-locked]", { hasText: "row 7, column 9: " }).waitFor();
  await go("h1");
  await page.getByRole("img", { name: /L1H1 highlighted$/ }).waitFor();
  await pictured(page, "heatmap-go-to");
  const last = `has rows 0 to ${view.rows - 1} and columns 0 to ${view.columns - 1}.`;
  for (const [text, says] of [
    [`${view.rows}`, `Layer 1 · V ${last}`],
    [`0 ${view.columns}`, last],
    ["L1H99", "Layer 1 has heads L1H0 to L1H"],
    ["L77H0", "The mask covers no attention heads in layer 77."],
    ["nowhere <b>", "Enter a row and a column (12, 40),"],
    ["", "Enter a row and a column (12, 40),"],
    ["-1", "Enter a row and a column (12, 40),"],
    ["1e3", "Enter a row and a column (12, 40),"],
  ] as const) {
    await go(text);
    await page.getByRole("alert").getByText(says).waitFor();
    assert.equal(await page.locator(".entry").inputValue(), text, "it can be corrected");
  }
  assert.equal(await page.locator(".entry").getAttribute("aria-invalid"), "true");
  // A head of another layer, in its matrix of the same kind.
  await go("L0H1");
  const other = V.replace("layer.1", "layer.0");
  if ((await described()).description.matrices.some(({ name }) => name === other)) {
    assert.deepEqual((await posted()).at(-1), { type: "matrix", name: other });
    await send(await matrixMessage(other));
    await page.getByRole("img", { name: /L0H1 highlighted$/ }).waitFor();
  } else await page.getByRole("alert").getByText("The mask covers no attention heads in layer 0.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "INPUT");
  nothingWrong(opened);
  await page.close();
});

test("the wheel scrolls the page over a matrix, and with Ctrl or ⌘ it zooms the matrix", async () => {
  const { opened } = await openedAt(V, {}, { width: 1024, height: 400 });
  const { page } = opened;
  const axes = () => page.locator(".axes").innerText();
  const top = () => page.evaluate(() => window.scrollY);
  const whole = await axes();
  const { x, y } = (await page.locator("canvas.view").boundingBox())!;
  await page.mouse.move(x + 120, y + 60);
  await page.mouse.wheel(0, 60);
  await page.waitForFunction(() => window.scrollY > 0);
  assert.equal(await axes(), whole);
  for (const key of ["Control", "Meta"]) {
    const [before, at] = [await axes(), await top()];
    await page.keyboard.down(key);
    await page.mouse.wheel(0, -200);
    await page.waitForFunction((before) => document.querySelector<HTMLElement>(".axes")!.innerText !== before, before);
    await page.keyboard.up(key);
    await pictured(page, "heatmap-wheel");
    assert.equal(await top(), at, key);
  }
  await page.close();
});

test("pixels are square until the matrix is to fill the width, and a matrix is in sight in a small window", async () => {
  for (const name of [V, AO, "encoder.layer.1.output.dense.weight", "encoder.layer.1.intermediate.dense.weight"]) {
    const { opened, view } = await openedAt(name);
    const { page } = opened;
    const named = { [V]: [NAMES, 0], [AO]: [0, ABOVE] }[name] ?? [0, 0];
    const size = async () => {
      const { width, height } = (await page.locator("canvas.view").boundingBox())!;
      return { width: (width - STRIPS - named[0]!) / view.columns, height: (height - STRIPS - named[1]!) / view.rows };
    };
    const { width, height } = await size();
    assert.ok(Math.abs(width - height) * Math.max(view.rows, view.columns) <= 2, `${name}: ${width} × ${height}`);
    const { y, height: tall } = (await page.locator("canvas.view").boundingBox())!;
    const detail = (await page.locator(".detail").boundingBox())!;
    assert.ok(
      tall >= 200 && y + tall <= detail.y && detail.y + detail.height <= SMALL.height,
      `${name}: ${y}, ${tall}`,
    );
    if (name === AO) await pictured(page, "heatmap-square");
    await choose(opened, "Size", "Fill the width");
    await drawn(opened);
    const filled = (await page.locator("canvas.view").boundingBox())!;
    assert.ok(filled.width > 940, `${filled.width}`);
    await page.close();
  }
});

for (const [width, height] of [
  [1500, 950],
  [1024, 700],
] as const)
  test(`axe finds nothing wrong on what a mask's page offers in any theme at ${width} × ${height}, and nothing runs out of it`, async () => {
    const messages = [...(await heatmapMessages()), await matrixMessage(V)];
    const apart = [{ name: "long-1", because: { why: "options", options: ["epochs"] } }];
    const state = { tab: "matrix", matrix: V, head: 1, scale: "fixed", parts: { "open heads": true } };
    for (const theme of Object.keys(THEMES)) {
      const opened = await pages.open("heatmap", { theme, width, height, state });
      const { page } = opened;
      await opened.send(...messages, { type: "seeds", seeds: [], apart });
      await page.locator("canvas.view").waitFor();
      await page.locator(".entry").fill("nowhere");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("Enter a row").waitFor();
      for (const tab of ["Matrix", "Changed by training", "Kept", "Numbers"]) {
        await page.getByRole("tab", { name: tab }).click();
        await page.getByRole("tab", { name: tab, selected: true }).waitFor();
        await drawn(opened);
        await picture(opened, `heatmap-${tab}-${theme}-${width}`);
        assert.deepEqual(await axe(opened), [], `${tab} in ${theme}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${tab} in ${theme}: ${wide}`);
      }
      nothingWrong(opened);
      await page.close();
    }
  });
