// What pages say beside their charts: a run's options, time, sparsities and layers, and the glossary.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { axe, drawn, type Opened, Pages } from "./browser.ts";
import { RUN_OPTIONS, runEvents } from "./fixture.ts";
import { nothingWrong, SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const rowsOf = async ({ page }: Opened, name: string) => {
  const rows = page.getByRole("table", { name, exact: true }).locator("tr");
  return (await rows.allTextContents()).map((text) => text.replaceAll(/\s+/g, " ").trim());
};

test("the curves come first, then the data and the options", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page } = opened;
  const places = [page.locator(".charts"), ...["Data", "Options"].map((name) => page.getByRole("heading", { name }))];
  const tops = await Promise.all(places.map(async (one) => (await one.boundingBox())!.y));
  assert.ok(tops[0]! < tops[1]! && tops[1]! <= tops[2]!, tops.join());
  await pictured(page, "run-curves");
  await page.close();
});

test("options that differ from their defaults come first with them, the others are folded, and all are explained", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page } = opened;
  await page.getByText("3 differ from the defaults of method mask").waitFor();
  assert.deepEqual(await rowsOf(opened, "Options"), [
    ...["seed7 (default: 1)", "epochs2 (default: 10)", "learningRate0.003 (default: 0.001)"],
    ...["model/m/tiny", "task/t/a.task.json", "out/r/sentiment-1"],
  ]);
  const names = page.getByRole("table", { name: "Options", exact: true }).getByRole("rowheader");
  assert.equal(await names.nth(1).getAttribute("title"), "passes over the training examples");
  for (const name of await names.all()) assert.ok(await name.getAttribute("title"), await name.innerText());
  const others = page.getByRole("table", { name: "Options with their defaults" });
  assert.equal(await others.isVisible(), false);
  await page.locator("summary", { hasText: "6 options have their default values" }).click();
  assert.ok((await rowsOf(opened, "Options with their defaults")).includes("kindsQ, K"));
  assert.ok((await rowsOf(opened, "Options with their defaults")).includes("patternnot set"));
  await page.evaluate(() => window.scrollTo(0, 0));
  await pictured(page, "run-options");
  await page.getByRole("button", { name: "Glossary" }).focus();
  await page.keyboard.press("Enter");
  const glossary = page.getByRole("region", { name: "Glossary" });
  await glossary
    .getByRole("definition")
    .filter({ hasText: /^passes over the training examples$/ })
    .waitFor();
  assert.deepEqual(
    await glossary
      .getByRole("term")
      .filter({ hasText: /^(epochs|maskSeed|kinds)$/ })
      .allTextContents(),
    ["maskSeed", "epochs", "kinds"],
  );
  await pictured(page, "run-glossary");
  nothingWrong(opened);
  await page.close();
});

test("the time a run takes is estimated from a former run, then from its own steps, and in the end it is the one measured", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  const hint = page.locator(".progress + .hint");
  const start = runEvents()[0]!;
  await send(
    { ...RUN_OPTIONS, former: null },
    { type: "events", reset: true, events: [] },
    { type: "state", state: "running" },
  );
  await hint.filter({ hasText: "no other run in this workspace with the same model" }).waitFor();
  await send({ type: "events", reset: true, events: runEvents().slice(0, 3) });
  await hint.filter({ hasText: "the median time of the latest steps" }).waitFor(); // its own, without any other run
  assert.match((await page.locator(".state").textContent())!, / · \d+ s left$/);
  await send({ type: "events", reset: true, events: [] }, RUN_OPTIONS);
  await hint
    .filter({ hasText: "A step will take about 0.31 s, evaluations included, as in the run sentiment-0" })
    .waitFor();
  await send({ type: "events", reset: false, events: [start] });
  await hint.filter({ hasText: "About 19 s for 60 steps, at 0.31 s per step" }).waitFor();
  await pictured(page, "run-estimate");
  await send({ type: "events", reset: true, events: runEvents() });
  await hint.filter({ hasText: "the median time of the latest steps" }).waitFor();
  assert.match((await page.locator(".state").textContent())!, / · 1 s left$/);
  await send(
    { type: "events", reset: false, events: [{ type: "done", result: resultOf(0.061) }] },
    { type: "state", state: "done" },
  );
  await page.locator(".state", { hasText: "Done · step 40 of 60 · epoch 2 · took 1 min 5 s" }).waitFor();
  assert.equal(await hint.count(), 0);
  await page.close();
});

