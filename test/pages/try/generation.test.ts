// Try Text with masks that generate: texts that grow, stop and are saved, and the settings they are asked for with.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOSTILE, UNSAFE } from "../../hostile-strings.ts";
import { axe, drawn, type Opened, Pages, THEMES } from "../browser.ts";
import { GENERATORS, generatedFor, LOADED } from "../fixture.ts";
import { choose, nothingWrong, picture, tableOf } from "../shown.ts";
import { last } from "./shown-evidence.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const [STORIES, TITLES] = GENERATORS.masks.map(({ adaptation }) => adaptation);
const OWN = { newTokens: null, beams: null, lengthPenalty: null, temperature: null, topK: null, topP: null };

/** The page with these texts typed. */
async function typing(text: string, options: Parameters<Pages["open"]>[1] = {}): Promise<Opened> {
  const opened = await pages.open("try", options);
  await opened.send(GENERATORS);
  await opened.page.locator("vscode-text-area textarea").first().fill(text);
  return opened;
}

/** Presses Generate, and returns the request. */
async function generating(opened: Opened): Promise<number> {
  await opened.page.getByRole("button", { name: "Generate" }).click();
  return (await last(opened, "generate")).request as number;
}

const piece = (request: number, text: string, adaptation = STORIES) => ({
  ...{ type: "generated", request },
  event: { type: "piece", index: 0, adaptation, piece: text },
});
const whole = (request: number, answer: object, index = 0) => ({
  ...{ type: "generated", request },
  event: { type: "generated", index, answer },
});

test("a text grows piece by piece under each mask that generates, and says why it ended", async () => {
  const opened = await typing("Once upon");
  const { page, posted, send } = opened;
  const request = await generating(opened);
  assert.deepEqual(await last(opened, "generate"), {
    ...{ type: "generate", request, texts: ["Once upon"] },
    choice: { ...OWN, seed: 1, stops: null },
  });
  assert.ok(!(await posted()).some(({ type }) => type === "ask"), "nothing is asked of masks that predict nothing");
  const cards = page.locator(".answer");
  assert.match((await cards.nth(1).textContent())!, /titles-1.*Waiting…/);
  await send(piece(request, " a ti"), piece(request, "me\nthere"), piece(request - 1, "of before"));
  await drawn(opened);
  assert.equal(await cards.nth(0).locator(".generated.grows").innerText(), " a time\nthere");
  await page.getByText("Generating text 1 of 2. Esc stops.").waitFor();
  await send(whole(request, { ...generatedFor("Once upon", " a time\nthere was"), seconds: 0.0135 }));
  await page.getByText("Ended at the end token after 31 tokens, 2,296.3 tokens/s.").waitFor();
  await send(whole(request, { ...generatedFor("Once upon", ""), adaptation: TITLES, finish: "stop", tokens: 1 }));
  await send({ type: "generationOver", request, failed: null });
  await page.getByRole("button", { name: "Generate" }).waitFor();
  assert.match(
    (await cards.nth(1).innerText())!,
    /empty.*\n.*Ended before a stop string after 1 token, 0\.4 tokens\/s/s,
  );
  assert.equal(await page.locator(".grows").count(), 0);
  await cards.nth(0).locator("summary").click();
  assert.match(
    (await cards.nth(0).innerText())!,
    /7 tokens read\s+Under the model, .* is −42\.50 nats, −1\.37 per token\.\s+There is no evidence for generated texts/,
  );
  nothingWrong(opened);
  await page.close();
});

