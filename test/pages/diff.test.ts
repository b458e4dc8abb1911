import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import { axe, drawn, type Opened, Pages } from "./browser.ts";
import { fixed } from "./fixed.ts";
import { diffMessages, matricesMessage } from "./fixture.ts";
import { MATRIX, nothingWrong, picture, SHOWN, savedTable } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

test("the diff answers in a sentence, warns of one mask seed, and says what is compared", async () => {
  const opened = await pages.open("diff");
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "other")));
  const sentence = await page.locator(".sentence").textContent();
  const { lift, z } = ((await diffMessages("sentiment", "other"))[1] as { pairs: [PairComparison] }).pairs[0];
  const effect = `${fixed(lift!.value, 3)} times (95 % confidence interval ${fixed(lift!.low, 3)}–${fixed(lift!.high, 3)})`;
  assert.ok(
    sentence!.includes(`pruned the same weights ${effect} as often as expected given their initial scores: `),
    sentence!,
  );
  assert.match(sentence!, /scores: more than with independent pruning\.$/);
  assert.match(
    (await page.locator(".warning").first().textContent())!,
    /^Both masks were trained with the same mask seed.*\.$/,
  );
  await page.locator(".null").waitFor();
  const more = page.locator("main > details", { hasText: "More about this comparison" });
  const compared = more.getByText("Matrices compared: 7 in both masks; 7 only in sentiment, 1 only in other.");
  assert.equal(await compared.isVisible(), false);
  await more.locator("summary").click();
  await compared.waitFor();
  assert.match(
    await more.innerText(),
    new RegExp(`z ${fixed(z, 1)}, from .* d is 0\\.0729 \\(0\\.1260 by chance\\): it reflects seeds and sparsity`),
  );
  nothingWrong(opened);
  await page.close();
});

test("a diff says nothing of unknown beginnings before they are known to be unknown", async () => {
  const opened = await pages.open("diff");
  const { page, send } = opened;
  const [names, pairs] = (await diffMessages("sentiment", "topic")) as [unknown, { pairs: object[] }];
  const bare = pairs.pairs.map((pair) => ({ ...pair, lift: null, z: null, notes: ["not known"] }));
  await send(names, { type: "pairs", stage: "distance", pairs: bare });
  await page.locator(".sentence", { hasText: "Recomputing the initial masks" }).waitFor();
  assert.equal(await page.getByText("not known").count(), 0);
  await send({ type: "pairs", stage: "complete", pairs: bare });
  await page.locator(".sentence", { hasText: "It is unknown whether the masks overlap more than chance" }).waitFor();
  assert.equal(await page.locator(".warning").textContent(), "Not known.");
  await page.close();
});

test("of three masks every pair has a cell, and Enter shows it", async () => {
  const opened = await pages.open("diff");
  await SHOWN.diff(opened);
  const { page } = opened;
  const every = page.getByRole("grid", { name: "Lift of all pairs" });
  assert.equal(await every.locator("td.cell").count(), 6);
  await every.locator("tr").nth(2).locator("td.cell").nth(1).focus();
  await page.keyboard.press("Enter");
  assert.match((await page.locator("h1").textContent())!, /topic.*other/);
  const current = every.locator("[aria-current]");
  assert.equal(await current.count(), 2); // above and below the diagonal
  for (const cell of await current.all())
    assert.match((await cell.getAttribute("aria-label"))!, /topic ↔ other|other ↔ topic/);
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
  await drawn(beside);
  const whole = await pixels();
  await beside.page.locator("canvas.view").first().focus();
  await beside.page.keyboard.press("+");
  await drawn(beside);
  const zoomed = await pixels();
  for (const side of [0, 1]) assert.notEqual(zoomed[side], whole[side], `side ${side}`);
  await beside.page.keyboard.press("0");
  await drawn(beside);
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
  await blink.page.getByRole("button", { name: "Show the other mask" }).click();
  assert.ok(await second.isHidden());
  nothingWrong(blink);
  await blink.page.close();
});

test("the heads of both masks stand beside each other, with their scatter and correlation", async () => {
  const opened = await pages.open("diff", { state: { tab: "heads" } });
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "topic")));
  await page
    .getByText(/^correlation 0\.\d\d \(95 % confidence interval (−0\.\d\d to |0\.\d\d–)0\.\d\d\) over 8 heads$/)
    .waitFor();
  assert.equal(await page.locator("table.grid.heads").count(), 3);
  assert.equal(await page.locator("svg.scatter circle.dot").count(), 8);
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

const ORANGE = 0xe69f00;
const BLUE = 0x56b4e9;

