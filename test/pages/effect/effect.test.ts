// What the parts of a mask are worth: what the page asks for, and what it shows while and after it is measured.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MaskDescription } from "../../../src/mask/describe.ts";
import { axe, type Opened, Pages, THEMES } from "../browser.ts";
import { heatmapMessages, matrixMessage } from "../fixture.ts";
import { described, detail } from "../heatmap-parts.ts";
import { choose, MATRIX, nothingWrong, picture, savedTable } from "../shown.ts";
import { effectMessage, effectsOf } from "./effects.ts";

let pages: Pages;
let mask: MaskDescription;
before(async () => {
  pages = await Pages.start();
  mask = (await described()).description;
});
after(() => pages.stop());

async function opened(options: Parameters<Pages["open"]>[1] = {}): Promise<Opened> {
  const opened = await pages.open("heatmap", { state: { tab: "effect" }, ...options });
  await opened.send(...(await heatmapMessages()));
  await opened.page.getByRole("button", { name: "Measure" }).waitFor();
  return opened;
}

const heads = ({ page }: Opened) => page.getByRole("grid", { name: "Change of loss by layer and attention head" });
const lastOf = async ({ posted }: Opened) => (await posted()).at(-1);

test("the tab says what it will do, asks for what is chosen, and can be stopped", async () => {
  const shown = await opened();
  const { page, send } = shown;
  await page.getByText("z says where training changed the mask; this tab says whether it matters.").waitFor();
  await page.getByRole("button", { name: "Measure" }).click();
  assert.deepEqual(await lastOf(shown), { type: "measure", change: "restored", seconds: 60, head: null });
  await choose(shown, "Change of a part", "Set to zero");
  await choose(shown, "Time", "Estimates only");
  await page.getByRole("button", { name: "Measure" }).click();
  assert.deepEqual(await lastOf(shown), { type: "measure", change: "zeroed", seconds: 0, head: null });
  await send(effectMessage({ running: true }));
  await page.getByText("Estimating all parts…").waitFor();
  await send(effectMessage({ running: true, effects: effectsOf(mask, 3) }));
  await page.getByText(`3 of ${effectsOf(mask, 3).parts.length} parts measured`, { exact: true }).waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  assert.deepEqual(await lastOf(shown), { type: "stopMeasuring" });
  await send(effectMessage({ effects: effectsOf(mask, 3) }));
  await page.getByRole("button", { name: "Measure" }).waitFor();
  await send(effectMessage({ failed: "the task file is gone; restore it" }));
  await page.getByRole("alert").getByText("the task file is gone").waitFor();
  nothingWrong(shown);
  await page.close();
});

test("measured and estimated changes can be told apart, and each says what it is compared with", async () => {
  const shown = await opened();
  const { page, send } = shown;
  const effects = effectsOf(mask, 5);
  await send(effectMessage({ effects }));
  await page.getByText("Change of loss and accuracy if all masked weights of the part are set to zero").waitFor();
  const said = await page.locator("#panel > p").first().innerText();
  assert.match(
    said,
    /on the same 872 validation examples of .*: loss 0\.4416, accuracy 83\.5 %\. 5 of \d+ parts measured/,
  );
  const cells = await heads(shown).locator("td.cell").allInnerTexts();
  assert.equal(cells.filter((text) => !text.startsWith("~")).length, 5, cells.join());
  await page
    .getByText(
      /Rank correlation of estimates and measured changes of loss over the 5 measured heads, which have the largest estimates: 0\.71 \(0\.51–0\.86\)/,
    )
    .waitFor();
  await page.getByText(/^Dead heads, whose logits do not change by more than 0\.000001: head L0H0\.$/).waitFor();
  await page.getByText("4 of 872 examples were truncated.").waitFor();
  await heads(shown)
    .locator("td.cell", { hasText: /^[^~]*82/ })
    .first()
    .click();
  assert.match(
    await detail(shown),
    /head L0H1: change of loss \+0\.0818 \(95 % confidence interval \+0\.0718 to \+0\.0938\); accuracy in points −4\.1 .*p \(Holm\) 0\.0210; largest change of a logit 0\.25; estimated/,
  );
  const table = page.getByRole("table", { name: "By part" });
  assert.match(
    await table.locator("tbody tr").first().innerText(),
    /head L1H0\s+\+0\.0890\s+\+0\.0790 to \+0\.1010\s+−4\.5/,
  );
  await heads(shown).locator("td.cell").first().dblclick();
  const asked = (await lastOf(shown)) as { type: string; name: string };
  assert.equal(asked.type, "matrix");
  nothingWrong(shown);
  await page.close();
});

