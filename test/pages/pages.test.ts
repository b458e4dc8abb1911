import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { after, before, test } from "node:test";
import { axe, type Opened, PAGES, Pages, THEMES } from "./browser.ts";
import { answersTo, diffMessages, heatmapMessages, LOADED, matricesMessage, runEvents } from "./fixture.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** The toolkit's one report: a style of its own that the policy refuses, without harm. */
const HARMLESS = /inline style/i;
const nothingWrong = ({ complaints }: Opened) =>
  assert.deepEqual(
    complaints.filter((text) => !HARMLESS.test(text)),
    [],
  );

/** For whoever wants to look: PICTURES=FOLDER node test/run.mjs pages */
async function picture({ page }: Opened, name: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

const MATRIX = "encoder.layer.1.output.dense.weight";

/** Each page with something to show. */
const SHOWN: Record<(typeof PAGES)[number], (opened: Opened) => Promise<void>> = {
  async heatmap({ page, send }) {
    await send(...(await heatmapMessages()));
    await page.locator("table.grid").first().waitFor();
  },
  async run({ page, send }) {
    await send({ type: "events", reset: true, events: runEvents() }, { type: "state", state: "running" });
    await page.locator("#flips path").first().waitFor();
  },
  async try({ page, send, posted }) {
    await send(LOADED);
    await page.locator("vscode-text-area textarea").fill("Worth every cent.");
    await page.waitForTimeout(400);
    await send(answersTo((await posted()).at(-1)!.request as number, "Worth every cent."));
    await page.locator(".answer").nth(1).waitFor();
  },
  async diff({ page, send }) {
    await send(...(await diffMessages("sentiment", "topic", "other")));
    await page.locator("table.grid").nth(1).waitFor();
  },
};

for (const name of PAGES) {
  test(`the script of the page ${name} is smaller than 150,000 bytes`, () => {
    const { size } = statSync(`dist/webview/${name}.js`);
    assert.ok(size < 150_000, `${size}`);
  });

  test(`the page ${name} runs its own script and no other, and loads nothing from elsewhere`, async () => {
    const opened = await pages.open(name);
    await SHOWN[name](opened);
    const { page } = opened;
    const policy = await page.locator("meta[http-equiv]").getAttribute("content");
    assert.match(
      policy!,
      /^default-src 'none'; script-src 'nonce-[\w+/=]+'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:$/,
    );
    nothingWrong(opened);
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      const fetched = await fetch("theme.css").then(
        () => true,
        () => false,
      );
      return { script: "ran" in window, fetched };
    });
    assert.deepEqual(ran, { script: false, fetched: false });
    await page.close();
  });

  for (const theme of Object.keys(THEMES))
    test(`axe finds nothing wrong on the page ${name} in ${theme}`, async () => {
      const opened = await pages.open(name, { theme });
      await SHOWN[name](opened);
      await picture(opened, `${name}-${theme}`);
      assert.deepEqual(await axe(opened), []);
      await opened.page.close();
    });

  test(`the page ${name} fits a column of 400 pixels`, async () => {
    const opened = await pages.open(name, { width: 400 });
    await SHOWN[name](opened);
    await picture(opened, `${name}-narrow`);
    const { wide, room } = await opened.page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      room: document.documentElement.clientWidth,
    }));
    assert.ok(wide <= room, `${wide} pixels in ${room}`);
    await opened.page.close();
  });
}

test("a page keeps what the editor needs to show it again, before and after it remembers something itself", async () => {
  const opened = await pages.open("diff", { state: { tab: "heads" } });
  const { page, kept } = opened;
  assert.deepEqual(await kept(), { tab: "heads", shown: "diff" });
  await SHOWN.diff(opened);
  await page.getByRole("tab", { name: "Overlap" }).click();
  const { tab, shown } = (await kept()) as { tab: string; shown: string };
  assert.deepEqual({ tab, shown }, { tab: "overlap", shown: "diff" });
  await page.close();
});

test("the page of a run whose folder is gone says so", async () => {
  const { page, send } = await pages.open("run");
  await send({ type: "failed", message: "/r: this run's folder is gone" });
  await page.getByRole("alert").getByText("folder is gone").waitFor();
  assert.equal(await page.locator("svg").count(), 0);
  await page.close();
});

test("where no mask is loaded, Try Text offers those of before and to choose others", async () => {
  const before = [{ adaptation: "/m/a.mask.safetensors", task: "sentiment" }];
  const opened = await pages.open("try", { state: { text: "", loaded: before } });
  const { page, send, posted } = opened;
  await send({ type: "loaded", masks: [], baseBytes: 0 });
  await page.getByRole("button", { name: "Load sentiment again" }).click();
  assert.deepEqual((await posted()).at(-1), { type: "load", adaptations: ["/m/a.mask.safetensors"] });
  await page.getByRole("button", { name: "Load Mask…" }).click();
  assert.deepEqual((await posted()).at(-1), { type: "load", adaptations: [] });
  assert.deepEqual(await axe(opened), []);
  await page.close();
});

