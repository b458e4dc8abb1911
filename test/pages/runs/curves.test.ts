import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pictured } from "../../host/behaviour.ts";
import { axe, drawn, Pages } from "../browser.ts";
import { nothingWrong, savedTable } from "../shown.ts";
import { curvesMessage, curvesOf, sweep } from "./fixture.ts";
import { selected, showing } from "./showing.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

test("the overlay asks for the curves of the selected runs, draws them, and reads all of them at one step", async () => {
  const rows = sweep(1);
  const opened = await showing(pages, rows, { state: { selected: rows.slice(0, 3).map(({ run }) => run) } });
  const { page, send, posted } = opened;
  assert.deepEqual(
    (await posted()).findLast(({ type }) => type === "curves"),
    {
      type: "curves",
      runs: rows
        .slice(0, 3)
        .map(({ run }) => run)
        .reverse(),
    },
  );
  const curves = rows.slice(0, 3).map((row) => curvesOf(row));
  await send(curvesMessage(curves));
  await drawn(opened);
  await page.locator("#curve-loss").focus();
  await page.keyboard.press("ArrowLeft");
  await page.getByText("Values nearest to step 640").waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.getByText("Values nearest to step 639").waitFor();
  const table = page.getByRole("table", { name: "Values of the lines" });
  assert.equal(await table.locator("tbody tr").count(), 3);
  const cells = await table.locator("tbody tr", { hasText: rows[0]!.name }).locator("td").allTextContents();
  assert.equal(cells[3], (100 * curves[0]!.sparsity.values[638]!).toFixed(2));
  await pictured(page, "runs-overlay");
  const box = (await page.locator("#curve-metric").boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 60);
  await page.getByText(/Values nearest to step 3\d\d/).waitFor();
  await table.getByRole("button", { name: rows[0]!.name }).click();
  assert.equal(await table.getByRole("button", { name: rows[0]!.name }).getAttribute("aria-pressed"), "false");
  nothingWrong(opened);
  await page.close();
});

