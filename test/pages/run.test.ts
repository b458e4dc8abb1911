import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { drawn, Pages } from "./browser.ts";
import { RUN_OPTIONS, runEvents } from "./fixture.ts";
import { nothingWrong, SHOWN, savedTable } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

test("the page of a run whose folder is gone says so", async () => {
  const { page, send } = await pages.open("run");
  await send({ type: "failed", message: "/r: the run folder no longer exists; restore it, or close this page." });
  await page.getByRole("alert").getByText("the run folder no longer exists").waitFor();
  assert.equal(await page.locator("svg").count(), 0);
  await page.close();
});

test("the run page draws each event that comes, keeps the focus, and stops the run", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page, send, posted } = opened;
  const state = page.locator(".state");
  assert.equal(await state.textContent(), "Training · step 40 of 60 · epoch 2 · 1 s left");
  const stop = page.getByRole("button", { name: "Stop at a checkpoint" });
  await stop.focus();
  const step = { type: "step", step: 41, epoch: 3, loss: 0.2, learningRate: 0.001, sparsity: 0.06, secondsLeft: 19 };
  await send({ type: "events", reset: false, events: [step] });
  await page.locator(".state", { hasText: "step 41 of 60" }).waitFor();
  await page.keyboard.press("Enter");
  assert.deepEqual((await posted()).at(-1), { type: "command", command: "stop" });
  await send({ type: "state", state: "stopped" });
  await page.getByRole("button", { name: "Resume" }).click();
  assert.deepEqual((await posted()).at(-1), { type: "command", command: "resume" });
  await page.close();
});

test("a run that goes on from a checkpoint draws the steps after it anew", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  const [start, ...rest] = runEvents();
  const again = { ...start, step: 30 };
  const loss = { type: "step", step: 31, epoch: 2, loss: 0.123, learningRate: 0.001, sparsity: 0.05, secondsLeft: 9 };
  await send(
    { type: "events", reset: true, events: [start, ...rest, again, loss] },
    { type: "state", state: "running" },
  );
  await page.locator("#loss-out", { hasText: "step 31: loss 0.123" }).waitFor();
  assert.match((await page.locator("#score-out").textContent())!, /^step 30: 85\.0 %/);
  await page.close();
});

test("the labels of the axes are whole, also where a curve hardly moves and after many steps", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  const still = runEvents().map((event) => {
    const sparsity = "step" in event ? 0.0501945 + 1e-9 * event.step : 0;
    if (event.type === "evaluation") return { ...event, dynamics: { ...event.dynamics!, sparsity } };
    if (event.type === "start") return { ...event, steps: 20_000 };
    return event.type === "step" ? { ...event, sparsity } : event;
  });
  await send({ type: "events", reset: true, events: still }, { type: "state", state: "running" });
  const labels = page.locator("svg.chart#zeros text", { hasText: /^5\.019\d{3}/ });
  await labels.first().waitFor();
  const cut = await page.locator("svg.chart text").evaluateAll((all) =>
    (all as SVGTextElement[])
      .filter((text) => {
        const { x, width } = text.getBBox();
        return x < 0 || x + width > text.ownerSVGElement!.clientWidth;
      })
      .map((text) => text.textContent),
  );
  assert.deepEqual(cut, []);
  await page.locator(".state", { hasText: "step 40 of 20,000" }).waitFor();
  await page.close();
});

test("the masks of each evaluation are a grid, which a slider moves through, by keyboard too", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page } = opened;
  const slider = page.getByRole("slider", { name: "Evaluation" });
  const grid = page.getByRole("grid", { name: "Mask dynamics by layer and matrix kind" });
  const texts = () => grid.locator("tbody td").allTextContents();
  assert.equal(await slider.getAttribute("aria-valuetext"), "step 40");
  assert.deepEqual((await texts()).filter(Boolean), ["7.0", "7.0", "7.0", "7.0"]);
  await slider.focus();
  await page.keyboard.press("ArrowLeft");
  assert.equal(await slider.getAttribute("aria-valuetext"), "step 30");
  assert.deepEqual((await texts()).filter(Boolean), ["6.5", "6.5", "6.5", "6.5"]);
  await page.getByRole("combobox", { name: "Quantity" }).click();
  await page.getByRole("option", { name: "flips since the previous evaluation" }).click();
  assert.deepEqual((await texts()).filter(Boolean), ["15.0", "9.0", "6.0", "3.0"], "the highest row is the pooler's");
  await grid.locator("td", { hasText: "15.0" }).hover();
  assert.match(
    (await page.locator(".detail").textContent())!,
    /^pooler\.dense\.weight, step 30: sparsity 6\.50 % of 1,000/,
  );
  await page.close();
});

