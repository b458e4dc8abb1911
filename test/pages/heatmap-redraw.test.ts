import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { HeadDescription } from "../../src/mask/describe.ts";
import { drawn, type Opened, Pages, THEMES } from "./browser.ts";
import { describedAs, heatmapMessages, matrixMessage } from "./fixture.ts";
import { described, heads } from "./heatmap-parts.ts";
import { MATRIX, nothingWrong, SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const detail = ({ page }: Opened) => page.locator(".detail");

/** From now on, the page's own events of keys, pointer and focus are listed: a user makes none while it is redrawn. */
async function listEvents({ page }: Opened): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const made: string[] = [];
    for (const type of ["keydown", "keyup", "click", "pointerdown", "pointermove", "mousedown", "focus", "blur"])
      window.addEventListener(type, () => made.push(type), { capture: true });
    Object.assign(window, { made });
  });
  return () => page.evaluate(() => (window as unknown as { made: string[] }).made);
}

/** As the editor does it: the body gets another class, and the root other colours. */
async function wear({ page }: Opened, name: string): Promise<void> {
  await page.evaluate(({ body, variables }) => {
    for (const [key, value] of Object.entries(variables)) document.documentElement.style.setProperty(key, value);
    document.body.className = body;
  }, THEMES[name]!);
}

/** The same heads with other numbers. */
const moved = (heads: readonly HeadDescription[]) =>
  heads.map((head) => ({ ...head, effect: { value: 2.5, low: 2.1, high: 2.9 }, z: -5, marked: true }));

test("what is told leaves the focus on the same cell, the page and a wide grid scrolled, and the cell pinned with its new numbers", async () => {
  const opened = await pages.open("heatmap", { width: 400, height: 300 });
  await SHOWN.heatmap(opened);
  const { page, send } = opened;
  const cell = heads(opened).locator("td.cell").nth(6);
  const wide = page.locator(".figure", { has: heads(opened) });
  const whole = await described();
  // So many heads that their grid scrolls sideways.
  const many = whole.description.heads.flatMap((head) =>
    head.kind === "all"
      ? [0, 1, 2, 3].map((n) => ({ ...head, head: head.head + n * whole.description.base.heads }))
      : [],
  );
  await send(describedAs(whole, { heads: many }));
  await drawn(opened);
  await cell.click();
  const [before, pinned] = [await cell.evaluateHandle((cell) => cell), await detail(opened).innerText()];
  await wide.evaluate((figure) => {
    figure.scrollLeft = 25;
    window.scrollBy(0, 15);
  });
  await drawn(opened);
  const place = () =>
    cell.evaluate((cell) => {
      const { left, top } = cell.getBoundingClientRect();
      return [left, top, cell.closest(".figure")!.scrollLeft].map(Math.round);
    });
  const places = await place();
  assert.equal(places[2], 25);
  assert.ok(await page.evaluate(() => window.scrollY > 0));
  const events = await listEvents(opened);
  await send(describedAs(whole, { heads: moved(many) }));
  await page.locator(".sentence", { hasText: "2.50 times" }).waitFor();
  await wear(opened, "Light Modern");
  await drawn(opened);
  assert.match(await cell.innerText(), /^2\.50/);
  assert.ok(await cell.evaluate((now, before) => now === before && now === document.activeElement, before));
  assert.equal(await cell.getAttribute("aria-selected"), "true");
  assert.match(
    await detail(opened).innerText(),
    /2\.50 \(95 % confidence interval 2\.10–2\.90\) times the expected count/,
  );
  assert.notEqual(await detail(opened).innerText(), pinned);
  assert.ok(await detail(opened).getAttribute("data-locked"));
  assert.deepEqual(await place(), places);
  assert.deepEqual(await events(), []);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".locked").count(), 0);
  nothingWrong(opened);
  await page.close();
});

test("a matrix that is zoomed, pinned and focused stays so in the same canvas whatever is told, and in another theme", async () => {
  const opened = await pages.open("heatmap", { height: 500, state: { tab: "matrix", matrix: MATRIX } });
  const { page, send, posted } = opened;
  await send(...(await heatmapMessages()), await matrixMessage(MATRIX));
  const canvas = page.locator("canvas.view");
  const picture = () => canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
  await canvas.focus();
  await page.evaluate(() => window.scrollTo(0, 40));
  for (const key of ["+", "+", "ArrowRight", "Enter", "Shift+ArrowDown"]) await page.keyboard.press(key);
  const asked = (await posted()).findLast(({ type }) => type === "weight")!;
  await send({ ...asked, facts: { score: 0.25, value: -0.5 } });
  await drawn(opened);
  // The first weight was asked for, and the one pinned since: its facts are awaited.
  const last = (await posted()).findLast(({ type }) => type === "weight")!;
  await send({ ...last, facts: { score: 0.25, value: -0.5 } });
  await detail(opened).getByText("initial score 0.2500 · weight −0.5000").waitFor();
  const [before, pinned, shown] = [
    await canvas.evaluateHandle((one) => one),
    await detail(opened).innerText(),
    await picture(),
  ];
  const axes = await page.locator(".axes").innerText();
  const events = await listEvents(opened);
  const whole = await described();
  await send(
    describedAs(whole, { heads: moved(whole.description.heads) }),
    { type: "seeds", seeds: [{ name: "again", maskSeed: 99, heads: whole.description.heads }] },
    await matrixMessage(MATRIX),
  );
  await page.locator(".sentence", { hasText: "2.50 times" }).waitFor();
  await drawn(opened);
  const stays = async () => {
    assert.ok(await canvas.evaluate((now, before) => now === before && now === document.activeElement, before));
    assert.equal(await detail(opened).innerText(), pinned);
    assert.ok(await detail(opened).getAttribute("data-locked"));
    assert.equal(await page.locator(".axes").innerText(), axes);
    assert.equal(await page.evaluate(() => window.scrollY), 40);
  };
  await stays();
  assert.equal(await picture(), shown);
  await wear(opened, "Light Modern");
  await drawn(opened);
  await stays();
  assert.notEqual(await picture(), shown);
  await wear(opened, "Dark Modern");
  await drawn(opened);
  assert.equal(await picture(), shown);
  assert.deepEqual(await events(), []);
  nothingWrong(opened);
  await page.close();
});

test("a pinned cell is released when it goes, and a matrix that is opened starts with nothing pinned", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page, send } = opened;
  await heads(opened).locator("td.cell").first().click();
  const whole = await described();
  await send(describedAs(whole, { heads: [] }));
  await page.getByText("This mask does not cover these matrices.").waitFor();
  assert.equal(await detail(opened).getAttribute("data-locked"), null);
  await send(whole, await matrixMessage(MATRIX), { type: "show", matrix: MATRIX });
  await page.getByRole("tab", { name: "Matrix", selected: true }).waitFor();
  await page.locator("canvas.view").waitFor();
  assert.equal(await detail(opened).getAttribute("data-locked"), null);
  assert.match(await detail(opened).innerText(), /^Ctrl\/⌘\+wheel/);
  await page.close();
});