test("side by side saves both sides in one picture, a swipe what is seen, and says where it comes from", async () => {
  const messages = [...(await diffMessages("sentiment", "topic")), await matricesMessage(MATRIX, "sentiment", "topic")];
  const saved = async (view: string, act: (opened: Opened) => Promise<void> = async () => {}) => {
    const opened = await pages.open("diff", { state: { tab: "matrix", matrix: MATRIX, view, of: "kept" } });
    await opened.send(...messages);
    await opened.page.locator("canvas.view").first().waitFor();
    await drawn(opened);
    await act(opened);
    await opened.page.getByRole("button", { name: "Save PNG" }).click();
    const picture = await opened.savedPng();
    nothingWrong(opened);
    await opened.page.close();
    const has = (colour: number) => picture.pixels.map((line) => line.includes(colour));
    return { ...picture, orange: has(ORANGE), blue: has(BLUE) };
  };
  const beside = await saved("beside");
  assert.equal(beside.name, `sentiment-topic-${MATRIX}.png`);
  assert.match(beside.text, /iTXtDescription[\s\S]*sentiment\.mask\.safetensors[\s\S]*topic\.mask\.safetensors/);
  assert.deepEqual([beside.orange[0], beside.blue[0], beside.orange[8], beside.blue[8]], [true, false, false, true]);
  const swipe = await saved("swipe", async ({ page }) => {
    await page.getByRole("slider").focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("PageUp"); // 80 %
  });
  assert.deepEqual([swipe.orange[6], swipe.blue[6], swipe.orange[8], swipe.blue[8]], [true, false, false, true]);
  const four = await saved("four");
  assert.deepEqual([four.orange.includes(true), four.blue.includes(true)], [true, true]);
  const blink = await saved("blink");
  assert.deepEqual([blink.orange.includes(true), blink.blue.includes(true)], [false, true], "the side that is seen");
});

test("arrow keys go from head to head in the scatter, by x and by y, and tell each head's numbers", async () => {
  const opened = await pages.open("diff", { state: { tab: "heads" } });
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "topic")));
  const plot = page.getByRole("img", { name: /^Heads by z in sentiment and z in topic/ });
  await plot.focus();
  const told = () => page.locator(".detail[aria-live]").innerText();
  const places = await plot
    .locator("circle.dot")
    .evaluateAll((dots) => dots.map((dot) => [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))]));
  const at = async () => {
    const ring = plot.locator("circle.ring");
    return [Number(await ring.getAttribute("cx")), Number(await ring.getAttribute("cy"))];
  };
  const xs = places.map(([x]) => x!).sort((a, b) => a - b);
  const seen: number[] = [];
  const texts = new Set<string>();
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press(i ? "ArrowRight" : "Home");
    seen.push((await at())[0]!);
    texts.add(await told());
  }
  assert.deepEqual(seen, xs);
  assert.equal(texts.size, 8);
  assert.match([...texts][0]!, /^head L\dH\d: lift [\d.]+ \(95 % .* z −?\d\.\d and [\d.]+ \(95 %.*, z −?\d\.\d$/);
  const before = (await at())[1]!;
  await page.keyboard.press("ArrowUp");
  assert.ok((await at())[1]! < before, "up is a larger y");
  assert.equal(await page.locator("td.pointed").count(), 3, "the point's head in each grid");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".pointed").count(), 0);
  assert.equal(await plot.locator("circle.ring").getAttribute("visibility"), "hidden");
  await page.close();
});

test("each head's numbers stand in a table with the marks that they came with, and are saved so", async () => {
  const opened = await pages.open("diff", { state: { tab: "numbers" } });
  const { page, send } = opened;
  const messages = await diffMessages("sentiment", "topic");
  await send(...messages);
  const table = page.getByRole("table", { name: "By attention head" });
  await table.waitFor();
  const header = await table.locator("th[scope=col]").allTextContents();
  const side = (name: string) => [`${name}: pruned / expected`, "95 % confidence interval", "z", "●"];
  assert.deepEqual(
    header.map((title) => title.replace(/\s/g, " ")),
    ["head", "lift", "95 % confidence interval", "z", "●", ...side("sentiment"), ...side("topic")],
  );
  const rows = await table
    .locator("tbody tr")
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.equal(rows.length, 8);
  const [{ heads }] = (messages[1] as { pairs: [PairComparison] }).pairs;
  const numbers = (effect: Estimate | null, z: number | null, marked: boolean | null) => [
    ...[fixed(effect!.value, 3), `${fixed(effect!.low, 3)}–${fixed(effect!.high, 3)}`, fixed(z, 2), marked ? "●" : ""],
  ];
  for (const [i, { layer, head, lift, z, marked, effectA, zA, markedA, effectB, zB, markedB }] of heads.entries())
    assert.deepEqual(rows[i]!, [
      ...[`L${layer}H${head}`, ...numbers(lift, z, marked)],
      ...[...numbers(effectA, zA, markedA), ...numbers(effectB, zB, markedB)],
    ]);
  const { name, csv, rows: saved, metadata } = await savedTable(opened, "Attention heads");
  assert.equal(name, "sentiment-topic-heads.csv");
  assert.match(csv, /^layer,head,kind,/);
  assert.equal(metadata.null, "independence");
  assert.deepEqual(
    (metadata.masks as { side: string; task: { name: string } }[]).map(({ side, task }) => [side, task.name]),
    [
      ["A", "sentiment"],
      ["B", "topic"],
    ],
  );
  for (const [i, { layer, head, lift, z, marked, zA, zB, effectA }] of heads.entries()) {
    const wanted = {
      ...{ layer, head, lift: lift!.value, liftLow: lift!.low, liftHigh: lift!.high, z, zA, zB },
      ...{ marked: Number(marked), effectALow: effectA!.low },
    };
    assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, Number(saved[i]![key])])), wanted);
  }
  assert.deepEqual(await axe(opened), []);
  await page.close();
});

