// The page of a run with linear attention, whose first stage trains only the feature maps.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TrainEvent } from "../../../src/train/events.ts";
import { axe, drawn, type Opened, Pages, THEMES } from "../browser.ts";
import { RUN_OPTIONS, runEvents, transferEvents } from "../fixture.ts";
import { nothingWrong, picture, savedTable } from "../shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const [START, ...REST] = runEvents();

const show = async ({ send, page }: Opened, events: readonly TrainEvent[], state = "running") => {
  await send(RUN_OPTIONS, { type: "events", reset: true, events: [START, ...events] }, { type: "state", state });
  await page.locator("#transfer path").first().waitFor();
};
const stateOf = ({ page }: Opened) => page.locator(".state").textContent();
const readOut = ({ page }: Opened) => page.locator("#transfer-out").textContent();

test("while only the feature maps are trained, the page counts these steps, estimates their time, and draws the divergence", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  await show(opened, transferEvents(40));
  assert.equal(
    await stateOf(opened),
    "Training · transfer step 40 of 100 · 30 s left, then 60 steps of the run itself",
  );
  const bar = page.getByRole("progressbar", { name: "Transfer steps done" });
  assert.deepEqual(await Promise.all(["aria-valuenow", "aria-valuemax"].map((name) => bar.getAttribute(name))), [
    "40",
    "100",
  ]);
  await page.locator(".sentence", { hasText: "only the feature maps of linear attention have been trained" }).waitFor();
  assert.match((await page.locator("#transfer-title").textContent())!, /^Transfer .* from softmax attention in nats/);
  const { loss } = transferEvents(40).at(-1) as TrainEvent & { readonly type: "transfer" };
  const means = transferEvents(40).slice(-20) as readonly { readonly loss: number }[];
  const mean = means.reduce((sum, event) => sum + event.loss, 0) / 20;
  assert.equal(
    await readOut(opened),
    `transfer step 40 of 100: divergence ${loss.toPrecision(3)} nats, mean ${mean.toPrecision(3)}, learning rate 0.010`,
  );
  assert.deepEqual((await page.locator("#transfer text[text-anchor='middle']").allTextContents()).at(-1), "100");
  await picture(opened, "transfer-under-way");
  const [next] = transferEvents(41).slice(-1);
  await send({ type: "events", reset: false, events: [next] });
  await page.locator(".state", { hasText: "transfer step 41 of 100" }).waitFor();
  await send({ type: "state", state: "stopped" });
  await page.locator(".state", { hasText: /^Stopped at a checkpoint · transfer step 41 of 100$/ }).waitFor();
  nothingWrong(opened);
  await page.close();
});

test("a stage that is resumed from its checkpoint draws the steps after it anew, and keeps those before it", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  await show(opened, transferEvents(60));
  await send({ type: "events", reset: false, events: [START, ...transferEvents(31).slice(30)] });
  await page.locator(".state", { hasText: "transfer step 31 of 100" }).waitFor();
  await page.locator("#transfer").focus();
  await page.keyboard.press("Home");
  assert.match((await readOut(opened))!, /^transfer step 1 of 100: divergence 0\.500 nats/);
  await page.keyboard.press("End");
  assert.match((await readOut(opened))!, /^transfer step 31 of 100/);
  await page.close();
});

test("afterwards the run's own steps count, the divergence has an axis and a cursor of its own, and its numbers are saved", async () => {
  const opened = await pages.open("run");
  const { page } = opened;
  await show(opened, [...transferEvents(100), ...REST]);
  assert.equal(await stateOf(opened), "Training · step 40 of 60 · epoch 2 · 1 s left");
  await page.locator("#transfer").focus();
  await page.keyboard.press("Home");
  assert.match((await readOut(opened))!, /^transfer step 1 of 100/);
  assert.match(
    (await page.locator("#loss-out").textContent())!,
    /^step 40: /,
    "the other charts stay at their last step",
  );
  const table = await savedTable(opened, "Transfer steps");
  assert.equal(table.name, "sentiment-1-transfer.csv");
  assert.equal(table.rows.length, 100);
  assert.deepEqual(table.rows[0], { step: "1", divergence: "0.5", learningRate: "0.01" });
  await page.locator("summary", { hasText: "Tables" }).click();
  const rows = page.getByRole("table", { name: "Transfer to linear attention" }).locator("tbody tr");
  assert.deepEqual(await rows.first().locator("td").allTextContents(), ["1", "0.5000", "0.010"]);
  assert.deepEqual((await rows.last().locator("td").allTextContents())[0], "100");
  nothingWrong(opened);
  await page.close();
});

test("a run without this stage has none of it", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  await send(RUN_OPTIONS, { type: "events", reset: true, events: [START, ...REST] });
  await page.locator("#loss path").first().waitFor();
  assert.equal(await page.locator("#transfer").count(), 0);
  await page.locator("summary", { hasText: "Tables" }).click();
  assert.doesNotMatch(await page.locator(".charts, .tables").allInnerTexts().then(String), /transfer|divergence/i);
  await page.close();
});

for (const theme of Object.keys(THEMES) as (keyof typeof THEMES)[])
  test(`axe finds nothing wrong with the divergence in ${theme}`, async () => {
    const opened = await pages.open("run", { theme });
    await show(opened, [...transferEvents(100), ...REST]);
    await drawn(opened);
    await picture(opened, `transfer-${theme}`);
    assert.deepEqual(await axe(opened), []);
    await opened.page.close();
  });