test("Stop and Escape end the text where it is, and Ctrl+Enter begins the next", async () => {
  const opened = await typing("Once upon");
  const { page, posted, send } = opened;
  const request = await generating(opened);
  const stops = async () => (await posted()).filter(({ type }) => type === "stopGenerating").length;
  await page.keyboard.press("Enter"); // the button has kept the focus, and stops now
  await page.waitForFunction(() =>
    (window as unknown as { posted: { type: string }[] }).posted.some(({ type }) => type === "stopGenerating"),
  );
  await send(whole(request, { ...generatedFor("Once upon", " a"), finish: "aborted", tokens: 2 }));
  await send({ type: "generationOver", request, failed: null });
  await page.getByText("Stopped after 2 tokens").waitFor();
  assert.match((await page.locator(".answer").nth(1).textContent())!, /Not generated/);
  await page.keyboard.press("Escape");
  assert.equal(await stops(), 1, "there is nothing to stop");
  await page.locator("vscode-text-area textarea").first().focus();
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  assert.equal((await last(opened, "generate")).request, request + 1);
  await page.keyboard.press("Escape");
  await page.waitForFunction(
    () =>
      (window as unknown as { posted: { type: string }[] }).posted.filter(({ type }) => type === "stopGenerating")
        .length === 2,
  );
  await send({ type: "generationOver", request: request + 1, failed: "the base model has moved" });
  await page.getByRole("alert").filter({ hasText: "the base model has moved" }).waitFor();
  await page.close();
});

test("each method asks with its own settings, which are kept within limits and over a restart", async () => {
  const opened = await typing("a\n\nb");
  const { page, send, kept } = opened;
  await page.locator("summary", { hasText: "Settings" }).click();
  await page.getByText("The model's generation config: the most likely token each time.").waitFor();
  assert.equal(await page.getByLabel("Maximum of new tokens").getAttribute("placeholder"), "128");
  await page.getByLabel("Maximum of new tokens").fill("40");
  await send({ ...GENERATORS, baseBytes: 1 }); // the page is drawn again while a number is being entered
  await page.getByText("(1 B)").waitFor();
  await page.locator("vscode-text-area textarea").nth(1).fill("###\n");
  await choose(opened, "Method", "Sampling");
  await page.getByLabel("Temperature").fill("0.7");
  for (const [label, wrong, stays] of [
    ["Top-p", "2", "1"],
    ["Top-k (0: all)", "1.5", "50"],
    ["Seed", "", "1"],
  ] as const) {
    await page.getByLabel(label).fill(wrong);
    await page.getByLabel(label).press("Tab");
    assert.equal(await page.getByLabel(label).inputValue(), stays, label);
  }
  const request = await generating(opened);
  const common = { ...OWN, newTokens: 40, seed: 1, stops: ["###"] };
  const asked = await last(opened, "generate");
  assert.deepEqual(asked.texts, ["a", "b"]);
  assert.deepEqual(asked.choice, { ...common, temperature: 0.7, topK: 50, topP: 1 });
  await send({ type: "generationOver", request, failed: null });
  for (const [method, choice] of [
    ["Beam search", { ...common, beams: 4, lengthPenalty: 1 }],
    ["Most likely tokens", { ...common, beams: 1, temperature: 0 }],
  ] as const) {
    await choose(opened, "Method", method);
    const request = await generating(opened);
    assert.deepEqual((await last(opened, "generate")).choice, choice);
    await send({ type: "generationOver", request, failed: null });
  }
  const state = (await kept()) as { settings: object };
  assert.deepEqual(state.settings, {
    ...{ method: "greedy", newTokens: 40, beams: 4, lengthPenalty: 1, temperature: 0.7, topK: 50, topP: 1, seed: 1 },
    stops: "###\n",
  });
  await page.close();
});

test("all controls of generation are reached by Tab, in the order in which they are shown", async () => {
  const opened = await typing("a");
  const { page } = opened;
  await page.locator("summary", { hasText: "Settings" }).click();
  await choose(opened, "Method", "Sampling");
  await page.locator("vscode-text-area textarea").first().focus();
  const reached: string[] = [];
  for (let i = 0; i < 9; i++) {
    await page.keyboard.press("Tab");
    reached.push(
      await page.evaluate(() => {
        const at = document.activeElement as HTMLElement;
        return (at.getAttribute("aria-label") ?? at.closest("label")?.textContent ?? at.textContent ?? "").trim();
      }),
    );
  }
  assert.deepEqual(reached, [
    ...["Generate", "Settings", "Method", "Maximum of new tokens", "Temperature", "Top-k (0: all)", "Top-p", "Seed"],
    "Stop strings, one per line; a text ends before the first of them",
  ]);
  await page.close();
});