test("arrow keys read a chart, the others follow, and the numbers stand in tables", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page } = opened;
  await page.locator("#flips").focus();
  await page.keyboard.press("Home");
  assert.equal(
    await page.locator("#flips-out").textContent(),
    "steps 0 to 30: 330 weights flipped; most in layer 2 (3.00 per step and per 1,000 weights)",
  );
  assert.match((await page.locator("#loss-out").textContent())!, /^step 30: loss 0\.410/);
  await page.locator("summary", { hasText: "Tables" }).click();
  const cells = await page
    .getByRole("table", { name: "Evaluations" })
    .locator("tbody tr")
    .first()
    .locator("td")
    .allTextContents();
  assert.deepEqual(cells.slice(0, 4), ["30", "validation", "85.00", "82.0–87.0"]);
  await page.close();
});

test("the run page counts the labels of each split with their shares, and the examples that were cut", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page } = opened;
  const rows = page.getByRole("table", { name: "Data" }).locator("tbody tr");
  assert.deepEqual(await Promise.all((await rows.all()).map((row) => row.locator("td").allTextContents())), [
    ["examples", "640", "100", "100"],
    ["truncated to at most 128 tokens", "12 (1.9 %)", "3 (3.0 %)", "0 (0.0 %)"],
    ["label positive", "480 (75.0 %)", "52 (52.0 %)", "49 (49.0 %)"],
    ["label negative", "160 (25.0 %)", "48 (48.0 %)", "51 (51.0 %)"],
  ]);
  await pictured(page.locator(".beside"), "run-data");
  await page.locator("summary", { hasText: "Tables" }).click();
  const labels = page.getByRole("table", { name: "Labels" });
  assert.deepEqual(await labels.locator("tbody tr").first().locator("td").allTextContents(), [
    ...["negative", "160", "48", "51"],
  ]);
  const evaluations = page.getByRole("table", { name: "Evaluations" });
  assert.deepEqual((await evaluations.locator("th").allTextContents()).slice(-2), ["flips", "truncated"]);
  assert.deepEqual((await evaluations.locator("tbody tr").first().locator("td").allTextContents()).at(-1), "3");
  await page.close();
});

test("a failed run says why and offers to go on, a finished one its heatmap", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  await send(
    { type: "events", reset: true, events: runEvents() },
    { type: "state", state: "failed", reason: "the compute process ended (SIGKILL)" },
  );
  await page.getByRole("alert").getByText("SIGKILL").waitFor();
  assert.ok(await page.getByRole("button", { name: "Resume" }).isVisible());
  assert.ok(await page.getByRole("button", { name: "Open heatmap" }).isHidden());
  const metrics = { examples: 100, accuracy: { value: 0.85, low: 0.8, high: 0.9 } };
  const result = { adaptation: "/r/r.mask.safetensors", steps: 60, seconds: 9, sparsity: 0.06, bytes: 1_364_000 };
  await send(
    {
      type: "events",
      reset: false,
      events: [{ type: "done", result: { ...result, validation: metrics, test: metrics } }],
    },
    { type: "state", state: "done" },
  );
  await page.getByRole("button", { name: "Open heatmap" }).waitFor();
  assert.match(
    (await page.locator(".sentence").textContent())!,
    /Best accuracy .* 85\.0 % \(95 % confidence interval 82\.0–87\.0 %\) at step 30.*1\.36 MB/,
  );
  for (const width of [700, 760, 820, 880]) {
    await page.setViewportSize({ width, height: 700 });
    const lines = await page
      .locator(".sentence strong")
      .evaluateAll((all) => all.map((one) => new Set([...one.getClientRects()].map(({ y }) => y)).size));
    assert.deepEqual(new Set(lines), new Set([1]), `a number stands apart from its unit at ${width} pixels`);
  }
  await page.close();
});

