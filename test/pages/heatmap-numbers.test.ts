import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import type { Changed, HeadDescription } from "../../src/mask/describe.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import type { ApartView } from "../../src/messages.ts";
import { pictured } from "../host/behaviour.ts";
import { axe, Pages } from "./browser.ts";
import { fixed } from "./fixed.ts";
import { describedAs, heatmapMessages, matrixMessage } from "./fixture.ts";
import { described, heads as headsGrid } from "./heatmap-parts.ts";
import { MATRIX, nothingWrong, picture, SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

test("heads are held against their matrices' densities as parts of them, the tooltip says so, and nothing is marked by them", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "kept", heads: "V" } });
  await SHOWN.heatmap(opened);
  const { page } = opened;
  const { description } = await described();
  const { rows, columns, sparsity } = description.matrices.find(({ layer, kind }) => layer === 1 && kind === "V")!;
  const { density } = description.heads.find(({ layer, head, kind }) => layer === 1 && head === 2 && kind === "V")!;
  const { heads: count } = description.base;
  // Drawn without replacement: of N weights with K kept, n fall to the head, with variance n·K/N·(1 − K/N)·(N − n)/N.
  const [all, kept, own] = [rows * columns, rows * columns * (1 - sparsity), (rows * columns) / count];
  const deviation = Math.sqrt(((own * kept) / all) * (1 - kept / all) * ((all - own) / all));
  const z = (own * density - (own * kept) / all) / deviation;
  const told = () => page.locator(".detail").innerText();
  const grid = page.getByRole("grid", { name: "Density by layer and attention head" });
  const cell = grid.locator("tr", { hasText: "layer 1" }).locator("td.cell").nth(2);
  await cell.focus();
  const figure = page.locator(".figure").filter({ has: grid });
  assert.deepEqual(await figure.locator(".legend .ends span").allTextContents(), ["−8 fewer", "z 0", "more +8"]);
  const legend = await figure
    .locator("canvas.bar")
    .evaluate(
      (bar: HTMLCanvasElement, at) => [...bar.getContext("2d")!.getImageData(at, 0, 1, 1).data].slice(0, 3),
      Math.round((z / 8 + 1) * 32),
    );
  const colour = await cell.evaluate((cell) => getComputedStyle(cell).backgroundColor.match(/\d+/g)!.map(Number));
  assert.ok(
    colour.every((channel, i) => Math.abs(channel - legend[i]!) < 8),
    `z ${z} is ${colour}, the legend there ${legend}`,
  );
  const chance = ((196 * deviation) / own).toFixed(2);
  assert.ok((await told()).endsWith(`(± ${chance} if zeros were randomly placed), z ${fixed(z, 1)}`), await told());
  await page.getByText(/z is not corrected for clustering, so no head is marked$/).waitFor();
  assert.equal(await grid.locator(".mark").count(), 0);
  const rates = page.getByRole("grid", { name: "Density by layer and matrix kind" });
  const cells = await rates
    .locator("td.cell")
    .evaluateAll((cells) =>
      cells.map((cell) => [Number.parseFloat(cell.textContent!), cell.getAttribute("aria-label")!] as const),
    );
  assert.equal(cells.length, description.matrices.length);
  for (const [shown, label] of cells)
    assert.ok(Math.abs(shown - Number(/ ([\d.]+) % of [\d,]+ weights kept/.exec(label)![1])) < 0.06, label);
  await page.close();
});

test("numbers say what expected drops are held against, and a small mask how many bits it has", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "numbers" } });
  await opened.send(...(await heatmapMessages()));
  const { page } = opened;
  const section = (title: string) => page.locator("h2", { hasText: title }).innerText();
  for (const title of ["By kind", "By layer", "By matrix"])
    assert.match(
      await section(title),
      /expected: given the initial scores, at the pruning rates of all matrices together; ● \d+ of \d+ marked/,
      title,
    );
  assert.match(await section("Rows and columns furthest"), /at the pruning rates of their own matrix/);
  const { weights } = (await described()).description;
  assert.ok((await page.locator(".aside").first().innerText()).includes(`${weights.toLocaleString("en")} bits`));
  const header = await page.getByRole("table", { name: "By matrix" }).locator("th[scope=col]").allInnerTexts();
  assert.ok(header.map((title) => title.replace(/\s/g, " ")).includes("|W| off"), header.join());
  await page.close();
});