test("the overlay is saved as a picture with a path per curve, and as a table with every point", async () => {
  const rows = sweep(1).slice(0, 3);
  const opened = await showing(pages, rows, { state: { smoothing: 0, axis: "time" } });
  const { page, send, posted } = opened;
  const curves = rows.map((row) => curvesOf(row, 40, 10));
  await send(curvesMessage(curves));
  await drawn(opened);
  await page.getByRole("button", { name: "Save SVG" }).click();
  await drawn(opened);
  const { name, data } = (await posted()).findLast(({ type }) => type === "save")! as Record<"name" | "data", string>;
  assert.equal(name, "runs.svg");
  assert.equal(data.match(/<path d="M[^"]*" fill="none" stroke="#/g)!.length, 3 * 4 + 3 * 4); // lines, and intervals of the metric
  assert.doesNotMatch(data, /NaN|undefined|<image/);
  for (const text of [...rows.map((row) => row.name), "Time includes evaluations", "Runs"])
    assert.ok(data.includes(text), text);
  const { rows: points, metadata } = await savedTable(opened);
  assert.equal(points.length, 3 * (40 + 4 + 40 + 4));
  const point = points.find(({ run, quantity, step }) => run === rows[1]!.run && quantity === "loss" && step === "20")!;
  const i = 19;
  assert.deepEqual(
    [Number(point.value), Number(point.seconds)],
    [curves[1]!.loss.values[i], curves[1]!.loss.seconds![i]],
  );
  assert.deepEqual(metadata.runs, rows.map(({ run }) => run).reverse());
  await page.getByRole("tab", { name: "Parallel coordinates" }).click();
  await drawn(opened);
  await page.getByRole("button", { name: "Save SVG" }).click();
  await drawn(opened);
  const parallel = (await posted()).findLast(({ type }) => type === "save")! as Record<"name" | "data", string>;
  assert.equal(parallel.name, "parallel.svg");
  assert.match(parallel.data, /<path d="M[^"]*L[^"]*" fill="none"/);
  nothingWrong(opened);
  await page.close();
});

test("charts zoom and pan together by keyboard and mouse, and stay as they are over a reload", async () => {
  const rows = sweep(1);
  const opened = await showing(pages, rows);
  const { page, send, kept } = opened;
  await send(curvesMessage(rows.map((row) => curvesOf(row))));
  await drawn(opened);
  const range = async () => ((await kept()) as { range: { from: number; to: number } | null }).range;
  await page.locator("#curve-loss").focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press("+");
  const zoomed = (await range())!;
  assert.ok(zoomed.to - zoomed.from < 300, JSON.stringify(zoomed));
  await page.keyboard.press("Shift+ArrowRight");
  assert.ok((await range())!.from > zoomed.from);
  const box = (await page.locator("#curve-metric").boundingBox())!;
  const before = (await range())!;
  await page.mouse.move(box.x + 200, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 300, box.y + 60, { steps: 4 });
  await page.mouse.up();
  assert.ok((await range())!.from < before.from);
  const state = (await kept()) as object;
  const again = await showing(pages, rows, { state });
  assert.deepEqual(((await again.kept()) as { range: unknown }).range, await range());
  await page.locator("#curve-loss").focus();
  await page.keyboard.press("0");
  assert.equal(await range(), null);
  await again.page.close();
  await page.close();
});

test("a brush on an axis selects runs, by mouse and by keyboard", async () => {
  const opened = await showing(pages, sweep(2), { state: { parts: { view: "parallel" } } });
  const { page } = opened;
  const least = page.getByRole("slider", { name: "validation, %: least" });
  await least.focus();
  for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowUp");
  await drawn(opened);
  const some = await selected(opened).count();
  assert.ok(some > 0 && some < 12, `${some}`);
  await pictured(page, "runs-parallel");
  await page.keyboard.press("Escape");
  await page.getByText("12 runs", { exact: true }).first().waitFor();
  const axis = (await page.locator(".axis-line").nth(1).boundingBox())!; // task
  await page.mouse.move(axis.x + 9, axis.y + 2);
  await page.mouse.down();
  await page.mouse.move(axis.x + 9, axis.y + 60, { steps: 3 });
  await page.mouse.up();
  await drawn(opened);
  assert.deepEqual(await selected(opened).locator("td:nth-child(4)").allTextContents(), Array(6).fill("topic"));
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await page.close();
});

test("fifty curves of two thousand points pan smoothly", async () => {
  const rows = sweep(9).slice(0, 50);
  const opened = await showing(pages, rows, { width: 1500, state: { selected: rows.map(({ run }) => run) } });
  const { page, send } = opened;
  await send(curvesMessage(rows.map((row) => curvesOf(row, 2000, 20))));
  await drawn(opened);
  await page.locator("#curve-loss").focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press("+");
  const frames = await page.evaluate(async () => {
    const canvas = document.querySelector<HTMLCanvasElement>("#curve-loss")!;
    const { left, top } = canvas.getBoundingClientRect();
    const fire = (type: string, x: number) =>
      canvas.dispatchEvent(
        new PointerEvent(type, { clientX: left + x, clientY: top + 80, button: 0, buttons: 1, pointerId: 1 }),
      );
    canvas.setPointerCapture = () => {};
    fire("pointerdown", 300);
    const frames: number[] = [];
    let before = await new Promise(requestAnimationFrame);
    for (let i = 0; i < 120; i++) {
      fire("pointermove", 300 + 80 * Math.sin(i / 10));
      const now = await new Promise<number>(requestAnimationFrame);
      frames.push(now - before);
      before = now;
    }
    fire("pointerup", 300);
    return frames;
  });
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length / 2]!;
  console.log(`panning 50 curves of 2,000 points: median frame ${median(frames).toFixed(1)} ms`);
  assert.ok(median(frames) < 200, `${median(frames)} ms`); // far above, because the machine may be busy
  await page.close();
});