test("a run is saved as tidy tables with its options beside them, and as a picture that carries its own colours", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page, posted } = opened;
  const evaluations = await savedTable(opened, "Evaluations");
  assert.equal(evaluations.name, "sentiment-1-evaluations.csv");
  const { file, table, run, options: saved } = evaluations.metadata;
  assert.deepEqual([file, table, run], ["sentiment-1-evaluations.csv", "Evaluations", "sentiment-1"]);
  assert.deepEqual(saved, RUN_OPTIONS.options);
  assert.deepEqual(
    evaluations.rows.map(({ step, split, metric, value, flips }) => [step, split, metric, value, flips]),
    [
      ["30", "validation", "accuracy", "0.85", "330"],
      ["40", "validation", "accuracy", "0.84", "80"],
    ],
  );
  const flips = (await savedTable(opened, "Flips by layer")).rows;
  assert.deepEqual(
    flips.map(({ layer, since, step, flips }) => [layer, since, step, flips].join()),
    ["0,0,30,30", "0,30,40,20", "1,0,30,60", "1,30,40,20", "2,0,30,90", "2,30,40,20", ",0,30,150", ",30,40,20"],
  );
  const steps = (await savedTable(opened, "Steps")).rows;
  assert.equal(steps.length, 40);
  const { step, epoch, loss, learningRate } = steps[0]!;
  assert.deepEqual([step, epoch, loss, learningRate], ["1", "1", "0.7", "0.001"]);
  assert.deepEqual((await savedTable(opened, "Labels")).rows[0], {
    label: "negative",
    split: "train",
    examples: "160",
  });
  await page.getByRole("button", { name: "Save SVG" }).click();
  const svg = (await posted()).at(-1)!.data as string;
  assert.doesNotMatch(svg, /var\(/);
  assert.match(svg, /<desc>Run sentiment-1\ntask [\s\S]*saved by masklens 1<\/desc>.*Loss/);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  assert.equal(texts[0], "Run sentiment-1");
  assert.equal(texts.at(-1), "Task /t/a.task.json, base model /m/tiny");
  await page.close();
});

test("a run without steps, lines of its log that are none, and an unknown state leave the page readable", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  await send({ type: "events", reset: true, events: [] }, { type: "state", state: "unfinished" });
  await page.locator(".sentence", { hasText: "No steps yet." }).waitFor();
  const rubbish = [null, 5, "text", {}, { type: "step" }, { type: "step", step: 3, loss: null }, { type: "of later" }];
  await send({ type: "events", reset: true, events: [...rubbish, ...runEvents(), ...rubbish] });
  await page.locator("#loss-out", { hasText: "step 40: loss 0.310" }).waitFor();
  await send({ type: "state", state: "of a later version" });
  await page.locator(".state", { hasText: /^step 40 of 60/ }).waitFor();
  assert.doesNotMatch(await page.locator("main").innerText(), /NaN|undefined|null|went wrong/);
  nothingWrong(opened);
  await page.close();
});

test("a chart of one step shows it as a dot, and its axes have whole steps", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  const [start, , step] = runEvents();
  await send({ type: "events", reset: true, events: [{ ...start, steps: 1 }, step] });
  await page.locator("#loss circle").first().waitFor();
  const labels = await page.locator("#loss text[text-anchor='middle']").allTextContents();
  assert.deepEqual(labels, ["0", "1"]);
  nothingWrong(opened);
  await page.close();
});

test("the step that is read in the charts is still read when further steps come, and so are tables that were opened", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page, send } = opened;
  await page.locator("summary", { hasText: "Tables" }).click();
  await page.locator("#loss").focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowLeft");
  const told = await page.locator("#loss-out").textContent();
  assert.match(told!, /^step 38: /);
  const step = { type: "step", step: 41, epoch: 3, loss: 0.2, learningRate: 0.001, sparsity: 0.06, secondsLeft: 19 };
  await send({ type: "events", reset: false, events: [step] });
  await page.locator(".state", { hasText: "step 41 of 60" }).waitFor();
  assert.equal(await page.locator("#loss-out").textContent(), told);
  assert.equal(await page.locator("#loss .cursor line").count(), 1);
  await page.keyboard.press("ArrowLeft");
  assert.match((await page.locator("#loss-out").textContent())!, /^step 37: /);
  assert.ok(await page.locator("table.numbers").first().isVisible());
  await page.close();
});