test("seeds of a task that share a run seed are said to share it", async () => {
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  await send(describedAs(await described(), { seeds: { run: 1, mask: 2 } }));
  const { description } = await described();
  const seed = (runSeed: number) => ({ name: "again", maskSeed: 99, runSeed, heads: description.heads });
  await send({ type: "seeds", seeds: [seed(3)] });
  await page.locator("vscode-dropdown[aria-label='Seeds']").waitFor();
  assert.equal(await page.locator(".warning").count(), 0);
  await send({ type: "seeds", seeds: [seed(1)] });
  await page.getByText(/^Some of the 2 runs of this task used the same run seed.*In every layer/).waitFor();
  await page.close();
});

const rowsOf = (table: Locator) =>
  table
    .locator("tbody tr")
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
const range = ({ low, high }: Estimate, digits: number) => `${fixed(low, digits)}–${fixed(high, digits)}`;

test("every head, layer, kind and matrix leads with its effect and interval, then z, φ and the mark that it came with", async () => {
  const whole = await described();
  const { description } = whole;
  // Marks that no z would give: the page must not make its own.
  const marked = <P extends Changed | HeadDescription>(parts: readonly P[]) =>
    parts.map((part, i) => ({ ...part, marked: i % 3 === 0 }));
  const [matrices, layers, kinds] = [
    marked(description.matrices),
    marked(description.layers),
    marked(description.kinds),
  ];
  const heads = marked(description.heads);
  const opened = await pages.open("heatmap", { state: { tab: "numbers" } });
  const { page, send } = opened;
  await send(describedAs(whole, { matrices, layers, kinds, heads }));
  await page.locator("summary", { hasText: "By attention head" }).click();
  const numbers = ({ effect, z, phi, marked }: Omit<Changed, "regrown">) => [
    ...[fixed(effect!.value, 3), range(effect!, 3), fixed(z!, 1), fixed(phi!, 2), marked ? "●" : ""],
  ];
  const whole_ = heads.filter(({ kind }) => kind === "all");
  for (const [name, parts] of [
    ["By matrix", matrices],
    ["By kind", kinds],
    ["By layer", [...layers].sort((a, b) => (b.layer ?? 99) - (a.layer ?? 99))],
    [
      "By attention head",
      [...whole_].sort((a, b) => Number(b.marked) - Number(a.marked) || Math.abs(b.z!) - Math.abs(a.z!)),
    ],
  ] as const) {
    const table = page.getByRole("table", { name });
    const header = (await table.locator("th[scope=col]").allInnerTexts()).map((title) => title.replace(/\s/g, " "));
    assert.deepEqual(header.slice(name === "By kind" || name === "By layer" ? 0 : 1).slice(0, 5), [
      ...["pruned / expected", "95 % confidence interval", "z", "φ", "●"],
    ]);
    assert.deepEqual(
      (await rowsOf(table)).map((row) => row.slice(1, 6)),
      parts.map(numbers),
      name,
    );
  }
  const counted = whole_.filter((head) => head.marked).length;
  await page.getByText(`pruning rates of the head's own matrices; ● ${counted} of ${whole_.length} marked`).waitFor();
  const table = page.getByRole("table", { name: "By matrix" });
  await table.getByRole("button", { name: "●" }).click();
  const dots = (await rowsOf(table)).map((row) => row[5]);
  assert.deepEqual(dots, [...dots].sort().reverse(), "marked ones first");
  await page.close();
});

