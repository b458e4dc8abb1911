import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MaskDescription } from "../../src/mask/describe.ts";
import { css, rateColour, zColour } from "../../webview/draw/colours.ts";
import { pictured } from "../host/behaviour.ts";
import { drawn, Pages, THEMES } from "./browser.ts";
import { describedAs, heatmapMessages, matrixMessage } from "./fixture.ts";
import { described, detail, heads, kinds } from "./heatmap-parts.ts";
import { MATRIX, nothingWrong, SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** As many heads as BERT base has. */
async function describedAs12Heads(): Promise<unknown> {
  const whole = await described();
  const all = whole.description.heads.filter(({ kind, head }) => kind === "all" && head === 0);
  const heads = all.flatMap((one) =>
    Array.from({ length: 12 }, (_, head) => ({
      ...{ ...one, head, pruned: 1234, expected: 1190, z: 10.4, marked: true },
      effect: { value: 1.37, low: 1.24, high: 1.52 },
    })),
  );
  return describedAs(whole, { heads });
}

/** A mask of 24 layers with 16 heads each, as BERT large has them. */
async function largeMessage(): Promise<unknown> {
  const { description } = await described();
  const layers = Array.from({ length: 24 }, (_, layer) => layer);
  const inLayer = description.matrices.filter(({ layer }) => layer === 0);
  const above = description.matrices.filter(({ layer }) => layer === null);
  return describedAs(await described(), {
    matrices: [
      ...layers.flatMap((layer) =>
        inLayer.map((one) => ({ ...one, layer, name: one.name.replace("layer.0", `layer.${layer}`) })),
      ),
      ...above,
    ],
    heads: layers.flatMap((layer) =>
      Array.from({ length: 16 }, (_, head) => ({
        ...{ layer, head, kind: "all" as const, density: 0.9, pruned: 80, expected: 79 },
        ...{ effect: { value: 1.01, low: 0.8, high: 1.25 }, z: ((layer + head) % 9) - 4, phi: 1.2, marked: head === 3 },
      })),
    ),
  });
}

test("grids and the ranked list stand beside each other where there is room, and below each other where there is none", async () => {
  const places = async (width: number, message: unknown, theme?: string) => {
    const opened = await pages.open("heatmap", { width, ...(theme && { theme }) });
    await opened.send(message);
    await kinds(opened).waitFor();
    const found = await opened.page.evaluate(() => {
      const figures = [...document.querySelectorAll(".figure")].map((figure) => figure.getBoundingClientRect());
      return {
        tops: figures.map(({ top }) => Math.round(top)),
        lefts: figures.map(({ left }) => Math.round(left)),
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      };
    });
    await opened.page.close();
    assert.equal(found.wide, 0, `no scrolling sideways at ${width}`);
    return found;
  };
  // An editor of 1500 pixels leaves 1140 beside the views.
  for (const [message, room] of [
    [await describedAs12Heads(), 1140],
    [await largeMessage(), 1500],
  ] as const) {
    for (const theme of Object.keys(THEMES)) {
      const wide = await places(room, message, theme);
      assert.equal(new Set(wide.tops).size, 1, `at one height in ${theme}: ${wide.tops}`);
      assert.equal(new Set(wide.lefts).size, 3);
    }
    const narrow = await places(400, message);
    assert.equal(new Set(narrow.tops).size, 3, `below each other: ${narrow.tops}`);
    assert.equal(new Set(narrow.lefts).size, 1);
  }
});

test("the layers of both grids stand at one height, and the numbers of 24 layers of 16 heads fit their cells", async () => {
  const opened = await pages.open("heatmap", { width: 1500 });
  await opened.send(await largeMessage());
  await kinds(opened).waitFor();
  const rows = (grid: ReturnType<typeof kinds>) =>
    grid.locator("tbody tr").evaluateAll((all) =>
      all.flatMap((row) => {
        const title = row.querySelector("th")?.textContent ?? "";
        return title.startsWith("layer") ? [[title, Math.round(row.getBoundingClientRect().top)]] : [];
      }),
    );
  assert.deepEqual(await rows(heads(opened)), await rows(kinds(opened)));
  assert.equal((await rows(heads(opened))).length, 24);
  const cells = heads(opened).locator("td.cell");
  assert.equal(await cells.count(), 24 * 16);
  const clipped = await cells.evaluateAll((all) => all.filter((cell) => cell.scrollWidth > cell.clientWidth).length);
  assert.equal(clipped, 0);
  await opened.page.close();
});

test("the numbers of a cell stay in sight where a grid is taller than the window", async () => {
  const opened = await pages.open("heatmap", { height: 500 });
  await opened.send(await largeMessage());
  const { page } = opened;
  for (const cell of [kinds(opened).locator("td.cell").first(), kinds(opened).locator("td.cell").last()]) {
    await cell.focus();
    assert.match(await detail(opened), /^(pooler|classifier|encoder)\./);
    const { y, height } = (await page.locator(".detail").boundingBox())!;
    assert.ok(y >= 0 && y + height <= 500, `at ${y}`);
  }
  await page.close();
});

test("a matrix is drawn on the editor's own ground, in each theme", async () => {
  for (const [theme, { variables }] of Object.entries(THEMES)) {
    const opened = await pages.open("heatmap", { theme, state: { tab: "matrix", matrix: MATRIX } });
    await opened.send(...(await heatmapMessages()), await matrixMessage(MATRIX));
    const ground = Number.parseInt(variables["--vscode-editor-background"]!.slice(1, 7), 16);
    const canvas = opened.page.locator("canvas.view");
    await canvas.waitFor();
    await drawn(opened);
    const colours = await canvas.evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement;
      const { data } = (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
      return [
        ...new Set(
          Array.from(
            { length: data.length / 4 },
            (_, i) => (data[4 * i]! << 16) | (data[4 * i + 1]! << 8) | data[4 * i + 2]!,
          ),
        ),
      ];
    });
    assert.ok(colours.includes(ground), `${theme}: #${ground.toString(16)}`);
    await opened.page.close();
  }
});