const metrics = { examples: 100, accuracy: { value: 0.85, low: 0.8, high: 0.9 } };
const resultOf = (sparsity: number) => ({
  ...{ adaptation: "/r/r.mask.safetensors", steps: 60, seconds: 65, sparsity, bytes: 1_364_000 },
  ...{ validation: metrics, test: metrics },
});

test("each sparsity says whether it is that of the best step or of the last", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  const sentence = page.locator(".sentence");
  const events = runEvents();
  const toBest = events.slice(0, events.findIndex(({ type }) => type === "evaluation") + 1);
  await send({ type: "events", reset: true, events: toBest });
  await sentence
    .filter({
      hasText: "Sparsity at step 30, which is both the best and the last: 6.50 % of the masked weights are off.",
    })
    .waitFor();
  await send({ type: "events", reset: true, events });
  await sentence
    .filter({
      hasText:
        "Sparsity: 6.50 % of the masked weights are off at the best step (30), whose mask is saved; 7.00 % at the last step (40).",
    })
    .waitFor();
  assert.match((await page.locator("#zeros-title").textContent())!, /○ best step, whose mask is saved/);
  assert.equal(await page.locator("#zeros circle[fill='none']").count(), 1);
  await pictured(page, "run-sparsities");
  await page.close();
});

test("the legend shows and hides layers by click and key, all at once, and again after a reload", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page, kept } = opened;
  const lines = page.locator("#flips path");
  const legend = page.getByRole("group", { name: "Layers in the chart" });
  const pressed = () =>
    legend.getByRole("button").evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-pressed")));
  assert.deepEqual(await legend.getByRole("button").allTextContents(), [
    ...["layer 0", "layer 1", "layer 2", "above", "show all", "hide all"],
  ]);
  assert.equal(await lines.count(), 4);
  await legend.getByRole("button", { name: "layer 1" }).click();
  assert.deepEqual(await pressed(), ["true", "false", "true", "true", null, null]);
  assert.equal(await lines.count(), 3);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Space");
  assert.deepEqual((await pressed()).slice(0, 2), ["false", "false"]);
  assert.equal(await lines.count(), 2);
  await page.locator(".charts").scrollIntoViewIfNeeded();
  await pictured(page.locator(".chart.figure").last(), "run-layers");
  await legend.getByRole("button", { name: "hide all" }).click();
  assert.equal(await lines.count(), 0);
  await page.locator("#flips").focus();
  await page.keyboard.press("ArrowLeft");
  nothingWrong(opened);
  const again = await pages.open("run", { state: (await kept()) as object });
  await again.send({ type: "events", reset: true, events: runEvents() });
  await again.page.locator("#flips").waitFor();
  await drawn(again);
  assert.equal(await again.page.locator("#flips path").count(), 0);
  await again.page.getByRole("button", { name: "show all" }).click();
  assert.equal(await again.page.locator("#flips path").count(), 4);
  await again.page.close();
  await page.close();
});

test("the glossary opens beside the page, and Escape closes it and returns the focus", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page } = opened;
  await page.getByText("Matrices: Q query, K key, V value, AO attention output, I intermediate, O output").waitFor();
  await page
    .getByText(/\|z\| above 3 is rarely due to chance/)
    .first()
    .waitFor();
  const button = page.getByRole("button", { name: "Glossary" });
  const wide = () => page.locator("#page").evaluate((main) => main.getBoundingClientRect().right);
  const before = await wide();
  await button.focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("region", { name: "Glossary" });
  assert.ok(await panel.evaluate((element) => element === document.activeElement));
  assert.ok((await wide()) <= (await panel.boundingBox())!.x && (await wide()) < before, "the page makes room");
  assert.equal((await panel.boundingBox())!.y, 0);
  await pictured(page, "glossary");
  assert.deepEqual(await axe(opened), []);
  await page.keyboard.press("Escape");
  assert.equal(await panel.count(), 0);
  assert.ok(await button.evaluate((element) => element === document.activeElement));
  nothingWrong(opened);
  await page.close();
});