test("a list that shows some heads says how many there are and how many are marked, and so do the grids and the sentence", async () => {
  const whole = await described();
  const { description } = whole;
  const one = description.heads.find(({ kind }) => kind === "all")!;
  const effect = { value: 1.4, low: 1.25, high: 1.57 };
  const heads = Array.from({ length: 72 }, (_, i): HeadDescription => {
    const [marked, z] = [i < 23, i < 20 ? 8 - i / 10 : i < 23 ? -5 : 1];
    return { ...one, layer: Math.floor(i / 12), head: i % 12, effect, z, phi: 1.3, marked };
  });
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  await send(describedAs(whole, { heads }));
  const heading = (title: string) => page.locator("h2", { hasText: title }).innerText();
  await page.locator("table.grid.heads").waitFor();
  assert.match(await heading("Furthest from expectation"), /12 of 72 shown; ● 12 of 23 marked/);
  assert.match(await heading("Attention heads"), /pruned \/ expected given the initial scores.*● 23 of 72 marked/);
  const table = page.getByRole("table", { name: "Furthest from expectation" });
  assert.deepEqual((await rowsOf(table))[0], ["L0H0●", "1.40", "1.25–1.57", "+8.0"]);
  assert.match(
    await page.locator(".sentence").innerText(),
    /23 of 72 attention heads are marked \(false discovery rate 5 %\): 20 lost more weights than expected given their initial scores \(L0H0: 1\.40 times, 95 % confidence interval 1\.25–1\.57; L0H1: 1\.40; L0H2: 1\.40; …\); 3 lost fewer/,
  );
  const cells = headsGrid(opened);
  assert.equal(await cells.locator("td.cell .mark").count(), 23);
  assert.match(
    (await cells.locator("td.cell").first().getAttribute("aria-label"))!,
    /^1\.40: head L1H0: 1\.40 \(95 % confidence interval 1\.25–1\.57\) times the expected count: .* z 6\.8, φ 1\.30$/,
  );
  const none = heads.map((head) => ({ ...head, marked: false }));
  await send(describedAs(whole, { heads: none }));
  await page.getByText("None of the 72 attention heads is marked (false discovery rate 5 %).").waitFor();
  await page.close();
});

test("the layer and the head that changed most are named with their z, if they are marked", async () => {
  const whole = await described();
  const { description } = whole;
  const layers = description.layers.map((one) => {
    const [z, marked] = one.layer === null ? [20, true] : one.layer === 1 ? [7.14, true] : [9, false];
    return { ...one, z, marked };
  });
  const all = description.heads.filter(({ kind }) => kind === "all");
  const heads = all.map((head, i) => ({ ...head, z: i === 0 ? -8 : i === 3 ? 5.24 : 1, marked: i === 0 || i === 3 }));
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  const sentence = () => page.locator(".sentence").innerText();
  const told = "Compared with the number of pruned weights expected given the initial scores, ";
  await send(describedAs(whole, { layers, heads }));
  await page.locator("table.grid.heads").waitFor();
  const { layer, head } = all[3]!;
  assert.ok((await sentence()).includes(`${told}layer 1 (z 7.1) and head L${layer}H${head} (z 5.2) changed most. `));
  const unmarked = heads.map((one) => ({ ...one, marked: false }));
  await send(describedAs(whole, { layers, heads: unmarked }));
  await page.getByText(`${told}layer 1 (z 7.1) changed most. `).waitFor();
  await send(describedAs(whole, { layers: layers.map((one) => ({ ...one, marked: false })), heads: unmarked }));
  await page.locator(".sentence", { hasText: "Compared with" }).waitFor({ state: "detached" });
  await page.close();
});

test("matrices, layers and kinds can be shown against expectation, marked, on one grid", async () => {
  const opened = await pages.open("heatmap", { state: { flips: "expected" } });
  await SHOWN.heatmap(opened);
  const { page } = opened;
  const { matrices, layers, kinds } = (await described()).description;
  const grid = page.getByRole("grid", { name: "Flips by layer and matrix kind" });
  const cells = grid.locator("td.cell");
  assert.equal(await cells.count(), matrices.length + layers.length + kinds.length);
  const marks = [...matrices, ...layers, ...kinds].filter(({ marked }) => marked).length;
  assert.equal(await grid.locator(".mark").count(), marks);
  const labels = await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute("aria-label")!));
  const layer = layers.find((one) => one.layer === 1)!;
  const wanted = `${fixed(layer.effect!.value, 2)}: layer 1: ${fixed(layer.effect!.value, 2)} (95 % confidence interval ${range(layer.effect!, 2)}) times the expected count`;
  assert.ok(
    labels.some((label) => label.startsWith(wanted)),
    labels.join("\n"),
  );
  await page
    .getByRole("heading", {
      name: /^Pruned \/ expected given the initial scores, at the pruning rates of all matrices/,
    })
    .waitFor();
  await picture(opened, "heatmap-expected");
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await page.close();
});