test("pictures hold titles, numbers and scales, and where they come from", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page, posted } = opened;
  await page.getByRole("button", { name: "Save SVG" }).click();
  await page.getByRole("button", { name: "Save PNG" }).click();
  const { width, height } = await opened.savedPng();
  const svg = (await posted()).find(({ name }) => name === "sentiment.svg")!.data as string;
  assert.match(svg, /<desc>sentiment over example\/tiny[^<]*mask checksum [0-9a-f]{64}<\/desc>/);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
  for (const text of ["Pruned, % by matrix", "Attention heads", "layer 1", "−8 fewer", "more +8"])
    assert.ok(texts.includes(text), text);
  const cells = await page.locator("td.cell").evaluateAll((all) => all.map((cell) => cell.firstChild!.textContent!));
  for (const text of cells) assert.ok(texts.includes(text), text);
  assert.doesNotMatch(svg, /Q, K, V and AO together|var\(/);
  assert.match(svg, new RegExp(`width="${width / 2}" height="${height / 2}"`));
  nothingWrong(opened);
  await page.close();
});

test("the colours of shares span the mask's own range, one that is the same in every mask, or z, and the legend says which", async () => {
  const opened = await pages.open("heatmap", { width: 1024, height: 700 });
  await SHOWN.heatmap(opened);
  const { page, send } = opened;
  const whole = await described();
  const { matrices } = whole.description;
  const colours = () =>
    kinds(opened)
      .locator("td.cell")
      .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell).backgroundColor));
  const legend = () =>
    page
      .locator(".figure", { has: kinds(opened) })
      .locator(".legend .ends")
      .innerText();
  const choose = async (name: string) => {
    await page.locator("vscode-dropdown[aria-label='Colour scale']").first().click();
    await page.getByRole("option", { name }).click();
    await drawn(opened);
  };
  /** A mask whose training pruned a tenth as many weights of each matrix. */
  const less = describedAs(whole, {
    matrices: matrices.map((one) => ({ ...one, pruned: Math.round(one.pruned! / 10), regrown: one.regrown! })),
  });
  const text = () => kinds(opened).locator("td.cell").first().innerText();
  const [own, before] = [await colours(), await text()];
  assert.match(await legend(), /this mask's own range/);
  await send(less);
  await page.waitForFunction((before) => document.querySelector("td.cell")!.textContent !== before, before);
  const moved = (of: readonly string[], to: readonly string[]) => of.filter((colour, i) => colour !== to[i]).length;
  await choose("Colours: same in every mask");
  assert.match(await legend(), /≤ 0\.01 %[\s\S]*1 %, same in every mask[\s\S]*100 %/);
  const few = await colours();
  await pictured(page, "heatmap-scale");
  await send(whole);
  await page.waitForFunction((before) => document.querySelector("td.cell")!.textContent === before, before);
  const fixed = await colours();
  assert.equal(moved(few, fixed), matrices.length, "ten times as many look like it");
  assert.notDeepEqual(fixed, own);
  const ends = matrices.map(({ pruned, regrown, rows, columns, sparsity }) => {
    const share = pruned! / (Math.round(rows * columns * (1 - sparsity)) + pruned! - regrown!);
    return rateColour(Math.log(Math.max(share, 1e-4)), Math.log(1e-4), 0).map(Math.round);
  });
  assert.deepEqual(new Set(fixed), new Set(ends.map(([r, g, b]) => `rgb(${r}, ${g}, ${b})`)));
  await choose("Colours: by z");
  assert.match(await legend(), /−8 fewer[\s\S]*z 0[\s\S]*more \+8/);
  assert.deepEqual(new Set(await colours()), new Set(matrices.map(({ z }) => css(zColour(z!, "dark")))));
  await kinds(opened).locator("td.cell").nth(4).hover();
  assert.match(await detail(opened), /: [\d,]+ pruned, [\d,]+ regrown; [\d.]+ \(95 %.*; z −?\d+\.\d, φ/);
  await pictured(page, "heatmap-hover");
  // Regrown weights have no z: their colours say so.
  await page.locator("vscode-dropdown[aria-label='Which flips']").click();
  await page.getByRole("option", { name: "Regrown" }).click();
  await drawn(opened);
  assert.match(await legend(), /this mask's own range/);
  await page.getByRole("tab", { name: "Kept" }).click();
  const rates = page.getByRole("grid", { name: "Density by layer and matrix kind" });
  await rates.locator("td.cell").first().focus();
  assert.match(await detail(opened), /% of [\d,]+ weights kept; [\d.]+ \(95 %.*; z −?\d+\.\d, φ/);
  nothingWrong(opened);
  await page.close();
});

test("what is counted first is shown first", async () => {
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  await send({ type: "unpacked", share: 0.4 });
  await page.getByText("Unpacking the mask… 40 %").waitFor();
  const bare = await described();
  const { description } = bare;
  const [first] = description.matrices;
  await send(
    {
      ...describedAs(bare, {
        ...{ pruned: null, regrown: null },
        matrices: description.matrices.map((one) => ({
          ...one,
          ...{ pruned: null, regrown: null, expected: null, effect: null, z: null, phi: null, marked: null },
        })),
        heads: description.heads.map((one) => ({
          ...one,
          ...{ pruned: null, expected: null, effect: null, z: null, phi: null, marked: null },
        })),
      }),
      complete: false,
    },
    { type: "progress", progress: [{ name: first!.name, pruned: 5, regrown: 3, heads: [] }] },
  );
  await page.locator(".sentence", { hasText: "Recomputing the initial mask" }).waitFor();
  await kinds(opened).locator("td.cell").first().waitFor();
  assert.equal(await kinds(opened).locator("td.cell").count(), 1);
  assert.match((await kinds(opened).locator("td.cell").getAttribute("aria-label"))!, /5 pruned, 3 regrown$/);
  await page.getByText("Counting changes in the heads…").waitFor();
  nothingWrong(opened);
  await page.close();
});

test("masks without matrices, of one layer, without heads, of whole heads, and with unknown beginnings are all said in words", async () => {
  const whole = await described();
  const { description } = whole;
  const nothing = { matrices: [], heads: [], kinds: [], layers: [], pruned: 0, regrown: 0, sparsity: 0, weights: 0 };
  const oneLayer = description.matrices.filter(({ layer }) => layer === 0);
  const cases: [Partial<MaskDescription>, RegExp][] = [
    [nothing, /Training pruned 0 weights/],
    [{ matrices: oneLayer, heads: [] }, /This mask does not cover these matrices/],
    [
      { pruned: null, regrown: null, unknownBecause: "its initial mask is not known" },
      /What training changed cannot be shown: its initial/,
    ],
    [
      { heads: description.heads.map((head) => ({ ...head, z: null })) },
      /No expected counts are available for the heads/,
    ],
  ];
  const heads = { layer: 0, unit: "head", all: 12, kept: 7, off: [1, 3, 5, 8, 11] } as const;
  const unknownBecause = "its scores belong to whole attention heads";
  cases.push([{ pruned: null, regrown: null, unknownBecause, units: [heads] }, /cannot be shown: its scores belong/]);
  for (const [change, says] of cases)
    for (const tab of ["changed", "effect", "kept", "matrix", "numbers", "provenance"]) {
      const opened = await pages.open("heatmap", { state: { tab } });
      await opened.send(describedAs(whole, change));
      await opened.page.locator("#panel").waitFor();
      const text = await opened.page.locator("main").innerText();
      if (tab === "changed") assert.match(text, says);
      if (tab === "kept" && change.units) assert.match(text, /density is the share of them that is kept/);
      if (change.units) assert.doesNotMatch(text, /coloured by z/);
      if (tab === "provenance" && change.units) assert.match(text, /of whole heads and neurons: /);
      if (tab === "numbers" && change.units) assert.match(text, /7 of 12\s+L0H1, L0H3, L0H5, L0H8, L0H11/);
      assert.doesNotMatch(text, /NaN|undefined|null|Infinity|went wrong/, `${tab}: ${text}`);
      nothingWrong(opened);
      await opened.page.close();
    }
});

test("a message that a page cannot show is said on it, and the next good one is shown", async () => {
  const opened = await pages.open("heatmap");
  const { page, send } = opened;
  await send(null, 5, "text", { type: 7 }, { type: "of another page" });
  await page.getByText("Reading the mask…").waitFor();
  nothingWrong(opened);
  await send({ type: "description", complete: true });
  await page
    .getByRole("alert")
    .getByText(/^Something went wrong on this page/)
    .waitFor();
  await SHOWN.heatmap(opened);
  assert.equal(await page.getByRole("alert").count(), 0);
  await page.close();
});

test("rows and columns are counted once they are looked for, and fill in as they come", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "numbers" } });
  const { page, send, posted } = opened;
  await send(...(await heatmapMessages()));
  await page
    .getByText("Every head keeps some weights in its V rows and AO columns. Counting rows and columns…")
    .waitFor();
  await page.getByRole("tab", { name: "Kept" }).click();
  await page.getByRole("tab", { name: "Numbers" }).click();
  assert.equal((await posted()).filter(({ type }) => type === "details").length, 1);
  const { description } = await described();
  const effect = { value: 3.6, low: 1.9, high: 6.8 };
  const few = [{ line: 7, kept: 5, pruned: 9, expected: 2.5, effect, z: 4.1, marked: true }];
  const lines = { count: 40, dead: 1, expectedDead: 0.25, marked: 2, furthest: few };
  await send(
    ...description.matrices.map(({ name }) => {
      const details = { name, rows: lines, columns: { ...lines, dead: 0, furthest: [] }, magnitudes: null };
      return { type: "details", details };
    }),
    { type: "compressed", bytes: 12_345 },
  );
  await page.getByText(/Rows without a kept weight: 14 .* columns: 0/).waitFor();
  const sizes = await page.getByRole("table", { name: "Sizes" }).locator("tr", { hasText: "gzip" }).innerText();
  assert.match(sizes, /12,345\s+12\.3 kB/);
  const furthest = page.getByRole("table", { name: "Rows and columns furthest" }).locator("tbody tr");
  const { length } = description.matrices;
  assert.equal(await furthest.count(), length, "all that are known, none cut off");
  assert.match((await furthest.first().innerText()).replace(/\s+/g, " "), /, row 7 3\.60 1\.90–6\.80 4\.1 ● 9 2\.5 5$/);
  const said = await page.locator("h2", { hasText: "Rows and columns furthest" }).innerText();
  const [all, marked] = [80 * length, 4 * length];
  assert.ok(said.includes(`${length} of ${all.toLocaleString("en")} shown`), said);
  assert.ok(said.includes(`● ${length} of ${marked} marked`), said);
  nothingWrong(opened);
  await page.close();
});

