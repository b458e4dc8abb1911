// The diff's matrix with strips, sorting and states, and its heads by kind and over all masks.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PairComparison } from "../../src/mask/compare.ts";
import { pictured } from "../host/behaviour.ts";
import { axe, drawn, type Opened, Pages, THEMES } from "./browser.ts";
import { fixed } from "./fixed.ts";
import { diffMessages, matricesMessage } from "./fixture.ts";
import { choose, MATRIX, nothingWrong, savedTable } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const SIZE = { width: 1024, height: 700 };
const QUERY = "encoder.layer.1.attention.self.query.weight";

async function openMatrix(name: string, state: object = {}, look: object = SIZE): Promise<Opened> {
  const opened = await pages.open("diff", { ...look, state: { tab: "matrix", matrix: name, ...state } });
  await opened.send(...(await diffMessages("sentiment", "topic")), await matricesMessage(name, "sentiment", "topic"));
  await opened.page.locator("canvas.view").first().waitFor();
  await drawn(opened);
  return opened;
}

/** The strips' space beside and above the weights, in pixels. */
const STRIP = 18;

interface Sides {
  readonly views: { rows: number; columns: number; rowPruning: { z: { $floats: (number | null)[] } } }[];
}

/** Points at the middle of a shown row and column. */
async function pointAt({ page }: Opened, row: number, column: number, { rows, columns }: Sides["views"][number]) {
  const canvas = page.locator("canvas.view").first();
  const { width, height } = (await canvas.boundingBox())!;
  const [x, y] = [((column + 0.5) / columns) * (width - STRIP), ((row + 0.5) / rows) * (height - STRIP) + STRIP];
  await canvas.hover({ position: { x, y } });
}

const told = ({ page }: Opened) => page.locator(".detail[aria-live]").innerText();

/** The rows by falling z. */
const sortedRows = (z: readonly (number | null)[]) =>
  [...z.keys()].sort((a, b) => (z[b] ?? -1e9) - (z[a] ?? -1e9) || a - b);

test("strips show z of either mask's rows and columns, which sort the matrix of a diff", async () => {
  const opened = await openMatrix(MATRIX);
  const { views } = (await matricesMessage(MATRIX, "sentiment", "topic")) as Sides;
  await opened.page.getByText(/strips: z of the weights that sentiment pruned per row and column/).waitFor();
  const pixels = () =>
    opened.page.locator("canvas.view").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const before = await pixels();
  await choose(opened, "z of rows and columns", "z of topic");
  await opened.page.getByText(/strips: z of the weights that topic pruned/).waitFor();
  await drawn(opened);
  assert.notEqual(await pixels(), before, "another mask has other strips");
  await choose(opened, "Rows", "Rows by z");
  await drawn(opened);
  for (const place of [0, 1, 40]) {
    await pointAt(opened, place, 3, views[1]!);
    assert.match(
      await told(opened),
      new RegExp(`^row ${sortedRows(views[1]!.rowPruning.z.$floats)[place]}, column 3: `),
    );
  }
  await opened.page.mouse.move(0, 0);
  await pictured(opened.page, "diff-strips");
  await choose(opened, "z of rows and columns", "z of sentiment");
  await drawn(opened);
  await pointAt(opened, 0, 3, views[0]!);
  assert.match(await told(opened), new RegExp(`^row ${sortedRows(views[0]!.rowPruning.z.$floats)[0]}, column 3: `));
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await opened.page.close();
});

test("side by side each mask has its own strips, and sorted both have the order of the one that is named", async () => {
  const opened = await openMatrix(MATRIX, { view: "beside" });
  await opened.page.getByText(/strips: z of the weights that each mask pruned/).waitFor();
  await choose(opened, "Rows", "Rows by z");
  await opened.page.getByText(/strips: z of the weights that sentiment pruned/).waitFor();
  const { views } = (await matricesMessage(MATRIX, "sentiment", "topic")) as Sides;
  const second = opened.page.locator("canvas.view").nth(1);
  const { height } = (await second.boundingBox())!;
  await second.hover({ position: { x: 3, y: STRIP + (height - STRIP) / (2 * views[0]!.rows) } });
  assert.match(await told(opened), new RegExp(`^row ${sortedRows(views[0]!.rowPruning.z.$floats)[0]}, column 0: `));
  nothingWrong(opened);
  await opened.page.close();
});

