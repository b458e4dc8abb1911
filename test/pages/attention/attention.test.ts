// How far linear attention is from softmax: what the page asks for, and what it shows while and after it is compared.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MaskDescription } from "../../../src/mask/describe.ts";
import type { MaskMetadata } from "../../../src/mask/metadata.ts";
import type { AttentionDivergence, AttentionState } from "../../../src/messages/attention.ts";
import { axe, type Opened, Pages, THEMES } from "../browser.ts";
import { heatmapMessages } from "../fixture.ts";
import { detail } from "../heatmap-parts.ts";
import { nothingWrong, picture, savedTable } from "../shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** The messages about the mask that Python wrote, as if it had been trained with linear attention. */
async function linearMessages(): Promise<unknown[]> {
  const [first, ...others] = (await heatmapMessages()) as { description: MaskDescription; metadata: MaskMetadata }[];
  const { metadata } = first!;
  const linearAttention = { map: "softmax", transferSteps: 200, transferLearningRate: 0.01 };
  return [{ ...first, metadata: { ...metadata, run: { ...metadata.run, linearAttention } } }, ...others];
}

/** Two layers of four heads: 0.1, 0.2 … before training, and a tenth of it after. */
const FOUND: AttentionDivergence = {
  ...{ adaptation: "/m/linear.mask.safetensors", task: { file: "/t/sentiment.task.json", name: "sentiment" } },
  ...{ split: "validation", examples: 64, seed: 1, tokens: 2354, map: "softmax" },
  before: [0, 1].map((layer) => [0, 1, 2, 3].map((head) => 0.1 * (1 + 4 * layer + head))),
  after: [0, 1].map((layer) => [0, 1, 2, 3].map((head) => 0.01 * (1 + 4 * layer + head))),
};

const attentionMessage = (state: Partial<AttentionState>): unknown => ({
  type: "attention",
  state: { running: false, found: null, failed: "", ...state },
});

async function opened(options: Parameters<Pages["open"]>[1] = {}): Promise<Opened> {
  const opened = await pages.open("heatmap", { state: { tab: "attention" }, ...options });
  await opened.send(...(await linearMessages()));
  await opened.page.getByRole("button", { name: "Compare with softmax" }).waitFor();
  return opened;
}

const grid = ({ page }: Opened, time: "before" | "after") =>
  page.getByRole("grid", { name: `Divergence from softmax by layer and head, ${time} training` });
const lastOf = async ({ posted }: Opened) => (await posted()).at(-1);

test("only a mask with linear attention has the tab", async () => {
  const shown = await pages.open("heatmap", { state: { tab: "attention" } });
  await shown.send(...(await heatmapMessages()));
  await shown.page.getByRole("tab", { name: "Kept" }).waitFor();
  assert.equal(await shown.page.getByRole("tab", { name: "Attention" }).count(), 0);
  assert.equal(await shown.page.getByRole("tab", { selected: true }).innerText(), "Changed by training");
  nothingWrong(shown);
  await shown.page.close();
});

test("the tab says what it will do, asks for it, and can be stopped", async () => {
  const shown = await opened();
  const { page, send } = shown;
  await page.getByText("This mask was trained with linear attention").waitFor();
  await page.getByRole("button", { name: "Compare with softmax" }).click();
  assert.deepEqual(await lastOf(shown), { type: "attention" });
  await send(attentionMessage({ running: true }));
  await page.getByText("Comparing the attention of each head on validation examples…").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  assert.deepEqual(await lastOf(shown), { type: "stopAttention" });
  await send(attentionMessage({ failed: "the task file is gone; restore it" }));
  await page.getByRole("alert").getByText("the task file is gone").waitFor();
  await page.getByRole("button", { name: "Compare with softmax" }).waitFor();
  nothingWrong(shown);
  await page.close();
});

test("both grids have one scale, say what they are compared with, and are read and opened by the keyboard", async () => {
  const shown = await opened();
  const { page, send } = shown;
  await send(attentionMessage({ found: FOUND }));
  await grid(shown, "after").waitFor();
  const said = await page.locator("#panel > p").first().innerText();
  assert.match(
    said,
    /mean over all heads: 0\.450 nats before training, 0\.045 after\. 64 validation examples of senti/,
  );
  assert.match(said, /drawn with seed 1: 2,354 tokens\.$/);
  await page
    .getByText(/^Compared with softmax over the same queries and keys, the mean over tokens; 0: equal/)
    .waitFor();
  assert.equal(await page.getByText("0.800 nats, the largest of both").count(), 2);
  const texts = (time: "before" | "after") => grid(shown, time).locator("td.cell").allInnerTexts();
  assert.deepEqual(
    new Set(await texts("before")),
    new Set(["0.10", "0.20", "0.30", "0.40", "0.50", "0.60", "0.70", "0.80"]),
  );
  assert.deepEqual((await texts("after")).sort(), ["0.01", "0.02", "0.03", "0.04", "0.05", "0.06", "0.07", "0.08"]);
  const first = grid(shown, "after").locator("td.cell").first();
  assert.match(
    (await first.getAttribute("aria-label"))!,
    /^0\.05: head L1H0: KL\(softmax ‖ linear attention\) 0\.500 nats/,
  );
  await first.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press(" ");
  assert.match(
    await detail(shown),
    /head L1H1: KL\(softmax ‖ linear attention\) 0\.600 nats before training, 0\.060 after \(−0\.540\)/,
  );
  await page.keyboard.press("Enter");
  const asked = (await lastOf(shown)) as { type: string; name: string };
  assert.equal(asked.type, "matrix");
  assert.match(asked.name, /layer\.1\./);
  const table = page.getByRole("table", { name: "By head" });
  assert.match(await table.locator("tbody tr").first().innerText(), /L1H3\s+0\.800\s+0\.080\s+−0\.720/);
  nothingWrong(shown);
  await page.close();
});

test("divergences are saved as a table, with what they are compared with beside it", async () => {
  const shown = await opened();
  await shown.send(attentionMessage({ found: FOUND }));
  await grid(shown, "after").waitFor();
  const { name, rows, metadata } = await savedTable(shown);
  assert.match(name, /-attention\.csv$/);
  assert.equal(rows.length, 8);
  assert.deepEqual([rows[5]!.layer, rows[5]!.head], ["1", "1"]);
  assert.ok(Math.abs(Number(rows[5]!.before) - 0.6) < 1e-12 && Math.abs(Number(rows[5]!.after) - 0.06) < 1e-12);
  const { attention } = metadata as { attention: { tokens: number; examples: number; map: string } };
  assert.deepEqual([attention.tokens, attention.examples, attention.map], [2354, 64, "softmax"]);
  await shown.page.close();
});

for (const theme of Object.keys(THEMES))
  test(`axe finds nothing wrong with divergences in ${theme}`, async () => {
    const shown = await opened({ theme });
    await shown.send(attentionMessage({ found: FOUND }));
    await grid(shown, "after").waitFor();
    await picture(shown, `attention-${theme}`);
    assert.deepEqual(await axe(shown), []);
    await shown.page.close();
  });

test("divergences fit a column of 400 pixels", async () => {
  const shown = await opened({ width: 400 });
  await shown.send(attentionMessage({ found: FOUND }));
  await grid(shown, "after").waitFor();
  await picture(shown, "attention-narrow");
  const wide = await shown.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(wide, 0);
  await shown.page.close();
});