test("the command that trains a mask again and all its metadata are copied", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "provenance" } });
  const { page, send, posted } = opened;
  const [message] = (await heatmapMessages()) as [{ metadata: object }];
  await send(message);
  await page.getByRole("button", { name: "Copy the command" }).click();
  const shown = await page.locator("pre").first().textContent();
  assert.deepEqual((await posted()).at(-1), { type: "copy", text: shown });
  assert.match(shown!, /^npx masklens train /);
  await page.getByRole("button", { name: "Copy all metadata" }).click();
  assert.deepEqual(JSON.parse((await posted()).at(-1)!.text as string), JSON.parse(JSON.stringify(message.metadata)));
  await page.close();
});

test("a combined mask says what it was made of and how to make it again", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "provenance" } });
  const [message] = (await heatmapMessages()) as [{ metadata: object }];
  const masks = ["one", "it's $two"].map((name) => ({ name, task: "sentiment", checksum: "ab".repeat(32) }));
  await opened.send({ ...message, metadata: { ...message.metadata, combined: { operation: "majority", masks } } });
  const { page } = opened;
  await page.getByRole("heading", { name: "Command to combine this mask again" }).waitFor();
  const command = await page.locator("pre").first().innerText();
  assert.match(
    command,
    /^npx masklens combine majority one\.mask\.safetensors \\\n {2}'it'\\''s \$two\.mask\.safetensors' \\/,
  );
  await page.getByText(/^majority: one \(sentiment, abababababab…\), it's \$two \(/).waitFor();
  nothingWrong(opened);
  await page.close();
});

test("a page says that it reads before it is told anything", async () => {
  for (const name of ["heatmap", "diff", "run"]) {
    const { page } = await pages.open(name);
    await page.getByText(/^Reading the (mask|masks|run)…$/).waitFor();
    await page.close();
  }
});

test("a mask whose weights all started alike, with the same share kept in each matrix, says what that means", async () => {
  const whole = await described();
  const opened = await pages.open("heatmap");
  const sentence = opened.page.locator(".sentence");
  await opened.send(describedAs(whole, { initial: { ...whole.description.initial!, kind: "constant" }, isEven: true }));
  await sentence
    .getByText(/All initial scores were equal .* the zeros of the mask are what training pruned\./)
    .waitFor();
  assert.match(await sentence.innerText(), /Each matrix keeps the same share of its weights, so layers and kinds/);
  assert.doesNotMatch(await sentence.innerText(), /has the highest share of pruned weights/);
  await opened.page.close();
});