test("masks of the task that are not combined are named with the reason, where seeds are chosen", async () => {
  const opened = await pages.open("heatmap", { width: 1024, height: 700 });
  await SHOWN.heatmap(opened);
  const { page, send } = opened;
  const { heads } = (await described()).description;
  const said = page.getByText(/^Not combined with this mask: /);
  assert.equal(await said.count(), 0);
  const options = { why: "options", options: ["epochs", "layers"] } as const;
  const apart: readonly ApartView[] = [
    { name: "long-1", because: options },
    { name: "more", because: { why: "data" } },
    { name: "long-2", because: options },
    { name: "cased", because: { why: "base" } },
    { name: "drawn", because: { why: "initial" } },
    { name: "old", because: { why: "unknown" } },
    { name: "few", because: { why: "matrices" } },
    { name: "twin", because: { why: "maskSeed", maskSeed: 7 } },
    { name: "torn", because: { why: "unreadable", fault: "torn.mask.safetensors: the file ends early" } },
  ];
  await send({ type: "seeds", seeds: [{ name: "again", maskSeed: 99, heads }], apart });
  await said.waitFor();
  assert.equal(
    await said.innerText(),
    "Not combined with this mask: long-1, long-2 (different options: epochs, layers); more (different data); cased (a different base model); drawn (a different distribution of the initial scores); old (unknown initial mask); few (different matrices); twin (same mask seed, 7); torn (cannot be read: torn.mask.safetensors: the file ends early).",
  );
  assert.equal(await page.locator(".figure", { has: said }).locator("vscode-dropdown[aria-label='Seeds']").count(), 1);
  await said.scrollIntoViewIfNeeded();
  await pictured(page, "heatmap-not-combined");
  const many = Array.from({ length: 8 }, (_, i) => ({ name: `m${i}`, because: { why: "data" } }));
  await send({ type: "seeds", seeds: [], apart: many });
  await page.getByText("Not combined with this mask: m0, m1, m2, m3, m4 and 3 more (different data).").waitFor();
  assert.deepEqual(await axe(opened), []);
  await page.close();
});

test("a row of Numbers opens its matrix by Enter and by a click, at its head, row or column", async () => {
  const opened = await pages.open("heatmap", { width: 1024, height: 700, state: { tab: "numbers" } });
  const { page, send, posted } = opened;
  await send(...(await heatmapMessages()), await detailsOfMatrix());
  const table = (name: string) => page.getByRole("table", { name });
  const back = () => page.getByRole("tab", { name: "Numbers" }).click();
  const opens = async (act: () => Promise<void>, head: RegExp | null) => {
    await act();
    const { name } = (await posted()).findLast(({ type }) => type === "matrix")!;
    await send(await matrixMessage(name as string));
    await page.getByRole("tab", { name: "Matrix", selected: true }).waitFor();
    const label = await page.locator("canvas.view").getAttribute("aria-label");
    assert.match(label!, head ?? /columns$/);
    return name as string;
  };
  const row = (name: string, text: string) => table(name).locator("tbody tr", { hasText: text });
  const { matrices } = (await described()).description;
  const place = ({ layer, kind }: { layer: number | null; kind: string }) => `Layer ${layer} · ${kind}`;
  const first = matrices.find(({ layer, kind }) => layer === 1 && kind === "O")!;
  const enter = (cell: Locator) => async () => {
    await cell.focus();
    await page.keyboard.press("Enter");
  };
  assert.equal(await opens(enter(row("By matrix", place(first)).locator("button")), null), first.name);
  await back();
  await table("By matrix").getByRole("button", { name: "z", exact: true }).click(); // also where rows are sorted
  assert.equal(await opens(() => row("By matrix", place(first)).locator("td").nth(3).click(), null), first.name);
  await back();
  await page.locator("summary", { hasText: "By attention head" }).click();
  assert.match(await opens(enter(row("By attention head", "L1H3").locator("button")), /L1H3 highlighted$/), /value/);
  await back();
  assert.equal(await opens(enter(row("Rows and columns", "row 7").locator("button")), null), MATRIX);
  await page.locator(".detail[data-locked]", { hasText: "row 7, column " }).waitFor();
  await pictured(page, "heatmap-row");
  nothingWrong(opened);
  await page.close();
});