test("the run page draws each event that comes, keeps the focus, and stops the run", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page, send, posted } = opened;
  const state = page.locator(".state");
  assert.equal(await state.textContent(), "In training · step 40 of 60 · epoch 2 · 1 s left");
  const stop = page.getByRole("button", { name: "Stop at a checkpoint" });
  await stop.focus();
  const step = { type: "step", step: 41, epoch: 3, loss: 0.2, learningRate: 0.001, zeroShare: 0.06, secondsLeft: 19 };
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
  const loss = { type: "step", step: 31, epoch: 2, loss: 0.123, learningRate: 0.001, zeroShare: 0.05, secondsLeft: 9 };
  await send(
    { type: "events", reset: true, events: [start, ...rest, again, loss] },
    { type: "state", state: "running" },
  );
  await page.locator("#loss-out", { hasText: "step 31: loss 0.123" }).waitFor();
  assert.match((await page.locator("#score-out").textContent())!, /^step 30: 85\.0 %/);
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
    "steps 0 to 30: 330 weights flipped; most in block 2 (3.00 ‰)",
  );
  assert.match((await page.locator("#loss-out").textContent())!, /^step 30: loss 0\.410/);
  await page.locator("summary").click();
  const cells = await page.locator("table.numbers").first().locator("tbody tr").first().locator("td").allTextContents();
  assert.deepEqual(cells.slice(0, 4), ["30", "validation", "85.00", "82.0–87.0"]);
  await page.close();
});

test("a failed run says why and offers to go on, a finished one its heatmap", async () => {
  const opened = await pages.open("run");
  const { page, send } = opened;
  await send(
    { type: "events", reset: true, events: runEvents() },
    { type: "state", state: "failed", reason: "the compute process has ended (SIGKILL)" },
  );
  await page.getByRole("alert").getByText("SIGKILL").waitFor();
  assert.ok(await page.getByRole("button", { name: "Resume" }).isVisible());
  assert.ok(await page.getByRole("button", { name: "Open heatmap" }).isHidden());
  const scores = { rows: 100, accuracy: { value: 0.85, low: 0.8, high: 0.9 } };
  const result = { adaptation: "/r/r.mask.safetensors", steps: 60, seconds: 9, zeroShare: 0.06, bytes: 1_364_000 };
  await send(
    {
      type: "events",
      reset: false,
      events: [{ type: "done", result: { ...result, validation: scores, test: scores } }],
    },
    { type: "state", state: "done" },
  );
  await page.getByRole("button", { name: "Open heatmap" }).waitFor();
  assert.match(
    (await page.locator(".sentence").textContent())!,
    /Best accuracy .* 85\.0 % \(82\.0–87\.0\) at step 30.*1\.36 MB/,
  );
  await page.close();
});

test("a run is saved as CSV and as a picture that carries its own colours", async () => {
  const opened = await pages.open("run");
  await SHOWN.run(opened);
  const { page, posted } = opened;
  await page.getByRole("button", { name: "Save CSV" }).click();
  await page.getByRole("button", { name: "Save SVG" }).click();
  const [csv, svg] = (await posted()).slice(-2);
  assert.equal(csv!.name, "sentiment-1.csv");
  assert.match(
    csv!.data as string,
    /^# Run sentiment-1\nstep,epoch,loss,learningRate,zeroShare\n1,1,0\.7,0\.001,0\.05\n/,
  );
  assert.doesNotMatch(svg!.data as string, /var\(/);
  assert.match(svg!.data as string, /<desc>Run sentiment-1<\/desc>.*Loss/);
  await page.close();
});

test("Try Text asks once typing rests, shows every mask's answer, its pieces and what was cut off", async () => {
  const opened = await pages.open("try");
  await SHOWN.try(opened);
  const { page, posted, send } = opened;
  const asked = (await posted()).filter(({ type }) => type === "ask");
  assert.deepEqual(asked.at(-1)!.texts, ["Worth every cent."]);
  const answers = page.locator(".answer");
  assert.match((await answers.nth(0).textContent())!, /sentiment.*positive.*92\.0 %.*8\.0 %.*5 word pieces entered/);
  assert.match((await answers.nth(1).textContent())!, /spam.*ham.*3 were cut off/);
  assert.match(await page.locator("main").innerText(), /2 masks and one copy of the weights: 2\.73 MB and 90\.0 MB/);
  await send(answersTo(-1, "an answer to a question of before"));
  assert.equal(await page.getByText("a question of before").count(), 0);
  await page.close();
});

test("the diff answers in a sentence, warns of one mask seed, and says what is compared", async () => {
  const opened = await pages.open("diff");
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "other")));
  const sentence = await page.locator(".sentence").textContent();
  assert.match(
    sentence!,
    /more often than by chance: 1\.951 times as often as their initial scores let expect \(z 27\.1\)/,
  );
  assert.match(sentence!, /d is 0\.0729, by chance 0\.1260/);
  assert.match((await page.locator(".warning").first().textContent())!, /^Both masks began from one mask seed.*\.$/);
  assert.match(
    await page.locator("main").innerText(),
    /Compared on the 7 matrices that both mask; 7 only in sentiment, 1 only in other/,
  );
  nothingWrong(opened);
  await page.close();
});