test("a weight of a diff tells its head, its initial score in both masks, and its row and column in both", async () => {
  const opened = await openMatrix(QUERY);
  const { page, send, posted } = opened;
  const { views } = (await matricesMessage(QUERY, "sentiment", "topic")) as Sides;
  await pointAt(opened, 30, 5, views[0]!);
  await drawn(opened);
  const place = { name: QUERY, row: 30, column: 5, masks: [0, 1] };
  assert.deepEqual((await posted()).at(-1), { type: "weights", ...place });
  const facts = [
    { score: 0.0123, value: 0.5 },
    { score: -0.02, value: 0.5 },
  ];
  await send({ type: "weights", ...place, facts });
  await page
    .locator(".detail", { hasText: "initial score: sentiment 0.0123, topic −0.0200 · weight 0.5000" })
    .waitFor();
  const line = String.raw`[\d.]+ \(95 % confidence interval [\d.]+–[\d.]+\), z −?[\d.]+( ●)?`;
  assert.match(
    await told(opened),
    new RegExp(
      `^row 30, column 5: .* · head 1 · initial .* · row: sentiment ${line}, topic ${line} · column: sentiment ${line}, topic ${line} · effect: pruned / expected at the matrix's own pruning rates`,
    ),
  );
  await pictured(page, "diff-weight");
  await send({ type: "weights", ...place, masks: [0, 2], facts });
  await drawn(opened);
  assert.doesNotMatch(await told(opened), /initial score/, "facts of other masks");
  nothingWrong(opened);
  await page.close();
});

const [WHITE, ORANGE, BLUE] = [0xffffff, 0xe69f00, 0x56b4e9];

/** All colours of the weights' pixels, and those at some places, which are shares of the height and width. */
const colours = ({ page }: Opened, at: readonly (readonly [y: number, x: number])[] = []) =>
  page.locator("canvas.view").evaluate(
    (element, { strip, at }) => {
      const canvas = element as HTMLCanvasElement;
      const [width, height] = [canvas.width - strip, canvas.height - strip];
      const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
      copy.drawImage(canvas, 0, -strip);
      const { data } = copy.getImageData(0, 0, width, height);
      const colourAt = (pixel: number) => (data[4 * pixel]! << 16) | (data[4 * pixel + 1]! << 8) | data[4 * pixel + 2]!;
      const all = new Set<number>();
      for (let pixel = 0; pixel < width * height; pixel++) all.add(colourAt(pixel));
      return {
        all: [...all],
        at: at.map(([y, x]) => colourAt(Math.floor(y * height) * width + Math.floor(x * width))),
      };
    },
    { strip: STRIP, at },
  );

test("only one of the states can be shown: both, or the weights of one mask", async () => {
  const opened = await openMatrix(MATRIX);
  const seen = async () => {
    await drawn(opened);
    const { all } = await colours(opened);
    return [WHITE, ORANGE, BLUE].map((colour) => all.includes(colour));
  };
  assert.deepEqual(await seen(), [true, true, true]);
  for (const [option, wanted, key] of [
    ["Only both", [true, false, false], /^both [\d,]+$/],
    ["Only sentiment", [false, true, false], /^only sentiment [\d,]+$/],
    ["Only topic", [false, false, true], /^only topic [\d,]+$/],
  ] as const) {
    await choose(opened, "States", option);
    assert.deepEqual(await seen(), wanted, option);
    assert.match(await opened.page.locator(".key").innerText(), key);
    if (option === "Only both") await pictured(opened.page, "diff-only-both");
  }
  nothingWrong(opened);
  await opened.page.close();
});

const [ROWS, COLUMNS, BOTH] = [768, 576, 240];

/** Views of a matrix in which two masks pruned 2,000 weights each, 240 of them both; and the places of those. */
function sparse(): { message: object; both: [row: number, column: number][]; rowZ: number[] } {
  let state = 7;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const places = new Set<number>();
  while (places.size < 2 * 2000 - BOTH) places.add(random(ROWS * COLUMNS));
  const all = [...places];
  const bitsBut = (pruned: readonly number[]) => {
    const bytes = new Array<number>((ROWS * COLUMNS) / 8).fill(255);
    for (const at of pruned) bytes[at >> 3]! &= ~(1 << (at & 7));
    return { $bytes: bytes };
  };
  const rowZ = Array.from({ length: ROWS }, (_, row) => ((row * 389) % ROWS) / 100 - 3);
  const lines = (z: readonly number[]) => ({
    z: { $floats: z },
    effects: { $floats: z.flatMap(() => [1, 0.9, 1.1]) },
    marks: { $bytes: z.map(() => 0) },
  });
  const view = (pruned: readonly number[]) => ({
    ...{ name: MATRIX, rows: ROWS, columns: COLUMNS, bits: bitsBut(pruned), initial: bitsBut([]) },
    ...{ rowPruning: lines(rowZ), columnPruning: lines(new Array<number>(COLUMNS).fill(0)) },
  });
  return {
    message: { type: "matrices", views: [view(all.slice(0, 2000)), view([...all.slice(0, BOTH), ...all.slice(2000)])] },
    both: all.slice(0, BOTH).map((at) => [Math.floor(at / COLUMNS), at % COLUMNS]),
    rowZ,
  };
}