/** Counts of MATRIX's rows and columns. */
async function detailsOfMatrix(): Promise<unknown> {
  const effect = { value: 3.6, low: 1.9, high: 6.8 };
  const furthest = [{ line: 7, kept: 5, pruned: 9, expected: 2.5, effect, z: 4.1, marked: true }];
  const lines = { count: 84, dead: 0, expectedDead: 0.1, marked: 1, furthest };
  const columns = { ...lines, count: 100, marked: 0, furthest: [] };
  return { type: "details", details: { name: MATRIX, rows: lines, columns, magnitudes: null } };
}

test("the header and the first column of a table of numbers stay in sight however far it is scrolled", async () => {
  const opened = await pages.open("heatmap", { width: 600, height: 500, state: { tab: "numbers" } });
  const { page, send } = opened;
  const whole = await described();
  const { matrices } = whole.description;
  const layers = Array.from({ length: 12 }, (_, layer) => layer);
  const inLayer = matrices.filter(({ layer }) => layer === 0);
  const all = layers.flatMap((layer) => inLayer.map((one) => ({ ...one, layer, name: `${layer}.${one.name}` })));
  await send(describedAs(whole, { matrices: all }));
  const table = page.getByRole("table", { name: "By matrix" });
  const scroll = page.locator(".scroll", { has: table });
  await scroll.scrollIntoViewIfNeeded();
  const places = () =>
    scroll.evaluate((element) => {
      const { left, top } = element.getBoundingClientRect();
      const seen = (cell: Element) => {
        const box = cell.getBoundingClientRect();
        const on = document.elementFromPoint(box.left + 4, box.top + box.height / 2);
        return { left: Math.round(box.left - left), top: Math.round(box.top - top), isOnTop: cell.contains(on) };
      };
      const rows = [...element.querySelectorAll("tbody tr")];
      const row = rows.find((one) => one.getBoundingClientRect().top > top + 60)!;
      return {
        corner: seen(element.querySelector("thead tr > *")!),
        header: Math.round(element.querySelector("thead tr > :nth-child(9)")!.getBoundingClientRect().top - top),
        name: seen(row.firstElementChild!),
        second: Math.round(row.children[1]!.getBoundingClientRect().left - left),
      };
    });
  const before = await places();
  await scroll.evaluate((element) => element.scrollTo(160, 400));
  await page.waitForFunction(() => [...document.querySelectorAll(".scroll")].some(({ scrollTop }) => scrollTop > 300));
  const after = await places();
  await pictured(page, "heatmap-numbers");
  assert.deepEqual(after.corner, { left: 0, top: 0, isOnTop: true });
  assert.equal(after.header, 0);
  assert.deepEqual([after.name.left, after.name.isOnTop], [0, true]);
  assert.equal(after.second, before.second - 160, "the other columns are scrolled");
  assert.deepEqual(await axe(opened), []);
  await page.close();
});

test("a control is called one, with the seed that permuted its labels", async () => {
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  await send(describedAs(await described(), { permuteLabels: 5 }));
  await page
    .getByText("This is a control, trained on labels permuted with seed 5: it learned nothing about its task.")
    .waitFor();
  await page.getByText(/control: labels permuted with seed 5/).waitFor();
  await page.close();
});

test("several seeds together are marked by their combination, not by the one mask's marks", async () => {
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  const whole = await described();
  const heads = whole.description.heads.map((head) => ({ ...head, z: 2, marked: false }));
  await send(describedAs(whole, { heads }));
  await send({ type: "seeds", seeds: [8, 9, 10].map((maskSeed) => ({ name: "again", maskSeed, heads })) });
  const grid = headsGrid(opened);
  await page.locator("vscode-dropdown[aria-label='Seeds']").focus();
  assert.equal(await grid.locator(".mark").count(), 0);
  await page.keyboard.press("ArrowDown");
  await page.getByText("z of 4 seeds combined (Stouffer)").waitFor();
  assert.equal(await grid.locator(".mark").count(), await grid.locator("td.cell").count()); // z 4 each
  await page.close();
});