test("a blink can be paused, and says which side is seen", async () => {
  const opened = await pages.open("diff", { state: { tab: "matrix", matrix: MATRIX, view: "blink" }, motion: true });
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "topic")), await matricesMessage(MATRIX, "sentiment", "topic"));
  const shown = page.locator(".row strong");
  await page.locator(".row strong", { hasText: "sentiment" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  const side = await shown.textContent();
  await page.waitForTimeout(1000);
  assert.equal(await shown.textContent(), side);
  await page.getByRole("button", { name: "Show the other mask" }).click();
  assert.notEqual(await shown.textContent(), side);
  await page.close();
});

test("masks that overlap in unknown ways, in one layer, or in no matrix are all said in words", async () => {
  const [names, message] = (await diffMessages("sentiment", "topic")) as [unknown, { pairs: [PairComparison] }];
  const [pair] = message.pairs;
  const unknown = { lift: null, z: null, observed: null, expected: null };
  const changes: Partial<PairComparison>[] = [
    { matrices: [], layers: [], kinds: [], heads: [], shared: [], headCorrelation: null, ...unknown, d: null },
    { matrices: pair.matrices.filter(({ layer }) => layer === 1), layers: pair.layers.slice(1) },
    {
      ...{ ...unknown, notes: ["the beginning is not known"], heads: [] },
      matrices: pair.matrices.map((matrix) => ({ ...matrix, ...unknown })),
    },
    { heads: pair.heads.map((head) => ({ ...head, effectA: null, zA: null, lift: null, z: null })) },
  ];
  for (const change of changes)
    for (const tab of ["overlap", "heads", "matrix", "numbers"]) {
      const opened = await pages.open("diff", { state: { tab } });
      await opened.send(names, { ...message, pairs: [{ ...pair, ...change }] });
      await opened.page.locator("#panel").waitFor();
      assert.doesNotMatch(
        await opened.page.locator("main").innerText(),
        /NaN|undefined|(?<!The )\bnull\b|Infinity|went wrong/,
      );
      nothingWrong(opened);
      await opened.page.close();
    }
});

test("a table is sorted by a click on a column's title, down, up and as it was, and stays so when more is told", async () => {
  const opened = await pages.open("diff", { state: { tab: "numbers" } });
  const { page, send } = opened;
  const messages = await diffMessages("sentiment", "topic");
  await send(...messages);
  const table = page.getByRole("table", { name: "By attention head" });
  const column = (n: number) => table.locator(`tbody td:nth-child(${n})`).allTextContents();
  await table.waitFor();
  const [names, lifts] = [await column(1), await column(2)];
  const lift = table.getByRole("button", { name: "lift" });
  await lift.click();
  const down = [...lifts].sort((a, b) => Number(b) - Number(a));
  assert.deepEqual(await column(2), down);
  assert.equal(await table.locator("th", { hasText: "lift" }).getAttribute("aria-sort"), "descending");
  await send(messages[1]);
  await drawn(opened);
  assert.deepEqual(await column(2), down);
  await lift.click();
  assert.deepEqual(await column(2), down.reverse());
  await lift.click();
  assert.deepEqual(await column(1), names);
  await table.getByRole("button", { name: "head" }).click();
  assert.deepEqual(await column(1), [...names].reverse());
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await page.close();
});

test("what the words of a page mean is told at its foot and over the columns", async () => {
  const opened = await pages.open("diff", { state: { tab: "numbers" } });
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "topic")));
  assert.match((await page.locator("th", { hasText: "d by chance" }).first().getAttribute("title"))!, /^d of two/);
  await page.getByRole("button", { name: "Glossary" }).click();
  assert.match(
    await page.locator("dl").innerText(),
    /lift\s+the effect: weights that both masks pruned, divided by the number expected given their initial scores/,
  );
  assert.deepEqual(await axe(opened), []);
  await page.close();
});

test("a control is called one in the title of a diff", async () => {
  const opened = await pages.open("diff");
  const { page, send } = opened;
  const [names, pairs] = (await diffMessages("sentiment", "topic")) as [{ masks: object[] }, unknown];
  await send({ ...names, masks: names.masks.map((mask, i) => ({ ...mask, permuteLabels: i ? 3 : null })) }, pairs);
  await page.getByRole("heading", { name: "sentiment ↔ topic (control, permuted labels)" }).waitFor();
  await page.close();
});