test("each of 240 weights of 442,368 that both masks pruned is seen in the overview, also sorted, unless true to scale", async () => {
  const { message, both, rowZ } = sparse();
  const opened = await pages.open("diff", { ...SIZE, state: { tab: "matrix", matrix: MATRIX } });
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "topic")), message);
  await page.locator(".key", { hasText: "both 240" }).waitFor();
  /** How many of the weights have a pixel in the colour of both. */
  const seen = async (placeOf: (row: number) => number = (row) => row) => {
    await drawn(opened);
    const places = both.map(([row, column]) => [(placeOf(row) + 0.5) / ROWS, (column + 0.5) / COLUMNS] as const);
    return (await colours(opened, places)).at.filter((colour) => colour === WHITE).length;
  };
  const { height } = (await page.locator("canvas.view").boundingBox())!;
  assert.ok(height < ROWS, "several rows share a pixel");
  assert.equal(await seen(), BOTH);
  await page.getByText("weights in the state “both” are enlarged to at least 3 pixels").waitFor();
  await pictured(page, "diff-both-seen");
  await choose(opened, "Rows", "Rows by z");
  const order = sortedRows(rowZ);
  assert.equal(await seen((row) => order.indexOf(row)), BOTH);
  await choose(opened, "States", "All states, true to scale");
  assert.equal(await page.getByText("are enlarged").count(), 0);
  assert.ok((await seen((row) => order.indexOf(row))) < BOTH / 10, "they vanish");
  await choose(opened, "States", "All states, “both” enlarged");
  await page.locator("canvas.view").focus();
  for (let i = 0; i < 6; i++) await page.keyboard.press("+");
  await drawn(opened);
  assert.equal(await page.getByText("are enlarged").count(), 0, "zoomed in, each weight fills a pixel");
  nothingWrong(opened);
  await page.close();
});

const pairsOf = async (...names: readonly string[]) =>
  ((await diffMessages(...names))[1] as { pairs: PairComparison[] }).pairs;

test("the heads of a diff are shown by kind of matrix: each mask's effects, the lift, and the correlation", async () => {
  const opened = await pages.open("diff", { ...SIZE, state: { tab: "heads" } });
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "topic")));
  const [pair] = await pairsOf("sentiment", "topic");
  const grid = (name: string) => page.getByRole("grid", { name });
  for (const [option, kind] of [
    ["K rows", "K"],
    ["AO columns", "AO"],
  ] as const) {
    await choose(opened, "Matrices of a head", option);
    const { heads, headCorrelation } = pair!.headKinds.find((one) => one.kind === kind)!;
    await page.getByText(`correlation ${fixed(headCorrelation!.value, 2)} (95 %`).waitFor();
    const shown = heads.toSorted((a, b) => b.layer - a.layer || a.head - b.head);
    for (const [name, effects] of [
      ["sentiment: pruned weights", shown.map(({ effectA }) => effectA)],
      ["topic: pruned weights", shown.map(({ effectB }) => effectB)],
      ["Overlap of both masks", shown.map(({ lift }) => lift)],
    ] as const)
      assert.deepEqual(
        (await grid(name).locator("td.cell").allTextContents()).map((text) => text.replace("●", "")),
        effects.map((effect) => fixed(effect!.value, 2)),
        `${name} in ${kind}`,
      );
  }
  await page.getByText("whose part in this kind of matrix is significant among all 32 such parts").waitFor();
  await pictured(page, "diff-heads-kind");
  const { rows } = await savedTable(opened, "Attention heads");
  const csv = rows.filter(({ kind }) => kind !== "all");
  assert.deepEqual([rows.length - csv.length, csv.length], [8, 8 * pair!.headKinds.length]);
  const [first] = pair!.headKinds[0]!.heads;
  const saved = csv.find(({ kind, layer, head }) => kind === "Q" && Number(layer) === first!.layer && head === "0")!;
  assert.equal(Number(saved.zA), first!.zA);
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await page.close();
});