const stepAt = (step: number) => ({
  ...{ type: "step", step, epoch: 3, loss: 0.2, learningRate: 0.001, sparsity: 0.06, secondsLeft: 60 - step },
});

test("a step that comes leaves the focus, what is scrolled, and the step that is read where they are", async () => {
  const opened = await pages.open("run", { width: 460, height: 400 });
  await SHOWN.run(opened);
  const { page, send } = opened;
  await page.locator("summary", { hasText: "Tables" }).click();
  const table = page.locator(".scroll", { has: page.getByRole("table", { name: "Evaluations" }) });
  await table.evaluate((box) => box.scrollTo({ left: 70 }));
  await page.locator("#score").focus();
  await page.keyboard.press("Home");
  const told = await page.locator("#score-out").textContent();
  assert.match(told!, /^step 30: /);
  await page.evaluate(() => window.scrollTo(0, 210));
  await send({ type: "events", reset: false, events: [stepAt(41)] });
  await page.locator(".state", { hasText: "step 41 of 60" }).waitFor();
  await drawn(opened);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "score");
  assert.equal(await page.evaluate(() => window.scrollY), 210);
  assert.equal(await table.evaluate((box) => box.scrollLeft), 70);
  assert.equal(await page.locator("#score-out").textContent(), told);
  assert.equal(await page.locator("#score .cursor line").count(), 1);
  await page.close();
});

test("a change of the theme changes the charts' colours, and leaves the focus and the step that is read", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page } = opened;
  const colours = () =>
    page.locator("#flips path").evaluateAll((lines) => lines.map((line) => line.getAttribute("stroke")));
  const dark = await colours();
  await page.locator("#flips").focus();
  await page.keyboard.press("Home");
  const told = await page.locator("#flips-out").textContent();
  await page.evaluate(() => document.body.classList.replace("vscode-dark", "vscode-light"));
  await drawn(opened);
  assert.notDeepEqual(await colours(), dark);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "flips");
  assert.equal(await page.locator("#flips-out").textContent(), told);
  await page.close();
});

test("however many steps come at once, they are drawn at most once a frame", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page } = opened;
  const { draws, frames, last } = await page.evaluate(
    async (messages) => {
      const state = document.querySelector(".state")!;
      let [draws, frames, isOver] = [0, 0, false];
      const count = () => {
        frames++;
        if (!isOver) requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
      new MutationObserver(() => draws++).observe(state, { childList: true, characterData: true, subtree: true });
      for (const message of messages) window.postMessage(message);
      while (!/step 60 of 60/.test(state.textContent!)) await new Promise(requestAnimationFrame);
      isOver = true;
      return { draws, frames, last: state.textContent };
    },
    Array.from({ length: 20 }, (_, i) => ({ type: "events", reset: false, events: [stepAt(41 + i)] })),
  );
  assert.equal(last, "Training · step 60 of 60 · epoch 3");
  assert.ok(draws >= 1 && draws <= frames && draws < 20, `${draws} times in ${frames} frames`);
  await page.close();
});

test("a message that the page cannot hear is said on it, those beside it are heard, and the next one clears it", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  // In one task, so that they are heard in one frame.
  await page.evaluate(
    (messages) => {
      for (const data of messages) window.dispatchEvent(new MessageEvent("message", { data }));
    },
    [
      { type: "events", reset: true },
      { type: "events", reset: true, events: runEvents() },
    ],
  );
  await page
    .getByRole("alert")
    .getByText(/^Something went wrong on this page/)
    .waitFor();
  await page.locator(".state", { hasText: "step 40 of 60" }).waitFor();
  await send({ type: "state", state: "running" });
  await page.locator(".state", { hasText: "Training" }).waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
  await page.close();
});