test("a page that restarts shows what was generated meanwhile, and hears the rest", async () => {
  const opened = await typing("Once");
  const { page, send } = opened;
  const event = { type: "piece", index: 0, adaptation: STORIES, piece: " upon" };
  await send({ type: "generating", request: 7, texts: ["Once"], adaptations: [STORIES], events: [event] });
  await send(piece(7, " a"));
  await page.getByRole("button", { name: "Stop" }).waitFor();
  assert.equal(await page.locator(".generated").innerText(), " upon a");
  await send({ type: "generationOver", request: 7, failed: null });
  assert.equal(await generating(opened), 8);
  await page.close();
});

test("generated texts are saved with their numbers, beside predictions", async () => {
  const opened = await typing("Once upon");
  const { page, posted, send } = opened;
  const request = await generating(opened);
  await send(whole(request, generatedFor("Once upon", " a | time")));
  await page.getByRole("button", { name: "Save CSV" }).click();
  const { data } = (await posted()).at(-1) as { data: string };
  assert.deepEqual(tableOf(data), [
    {
      ...{ text: "Once upon", adaptation: STORIES, kind: "generated", value: "-42.5" },
      ...{ generated: " a | time", finish: "end", tokens: "31" },
    },
  ]);
  await page.getByRole("button", { name: "Save JSON Lines" }).click();
  const { seconds: _, ...line } = generatedFor("Once upon", " a | time");
  assert.deepEqual(JSON.parse(((await posted()).at(-1) as { data: string }).data), line);
  await page.getByRole("button", { name: "Copy Markdown" }).click();
  assert.match(
    ((await posted()).at(-1) as { text: string }).text,
    /^\| text \| mask .*\n.*\n\| Once upon \| stories-1.*\\\| time \| 31 \|/,
  );
  await page.close();
});

test("hostile texts are shown as text, however long", async () => {
  const texts = [...HOSTILE, "word ".repeat(4000)];
  const opened = await typing(texts.map((_, i) => `text ${i}`).join("\n"));
  const { page, send } = opened;
  const request = await generating(opened);
  await send(...texts.map((text, i) => whole(request, generatedFor(`text ${i}`, text), i)));
  const shown = page.locator(".generated");
  await shown.nth(texts.length - 1).waitFor();
  assert.equal(await shown.count(), texts.length);
  const found = await shown.evaluateAll((all) => all.map((one) => [one.childElementCount, one.textContent] as const));
  for (const [elements, text] of found) {
    assert.equal(elements, 0);
    assert.doesNotMatch(text.replace(/[\t\n]/g, ""), UNSAFE);
  }
  assert.equal(found.at(-1)![1].length, 20_000);
  nothingWrong(opened);
  await page.close();
});

test("masks that predict and masks that generate are shown on one page", async () => {
  const opened = await pages.open("try");
  const { page, send } = opened;
  await send({ ...LOADED, masks: [LOADED.masks[0], GENERATORS.masks[1]] });
  await page.locator("vscode-text-area textarea").first().fill("Worth it.");
  await last(opened, "ask");
  assert.deepEqual((await last(opened, "ask")).texts, ["Worth it."]);
  await generating(opened);
  assert.equal(await page.locator(".answer", { hasText: "titles-1" }).count(), 1);
  await page.close();
});

for (const theme of Object.keys(THEMES))
  test(`generation is legible in ${theme}, narrow and wide`, async () => {
    for (const width of [360, 1200]) {
      const opened = await typing("Once upon", { theme, width });
      const { page, send } = opened;
      await page.locator("summary", { hasText: "Settings" }).click();
      await choose(opened, "Method", "Sampling");
      const request = await generating(opened);
      await send(whole(request, generatedFor("Once upon", " a time there was a mask that kept half of its weights.")));
      await send(piece(request, "The mask", TITLES));
      await drawn(opened);
      await picture(opened, `generation-${theme}-${width}`);
      assert.deepEqual(await axe(opened), [], `${theme} ${width}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${width}`);
      await page.close();
    }
  });
