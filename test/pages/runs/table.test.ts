import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { RunRow } from "../../../src/messages.ts";
import { pictured } from "../../host/behaviour.ts";
import { axe, drawn, Pages } from "../browser.ts";
import { choose, nothingWrong, tableOf } from "../shown.ts";
import { curvesMessage, curvesOf, runRow, runsMessages, sweep } from "./fixture.ts";
import { columnOf, grid, ROWS, selected, showing } from "./showing.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

test("the table has the options that differ first, the latest run on top, and numbers with what they are", async () => {
  const opened = await showing(pages, sweep(1));
  const { page } = opened;
  const titles = (await page.locator(".runs-grid th").allTextContents()).slice(1);
  assert.deepEqual(titles, [
    ...["name", "learningRate", "task", "method", "seed", "state", "metric", "validation, %", "test, %"],
    ...["sparsity, %", "trained, %", "steps", "duration", "device", "date"],
  ]);
  assert.equal((await columnOf(opened, "name"))[0], "topic-0.003-1");
  const first = page.locator(ROWS, { hasText: "topic-0.003-1" });
  assert.match((await first.textContent())!, /8\d\.\d\d8\d\.\d–8\d\.\d/);
  const header = page.locator(".runs-grid th", { hasText: "validation, %" });
  assert.match((await header.getAttribute("title"))!, /validation examples, with its 95 % confidence interval/);
  await pictured(page, "runs-table");
  nothingWrong(opened);
  await page.close();
});

test("where metrics are not all shares, the header has no %, and each value says what it is", async () => {
  const [first, ...rest] = sweep(1);
  const perplexity = { metric: "perplexity", validation: { value: 2295.1, low: 2001, high: 2600.25 }, test: null };
  const opened = await showing(pages, [{ ...first!, ...perplexity }, ...rest]);
  const { page } = opened;
  const titles = (await page.locator(".runs-grid th").allTextContents()).slice(8, 10);
  assert.deepEqual(titles, ["validation", "test"]);
  const values = await columnOf(opened, "validation");
  assert.equal(values.filter((value) => /^\d\d\.\d\d %/.test(value)).length, rest.length);
  assert.ok(
    values.some((value) => value.startsWith("2,295.10 perplexity")),
    values.join(),
  );
  nothingWrong(opened);
  await page.close();
});

test("a column sorts by mouse and by keyboard, and runs that compare equal keep their order", async () => {
  const opened = await showing(pages, sweep(2));
  const { page } = opened;
  await page.getByRole("button", { name: "name", exact: true }).click();
  const byName = await columnOf(opened, "name");
  assert.deepEqual(
    byName,
    byName.toSorted((a, b) => a.localeCompare(b, undefined, { numeric: true })),
  );
  await page.keyboard.press("ArrowRight"); // learningRate
  await page.keyboard.press("Enter");
  const rates = (await columnOf(opened, "learningRate")).map(Number);
  assert.deepEqual(
    rates,
    rates.toSorted((a, b) => b - a),
  );
  assert.deepEqual((await columnOf(opened, "name")).slice(0, 4), [
    ...["sentiment-0.003-1", "sentiment-0.003-2", "topic-0.003-1", "topic-0.003-2"], // as the editor sent them
  ]);
  assert.equal(await page.locator(".runs-grid th[aria-sort]").getAttribute("aria-sort"), "descending");
  await page.close();
});

test("a filter takes words, conditions and values from a list, and says how many runs it hides", async () => {
  const opened = await showing(pages, sweep(3));
  const { page } = opened;
  const filter = page.getByRole("searchbox", { name: "Filter runs" });
  await filter.fill("learningRate>=0.001 seed:1 seed:2");
  await page.getByText("The filter hides 10 of 18 runs.").waitFor();
  assert.equal(await page.locator(ROWS).count(), 8);
  await filter.fill("");
  await choose(opened, "Column to filter by", "task");
  await choose(opened, "Value to filter by", "topic");
  assert.equal(await filter.inputValue(), "task:topic");
  assert.deepEqual([...new Set(await columnOf(opened, "task"))], ["topic"]);
  await pictured(page, "runs-filter");
  await page.close();
});