test("a diff says nothing of unknown beginnings before they are known to be unknown", async () => {
  const opened = await pages.open("diff");
  const { page, send } = opened;
  const [names, pairs] = (await diffMessages("sentiment", "topic")) as [unknown, { pairs: object[] }];
  const bare = pairs.pairs.map((pair) => ({ ...pair, lift: null, z: null, notes: ["not known"] }));
  await send(names, { type: "pairs", complete: false, pairs: bare });
  await page.locator(".sentence", { hasText: "Making the initial masks again" }).waitFor();
  assert.equal(await page.getByText("not known").count(), 0);
  await send({ type: "pairs", complete: true, pairs: bare });
  await page.locator(".sentence", { hasText: "cannot be told" }).waitFor();
  assert.equal(await page.locator(".warning").textContent(), "Not known.");
  await page.close();
});

test("of three masks every pair has a cell, and Enter shows it", async () => {
  const opened = await pages.open("diff");
  await SHOWN.diff(opened);
  const { page } = opened;
  const every = page.getByRole("grid", { name: "Lift of every pair" });
  assert.equal(await every.locator("td.cell").count(), 6);
  await every.locator("tr").nth(2).locator("td.cell").nth(1).focus();
  await page.keyboard.press("Enter");
  assert.match((await page.locator("h1").textContent())!, /topic.*other/);
  await page.close();
});

test("the diff's matrix shows four states that add up, and two sides that move together", async () => {
  const opened = await pages.open("diff", { state: { tab: "matrix", matrix: MATRIX } });
  const { page, send, posted } = opened;
  await send(...(await diffMessages("sentiment", "topic")), await matricesMessage(MATRIX, "sentiment", "topic"));
  await page.locator("canvas.view").waitFor();
  assert.deepEqual((await posted()).at(-1), { type: "matrix", name: MATRIX });
  const counts = (await page.locator(".key").innerText())
    .match(/[\d,]+(?=\s|$)/g)!
    .map((n) => Number(n.replace(",", "")));
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    84 * 100,
  );
  await picture(opened, "diff-matrix");
  await page.close();

  const beside = await pages.open("diff", { state: { tab: "matrix", matrix: MATRIX, view: "beside", of: "kept" } });
  await beside.send(...(await diffMessages("sentiment", "topic")), await matricesMessage(MATRIX, "sentiment", "topic"));
  await beside.page.locator("canvas.view").nth(1).waitFor();
  const pixels = () =>
    beside.page
      .locator("canvas.view")
      .evaluateAll((canvases) => canvases.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()));
  await beside.page.waitForTimeout(100);
  const whole = await pixels();
  await beside.page.locator("canvas.view").first().focus();
  await beside.page.keyboard.press("+");
  await beside.page.waitForTimeout(100);
  const zoomed = await pixels();
  for (const side of [0, 1]) assert.notEqual(zoomed[side], whole[side], `side ${side}`);
  await beside.page.keyboard.press("0");
  await beside.page.waitForTimeout(100);
  assert.deepEqual(await pixels(), whole);
  nothingWrong(beside);
  await beside.page.close();
});

test("the diff's sides lie over each other for a swipe, and change by hand where motion is not wanted", async () => {
  const messages = [...(await diffMessages("sentiment", "topic")), await matricesMessage(MATRIX, "sentiment", "topic")];
  const swipe = await pages.open("diff", { state: { tab: "matrix", matrix: MATRIX, view: "swipe" } });
  await swipe.send(...messages);
  const over = swipe.page.locator(".stack .over");
  await over.waitFor();
  await swipe.page.getByRole("slider").focus();
  await swipe.page.keyboard.press("End");
  assert.match((await over.getAttribute("style"))!, /inset\(0(px)? 0(px)? 0(px)? 100%\)/);
  assert.deepEqual(await axe(swipe), []);
  await swipe.page.close();

  const blink = await pages.open("diff", { state: { tab: "matrix", matrix: MATRIX, view: "blink" } });
  await blink.send(...messages);
  const second = blink.page.locator(".stack .over");
  await second.waitFor();
  assert.ok(await second.isVisible());
  await blink.page.waitForTimeout(800);
  assert.ok(await second.isVisible());
  await blink.page.getByRole("button", { name: "Other side" }).click();
  assert.ok(await second.isHidden());
  nothingWrong(blink);
  await blink.page.close();
});

test("the heads of both masks stand beside each other, with their scatter and correlation", async () => {
  const opened = await pages.open("diff", { state: { tab: "heads" } });
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "topic")));
  await page.getByText("correlation 0.32 over 8 heads").waitFor();
  assert.equal(await page.locator("table.grid.heads").count(), 3);
  assert.equal(await page.locator("svg.scatter circle").count(), 8);
  await picture(opened, "diff-heads");
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await page.close();
});

test("masks of different base models show a warning and nothing else", async () => {
  const { page, send } = await pages.open("diff");
  await send({ type: "failed", message: "the masks belong to different base models" });
  await page.getByRole("alert").getByText("different base models").waitFor();
  assert.equal(await page.locator("canvas, table").count(), 0);
  await page.close();
});