test("a click on a cell of all pairs shows its pair, and the keyboard as before", async () => {
  const opened = await pages.open("diff", SIZE);
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "topic", "other")));
  const cell = page.getByRole("grid", { name: "Lift of all pairs" }).locator("tr").nth(2).locator("td.cell").nth(1);
  assert.match((await page.locator("h1").textContent())!, /sentiment.*topic/);
  await cell.click();
  assert.match((await page.locator("h1").textContent())!, /topic.*other/);
  assert.equal(await cell.getAttribute("aria-current"), "true");
  await pictured(page, "diff-pair-click");
  await page.keyboard.press("ArrowLeft");
  assert.match((await page.locator("h1").textContent())!, /topic.*other/, "an arrow key only moves");
  await page.keyboard.press("Enter");
  assert.match((await page.locator("h1").textContent())!, /sentiment.*topic/);
  nothingWrong(opened);
  await page.close();
});

test("one head is shown in all masks, with each mask's effect, interval and z, and each pair's lift", async () => {
  const opened = await pages.open("diff", { ...SIZE, state: { tab: "heads", heads: "V" } });
  const { page, send } = opened;
  const names = ["sentiment", "topic", "other"] as const;
  await send(...(await diffMessages(...names)));
  const pairs = await pairsOf(...names);
  const headOf = (pair: PairComparison) => {
    const { heads } = pair.headKinds.find(({ kind }) => kind === "V")!;
    return heads.find(({ layer, head }) => layer === 1 && head === 2)!;
  };
  const cell = page.getByRole("grid", { name: "Overlap of both masks" }).locator("tr").nth(1).locator("td.cell").nth(2);
  await cell.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Head L1H2 in all masks" }).waitFor();
  const rows = await page
    .getByRole("table", { name: "Head L1H2 in all masks" })
    .locator("tbody tr")
    .evaluateAll((all) => all.map((row) => [...row.children].slice(0, 5).map((cell) => cell.textContent)));
  const [ab, ac] = [headOf(pairs[0]!), headOf(pairs[1]!)];
  const sides = [
    [ab.effectA, ab.zA, ab.markedA],
    [ab.effectB, ab.zB, ab.markedB],
    [ac.effectB, ac.zB, ac.markedB],
  ] as const;
  for (const [i, [effect, z]] of sides.entries()) {
    const range = `${fixed(effect!.low, 3)}–${fixed(effect!.high, 3)}`;
    assert.deepEqual(rows[i]!.slice(0, 3), [names[i]!, fixed(effect!.value, 3), range]);
    assert.equal(rows[i]![3]!.replace("+", ""), fixed(z, 1));
  }
  assert.equal(await page.locator("svg.interval").count(), 3);
  const lifts = page.getByRole("grid", { name: "Lift of all pairs in the head" }).locator("td.cell");
  assert.deepEqual(
    (await lifts.allTextContents()).map((text) => text.replace("●", "")),
    [0, 1, 0, 2, 1, 2].map((pair) => fixed(headOf(pairs[pair]!).lift!.value, 2)),
  );
  await page.getByRole("heading", { name: "Head L1H2 in all masks" }).scrollIntoViewIfNeeded();
  await page.evaluate(() => window.scrollBy(0, 400));
  await pictured(page, "diff-one-head");
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await page.close();
});

test("masks that cover different matrices of a head have no effect together, which is said with the remedy", async () => {
  const opened = await pages.open("diff", { state: { tab: "heads" } });
  const { page, send } = opened;
  const [names, message] = (await diffMessages("sentiment", "topic", "other")) as [object, { pairs: PairComparison[] }];
  const [first, second, third] = message.pairs;
  const other = { ...second!, heads: second!.heads.map((head) => ({ ...head, zA: head.zA! + 1 })) };
  await send(names, { ...message, pairs: [first, other, third] });
  await page.getByText("Choose Q, K, V or AO.").waitFor();
  const text = await page
    .getByRole("table", { name: /in all masks$/ })
    .locator("tbody tr")
    .first()
    .innerText();
  assert.match(text, /^sentiment\s+–\s+–\s+–/);
  await choose(opened, "Matrices of a head", "Q rows");
  assert.equal(await page.getByText("Choose Q, K, V or AO.").count(), 0);
  nothingWrong(opened);
  await page.close();
});

for (const theme of Object.keys(THEMES))
  for (const look of [{ width: 1500, height: 950 }, SIZE])
    test(`axe finds nothing wrong in the matrix and the heads of a diff in ${theme} at ${look.width} × ${look.height}`, async () => {
      const opened = await openMatrix(QUERY, {}, { theme, ...look });
      assert.deepEqual(await axe(opened), []);
      await opened.page.close();
      const heads = await pages.open("diff", { theme, ...look, state: { tab: "heads", heads: "Q" } });
      await heads.send(...(await diffMessages("sentiment", "topic", "other")));
      await heads.page.locator("svg.interval").first().waitFor();
      assert.deepEqual(await axe(heads), []);
      await heads.page.close();
    });