test("rows are selected by keyboard alone: Space, Shift and arrows, Ctrl+A, Escape; Enter opens the run", async () => {
  const opened = await showing(pages, sweep(3));
  const { page, posted } = opened;
  await grid(opened).focus();
  await page.keyboard.press(" "); // the first row becomes active, and nothing scrolls
  assert.match((await grid(opened).getAttribute("aria-activedescendant"))!, /^row-/);
  assert.equal(await grid(opened).evaluate((table) => table.scrollTop), 0);
  assert.equal(await selected(opened).count(), 0);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press(" ");
  assert.equal(await selected(opened).count(), 1);
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await drawn(opened);
  assert.equal(await selected(opened).count(), 3);
  await page.keyboard.press("ControlOrMeta+a");
  await page.getByText("18 of 18 selected").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("18 runs", { exact: true }).waitFor();
  await page.keyboard.press("End");
  const active = await grid(opened).getAttribute("aria-activedescendant");
  assert.ok(
    await page.evaluate((id) => document.getElementById(id!) !== null, active),
    "the active row is in the page",
  );
  await page.keyboard.press("Enter");
  assert.deepEqual((await posted()).at(-1), { type: "act", act: "run", runs: ["/w/masks/sentiment-0.0003-1"] });
  await page.close();
});

test("a click selects one run, Ctrl adds one, Shift a range; the buttons act on what is selected", async () => {
  const opened = await showing(pages, sweep(2));
  const { page, posted } = opened;
  const row = (i: number) => page.locator(`${ROWS}[aria-rowindex="${i + 2}"] td:nth-child(2)`);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await row(1).click();
  await button("Open heatmap").click();
  assert.deepEqual((await posted()).at(-1), { type: "act", act: "heatmap", runs: ["/w/masks/topic-0.003-1"] });
  await row(3).click({ modifiers: ["ControlOrMeta"] });
  await button("Diff masks").click();
  const both = ["/w/masks/topic-0.003-1", "/w/masks/topic-0.001-1"];
  assert.deepEqual((await posted()).at(-1), { type: "act", act: "diff", runs: both });
  await row(1).click();
  await row(4).click({ modifiers: ["Shift"] });
  assert.equal(await selected(opened).count(), 4);
  await button("Evaluate").click();
  assert.equal(((await posted()).at(-1)!.runs as string[]).length, 4);
  await page.close();
});

test("groups show the mean and the deviation over their seeds, and what the deviation is", async () => {
  const rows = sweep(3);
  const opened = await showing(pages, rows);
  const { page } = opened;
  await choose(opened, "Group runs by", "Group: same but for seeds");
  const group = page.locator(`${ROWS}.group`, { hasText: "task topic, learningRate 0.003" });
  const values = rows.filter(({ name }) => name.startsWith("topic-0.003")).map((row) => 100 * row.validation!.value);
  const mean = values.reduce((sum, value) => sum + value, 0) / 3;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
  await group.getByText(`${mean.toFixed(2)} ± ${deviation.toFixed(2)}`).waitFor();
  assert.ok(await page.getByText(/one sample standard deviation \(n − 1\) to either side, not confidence/).isVisible());
  assert.equal(await grid(opened).getAttribute("role"), "treegrid");
  await group.locator(".twist").click();
  assert.equal(await group.getAttribute("aria-expanded"), "false");
  await pictured(page, "runs-groups");
  assert.deepEqual(await axe(opened), []);
  await page.close();
});

test("the table is copied as shown, and saved with unrounded numbers and all options", async () => {
  const rows = sweep(1);
  const opened = await showing(pages, rows);
  const { page, posted } = opened;
  await page.getByRole("button", { name: "Copy table" }).click();
  const { text } = (await posted()).at(-1)! as { text: string };
  const [header, first] = text.split("\n").map((line) => line.split("\t"));
  assert.deepEqual([header![0], header!.length, first![0]], ["name", 15, "topic-0.003-1"]);
  await page.getByRole("button", { name: "Save table as CSV" }).click();
  const { data, name } = (await posted()).at(-1)! as { data: string; name: string };
  const saved = tableOf(data.replaceAll(/"Q,K,V,AO,I,O"/g, "QKV"));
  const wanted = rows.find((row) => row.name === saved[0]!.name)!;
  assert.equal(name, "runs.csv");
  assert.deepEqual([Number(saved[0]!.validation), saved[0]!.option_epochs], [wanted.validation!.value, "10"]);
  await page.getByRole("button", { name: "Copy Markdown" }).click();
  const { text: markdown } = (await posted()).at(-1)! as { text: string };
  assert.match(markdown, /^\| name \| learningRate \|/);
  assert.match(markdown.split("\n")[1]!, /^\| --- \| ---: \|/);
  await page.close();
});