test("effects are saved as one table, with what they are compared with beside it", async () => {
  const shown = await opened();
  const effects = effectsOf(mask, 4);
  await shown.send(effectMessage({ effects }));
  await heads(shown).waitFor();
  const { name, rows, metadata } = await savedTable(shown);
  assert.match(name, /-effects\.csv$/);
  assert.equal(rows.length, effects.parts.length);
  assert.deepEqual([rows[1]!.layer, rows[1]!.head, rows[1]!.kind], ["0", "1", "all"]);
  assert.ok(Math.abs(Number(rows[1]!.loss) - effects.parts[1]!.measured!.loss.value) < 1e-12);
  assert.equal(rows[4]!.loss, "");
  const { effect } = metadata as { effect: { change: string; examples: number; loss: number } };
  assert.deepEqual([effect.change, effect.examples, effect.loss], ["zeroed", 872, 0.4416]);
  await shown.page.close();
});

test("one click says whether the highlighted head is dead", async () => {
  const shown = await pages.open("heatmap", {
    state: { tab: "matrix", matrix: MATRIX.replace("output", "attention.self.query"), head: 2 },
  });
  const { page, send } = shown;
  const query = mask.matrices.find(({ kind, layer }) => kind === "Q" && layer === 1)!;
  await send(...(await heatmapMessages()), await matrixMessage(query.name));
  await choose(shown, "Matrix", "Layer 1 · Q");
  await choose(shown, "Highlighted head", "L1H2");
  await page.getByRole("button", { name: "Is L1H2 dead?" }).click();
  const place = { layer: 1, head: 2, kind: "all" } as const;
  assert.deepEqual(await lastOf(shown), { type: "measure", change: "zeroed", seconds: 0, head: place });
  const effects = effectsOf(mask, 5);
  const [dead, other] = effects.parts as [(typeof effects.parts)[number], (typeof effects.parts)[number]];
  await send(effectMessage({ head: place, running: true }));
  await page.getByText("Setting its mask to zero…").waitFor();
  await send(effectMessage({ head: place, effects: { ...effects, parts: [{ ...other, ...place }] } }));
  await page
    .getByText(/^L1H2 is not dead: with all its masked weights set to zero, a logit changes by up to 0\.25 on 872/)
    .waitFor();
  await send(effectMessage({ head: place, effects: { ...effects, parts: [{ ...dead, ...place }] } }));
  await page
    .getByText(/^L1H2 is dead: with all its masked weights set to zero, no logit of 872 validation examples changes/)
    .waitFor();
  await send(effectMessage({ head: { layer: 1, head: 1, kind: "all" }, effects }));
  await page.getByText(/is dead:/).waitFor({ state: "hidden" }); // the answer is that head's alone
  await page.close();
});

for (const theme of Object.keys(THEMES))
  test(`axe finds nothing wrong with measured effects in ${theme}`, async () => {
    const shown = await opened({ theme });
    await shown.send(effectMessage({ running: true, effects: effectsOf(mask, 9) }));
    await heads(shown).waitFor();
    await picture(shown, `effect-${theme}`);
    assert.deepEqual(await axe(shown), []);
    await shown.page.close();
  });

test("effects fit a column of 400 pixels", async () => {
  const shown = await opened({ width: 400 });
  await shown.send(effectMessage({ effects: effectsOf(mask, 9) }));
  await heads(shown).waitFor();
  await picture(shown, "effect-narrow");
  const wide = await shown.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(wide, 0);
  await shown.page.close();
});