test("while a run trains its row changes in place: focus, selection, scrolling and the other rows stay", async () => {
  const rows = sweep(20);
  const opened = await showing(pages, rows, { state: { sort: { column: "name", up: true } } });
  const { page, send } = opened;
  await grid(opened).focus();
  for (let i = 0; i < 40; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press(" ");
  await drawn(opened);
  const state = () =>
    page.evaluate(() => {
      const table = document.querySelector(".runs-grid")!;
      return [table.scrollTop, table.getAttribute("aria-activedescendant"), document.activeElement === table];
    });
  const before = await state();
  assert.ok(Number(before[0]) > 0 && before[2]);
  const other = page.locator(`${ROWS}[aria-selected=true]`);
  const element = await other.elementHandle();
  const [first] = rows.filter(({ name }) => name === "sentiment-0.001-20");
  await send({ type: "rows", rows: [{ ...first!, state: "running", step: 11, steps: 640 }] });
  await page.locator(ROWS, { hasText: "training · 11/640" }).waitFor({ state: "attached" });
  assert.deepEqual(await state(), before);
  assert.ok(await element!.evaluate((row) => row.isConnected && row.getAttribute("aria-selected") === "true"));
  const curves = curvesOf(rows[0]!);
  await send(curvesMessage([curves]), { type: "scope", study: null, total: 120 });
  await send({ type: "complete", runs: rows.slice(1).map(({ run }) => run) });
  await page.getByText("1 of 119 selected").waitFor();
  await page.close();
});

test("a thousand runs appear within 300 ms of the first paint, and only the rows in view are in the page", async () => {
  const rows = sweep(167).slice(0, 1000);
  const opened = await pages.open("runs", { height: 1100 });
  const { page } = opened;
  await page.getByText("Reading the runs…").waitFor();
  const messages = runsMessages(rows).map((message) => JSON.stringify(message));
  const milliseconds = await page.evaluate(async (texts) => {
    const all = texts.map((text) => JSON.parse(text));
    await new Promise(requestAnimationFrame);
    const began = performance.now();
    for (const message of all) window.postMessage(message);
    for (;;) {
      await new Promise(requestAnimationFrame);
      const table = document.querySelector(".runs-grid");
      if (table?.getAttribute("aria-rowcount") === "1001" && table.querySelectorAll("tbody tr").length > 10) break;
    }
    return performance.now() - began;
  }, messages);
  console.log(`1,000 runs: the table is drawn ${milliseconds.toFixed(0)} ms after the editor sent them`);
  assert.ok(milliseconds < 2000, `${milliseconds} ms`); // far above, because the machine may be busy
  assert.ok((await page.locator(ROWS).count()) < 60);
  await grid(opened).focus();
  await page.keyboard.press("End");
  await drawn(opened);
  assert.equal((await columnOf(opened, "name")).at(-1), "sentiment-0.0003-1");
  await page.close();
});

test("no runs, one run, unreadable and hostile ones are each shown for what they are", async () => {
  const none = await showing(pages, []);
  await none.page.getByText("There are no runs in this workspace yet.").waitFor();
  assert.deepEqual(await axe(none), []);
  await none.page.close();
  const one = await showing(pages, sweep(1).slice(0, 1));
  await one.page.getByText("1 run (none is selected)").waitFor();
  await one.page.close();
  const hostile = "<img src=x onerror=alert(1)>\u202e|`=cmd()` \u0000".repeat(3) + "x".repeat(300);
  const given = { task: hostile, learningRate: 0.001, seed: 1 };
  const damaged: RunRow = {
    ...runRow(given, {
      name: hostile,
      run: `/w/${hostile}`,
      state: "failed",
      metric: null,
      validation: null,
      test: null,
    }),
    reason: `log.jsonl, line 6: it is not JSON ${hostile}`,
  };
  const bare = { ...damaged, run: "/w/bare", name: "bare", state: "unstarted", reason: null, options: {} } as RunRow;
  const nothing = { sparsity: null, seconds: null, time: null, steps: null, step: 0 };
  const opened = await showing(pages, [damaged, { ...bare, ...nothing }, ...sweep(1)], { width: 900 });
  const { page, send } = opened;
  await send(curvesMessage([{ ...curvesOf(damaged, 0), reason: "not JSON" }]));
  await drawn(opened);
  assert.equal(await page.locator("img").count(), 0);
  assert.doesNotMatch((await page.locator("body").textContent())!, /\u202e/);
  await page.locator(ROWS, { hasText: "line 6: it is not JSON" }).waitFor();
  assert.deepEqual(await axe(opened), []);
  const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.ok(!isWider, "the page scrolls sideways");
  nothingWrong(opened);
  await page.close();
});

for (const theme of ["Dark Modern", "Light Modern", "High Contrast", "High Contrast Light"])
  test(`axe finds nothing wrong with the page of runs in ${theme}`, async () => {
    const rows = sweep(2);
    const opened = await showing(pages, rows, { theme, state: { selected: rows.slice(0, 4).map(({ run }) => run) } });
    await opened.send(curvesMessage(rows.map((row) => curvesOf(row))));
    await drawn(opened);
    assert.deepEqual(await axe(opened), []);
    await opened.page.close();
  });
