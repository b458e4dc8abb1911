import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { messageOfPage } from "../../../src/extension/ui/page-messages.ts";
import { countColumns, countRows } from "../../../src/mask/bits.ts";
import type { MaskDescription } from "../../../src/mask/describe.ts";
import type { Estimate, MaskMetadata } from "../../../src/mask/metadata.ts";
import { pythonMask } from "../../mask/fixture.ts";
import { drawn, type Opened, Pages } from "../browser.ts";
import { describedAs, diffMessages, heatmapMessages, matricesMessage, matrixMessage } from "../fixture.ts";
import { described } from "../heatmap-parts.ts";
import { choose, MATRIX, nothingWrong, SHOWN, savedTable, tableOf } from "../shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** A number of a description as a table has it: an interval in three columns, yes or no as 1 or 0. */
function columnsOf(key: string, value: unknown): [string, unknown][] {
  if (typeof value === "boolean") return [[key, Number(value)]];
  if (typeof value !== "object" || !value) return [[key, value]];
  const { value: effect, low, high } = value as Estimate;
  return [
    [key, effect],
    [`${key}Low`, low],
    [`${key}High`, high],
  ];
}

/** What a button's click saves. */
async function saved({ page, posted }: Opened, button: string): Promise<string> {
  const saves = async () => (await posted()).filter(({ type }) => type === "save");
  const before = (await saves()).length;
  await page.getByRole("button", { name: button }).click();
  await page.waitForFunction((before) => {
    const { posted } = window as unknown as { posted: { type: string }[] };
    return posted.filter(({ type }) => type === "save").length > before;
  }, before);
  return (await saves()).at(-1)!.data as string;
}

test("a mask is saved as a tidy table for each kind of its parts, which hold every number of the page", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "numbers" } });
  const { page, send } = opened;
  await send(...(await heatmapMessages()));
  const { matrices, kinds, layers, heads, sizes, weights } = (await described()).description;
  const line = {
    ...{
      line: 7,
      kept: 5,
      pruned: 9,
      expected: 2.5,
      effect: { value: 3.6, low: 1.9, high: 6.8 },
      z: 4.1,
      marked: true,
    },
  };
  const lines = { count: 40, dead: 1, expectedDead: 0.25, marked: 2, furthest: [line] };
  const magnitudes = { kept: 0.25, off: 0.125, pruned: null };
  const details = { name: matrices[0]!.name, rows: lines, columns: { ...lines, dead: 0 }, magnitudes };
  await send({ type: "details", details }, { type: "compressed", bytes: 12_345 });
  await page.getByText("12,345").waitFor();
  const saved = new Map<string, Record<string, string>[]>();
  /** Each row has the numbers of its part. */
  const holds = async (title: string, id: string, parts: readonly object[]) => {
    const { name, csv, rows } = await savedTable(opened, title);
    saved.set(id, rows);
    assert.equal(name, `sentiment-${id}.csv`);
    assert.doesNotMatch(csv, /^#/m);
    assert.equal(rows.length, parts.length, id);
    for (const [i, part] of parts.entries())
      for (const [key, value] of Object.entries(part))
        for (const [column, number] of columnsOf(key, value))
          assert.equal(rows[i]![column], String(number ?? ""), `${id} ${column}`);
  };
  const { dense, packed, entropy, givenInitial, tensors } = sizes;
  const bytes = {
    denseBytes: dense,
    packedBytes: packed,
    entropyBytes: entropy,
    entropyGivenInitialBytes: givenInitial,
    tensorBytes: tensors,
  };
  const { name, kind, layer } = matrices[0]!;
  await holds("Matrices", "matrices", matrices);
  await holds("Attention heads", "heads", heads);
  await holds("Layers", "layers", layers);
  await holds("Kinds", "kinds", kinds);
  await holds("Rows and columns furthest from expectation", "furthest", [
    { name, kind, layer, axis: "row", ...line },
    { name, kind, layer, axis: "column", ...line },
  ]);
  await holds("Whole mask", "mask", [{ weights, gzipBytes: 12_345, ...bytes }]);
  const [first] = saved.get("matrices")!;
  const means = [first!.meanAbsKept, first!.meanAbsOff, first!.meanAbsPruned, first!.deadRows, first!.deadColumns];
  assert.deepEqual(means, ["0.25", "0.125", "", "1", "0"]);
  assert.ok(
    saved.get("heads")!.every(({ keepZ, matricesKeepRate, phi, marked }) => keepZ && matricesKeepRate && phi && marked),
  );
  await page.close();
});

test("a table's metadata says what it is about: the file, the base model, the task, the options, and what numbers are compared with", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "numbers" } });
  const [message] = (await heatmapMessages()) as [{ metadata: MaskMetadata; description: MaskDescription }];
  await opened.send(message);
  const { metadata } = await savedTable(opened, "Kinds");
  const { file, table, notes, mask, base, task, run, checksum, tool } = metadata;
  assert.deepEqual([file, table, mask], ["sentiment-kinds.csv", "Kinds", message.description.file]);
  assert.deepEqual(
    [task, run, checksum, tool],
    [...[message.metadata.task, message.metadata.run, message.metadata.checksum, message.metadata.tool]],
  );
  assert.equal((base as { fingerprint: string }).fingerprint, message.metadata.base.fingerprint);
  assert.ok(!("weights" in (base as object)) && !("matrices" in metadata));
  assert.match((notes as string[]).join("\n"), /effect: pruned \/ expected given the initial scores/);
  await opened.page.close();
});

test("a table waits for the numbers of a mask that were not asked for before", async () => {
  for (const [title, id] of [
    ["Matrices", "matrices"],
    ["Rows and columns furthest from expectation", "furthest"],
    ["Whole mask", "mask"],
  ] as const) {
    const opened = await pages.open("heatmap");
    await SHOWN.heatmap(opened);
    const { page, send, posted } = opened;
    const asked = async (type: string) => (await posted()).filter((message) => message.type === type);
    assert.deepEqual(await asked("details"), []);
    await choose(opened, "Table to save", title);
    await page.getByRole("button", { name: "Save CSV" }).click();
    const waits = page.getByRole("button", { name: "Preparing the table…" });
    await waits.click(); // asks no second time
    assert.equal((await asked("details")).length, 1);
    const { matrices } = (await described()).description;
    const effect = { value: 3.6, low: 1.9, high: 6.8 };
    const line = { line: 7, kept: 5, pruned: 9, expected: 2.5, effect, z: 4.1, marked: true };
    const lines = { count: 40, dead: 1, expectedDead: 0.25, marked: 2, furthest: [line] };
    const magnitudes = { kept: 0.25, off: 0.125, pruned: 0.5 };
    for (const { name } of matrices)
      await send({ type: "details", details: { name, rows: lines, columns: lines, magnitudes } });
    await drawn(opened);
    assert.deepEqual(await asked("save"), [], "not all have come");
    await page.getByRole("tab", { name: "Provenance" }).click(); // the table is still awaited there
    await send({ type: "compressed", bytes: 12_345 });
    await drawn(opened);
    const saves = await asked("save");
    assert.equal(saves.length, 1);
    const { name, data, metadata } = saves[0] as Record<"name" | "data" | "metadata", string>;
    assert.equal(name, `sentiment-${id}.csv`);
    assert.equal((JSON.parse(metadata) as { table: string }).table, title);
    const rows = tableOf(data);
    if (id === "mask") assert.equal(rows[0]!.gzipBytes, "12345");
    else if (id === "furthest") assert.equal(rows.length, 2 * matrices.length);
    else
      for (const { meanAbsKept, meanAbsOff, meanAbsPruned, deadRows, deadColumns } of rows)
        assert.deepEqual(
          [meanAbsKept, meanAbsOff, meanAbsPruned, deadRows, deadColumns],
          ["0.25", "0.125", "0.5", "1", "1"],
        );
    await page.getByRole("tab", { name: "Kept" }).click();
    assert.equal(await waits.count(), 0);
    nothingWrong(opened);
    await page.close();
  }
});

test("combined z are saved where seeds are combined, with the seeds that they are made of", async () => {
  const opened = await pages.open("heatmap");
  await SHOWN.heatmap(opened);
  const { page, send } = opened;
  const { heads } = (await described()).description;
  await send({ type: "seeds", seeds: [{ name: "again", maskSeed: 99, runSeed: 5, heads }] });
  await page.locator("vscode-dropdown[aria-label='Seeds']").focus();
  const alone = await savedTable(opened, "Attention heads");
  assert.doesNotMatch(alone.csv, /combined/);
  assert.equal(alone.metadata.combinedWith, undefined);
  await page.locator("vscode-dropdown[aria-label='Seeds']").focus();
  await page.keyboard.press("ArrowDown");
  await page.getByText("z of 2 seeds combined (Stouffer)").waitFor();
  const together = await savedTable(opened);
  assert.deepEqual(together.metadata.combinedWith, [{ name: "again", maskSeed: 99, runSeed: 5 }]);
  assert.match(
    (together.metadata.notes as string[]).join("\n"),
    /^heads: z of 2 mask seeds combined.*\(mask seeds \d+, 99; run seeds unknown, 5\)$/m,
  );
  for (const [i, { combinedZ, seeds, z }] of together.rows.entries()) {
    assert.equal(z, String(heads[i]!.z));
    assert.ok(Math.abs(Number(combinedZ) - Math.SQRT2 * heads[i]!.z!) < 1e-12);
    assert.equal(seeds, "2");
  }
  await page.getByRole("tab", { name: "Kept" }).click();
  assert.doesNotMatch((await savedTable(opened)).csv, /combined/, "Kept combines nothing");
  await page.close();
});

test("a matrix is saved as a picture of its pixels with axes, strips' scale and provenance, and its lines as a table", async () => {
  const opened = await pages.open("heatmap", { state: { tab: "matrix", matrix: MATRIX } });
  const { page, send } = opened;
  await send(...(await heatmapMessages()), await matrixMessage(MATRIX));
  await page.locator("canvas.view").waitFor();
  await drawn(opened);
  const svg = await saved(opened, "Save SVG");
  assert.match(
    svg,
    new RegExp(`<desc>sentiment over example/tiny[^<]*mask checksum [0-9a-f]{64}\nmatrix ${MATRIX}</desc>`),
  );
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
  for (const text of ["inputs: columns 0 to 99", "outputs: rows 0 to 83", "−8 fewer", "pruned 734"])
    assert.ok(texts.includes(text), text);
  const picture = await page.locator("canvas.view").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  assert.ok(svg.includes(`href="${picture}"`), "the very pixels of the page");
  const rows = tableOf(await saved(opened, "Save CSV"));
  const { bits } = (await pythonMask("sentiment")).matrices.find(({ name }) => name === MATRIX)!;
  const kept = (axis: string) => rows.filter((row) => row.axis === axis).map((row) => Number(row.kept));
  assert.deepEqual(kept("row"), [...countRows(bits)]);
  assert.deepEqual(kept("column"), [...countColumns(bits)]);
  const { pruned, regrown } = (await described()).description.matrices.find(({ name }) => name === MATRIX)!;
  for (const axis of ["row", "column"]) {
    const sum = (key: string) => rows.reduce((all, row) => all + (row.axis === axis ? Number(row[key]) : 0), 0);
    assert.deepEqual([sum("pruned"), sum("regrown")], [pruned, regrown], axis);
  }
  for (const { z, head, effect, effectLow, effectHigh, marked } of rows) {
    assert.ok(Number.isFinite(Number(z)) && head === "");
    assert.ok(Number(effectLow) <= Number(effect) && Number(effect) <= Number(effectHigh));
    assert.match(marked!, /^[01]$/);
  }
  nothingWrong(opened);
  await page.close();
});

test("lines that belong to an attention head are saved with it", async () => {
  const { base, matrices } = (await described()).description;
  for (const [kind, of] of [
    ["V", "row"],
    ["AO", "column"],
  ] as const) {
    const { name } = matrices.find((matrix) => matrix.kind === kind)!;
    const opened = await pages.open("heatmap", { state: { tab: "matrix", matrix: name } });
    await opened.send(...(await heatmapMessages()), await matrixMessage(name));
    for (const { axis, line, head } of tableOf(await saved(opened, "Save CSV")))
      assert.equal(
        head,
        axis === of ? String(Math.floor((Number(line) * base.heads) / base.hiddenSize)) : "",
        `${kind} ${line}`,
      );
    await opened.page.close();
  }
});

test("a matrix of two masks is saved as a picture and its lines as a table whose four states add up", async () => {
  const opened = await pages.open("diff", { state: { tab: "matrix", matrix: MATRIX } });
  const { page, send } = opened;
  await send(...(await diffMessages("sentiment", "topic")), await matricesMessage(MATRIX, "sentiment", "topic"));
  await page.locator("canvas.view").waitFor();
  await drawn(opened);
  const svg = await saved(opened, "Save SVG");
  assert.match(
    svg,
    /<desc>A: sentiment [^<]*\nB: topic [^<]*pruned by training[^<]*<\/desc>.*<image [^>]*href="data:image\/png/s,
  );
  const rows = tableOf(await saved(opened, "Save CSV"));
  assert.equal(rows.length, 84 + 100);
  for (const { axis, both, onlyA, onlyB, neither } of rows)
    assert.equal(Number(both) + Number(onlyA) + Number(onlyB) + Number(neither), axis === "row" ? 100 : 84);
  await page.close();
});

test("names in any language are kept in the names of files, and the command gives its options to a shell as they are", async () => {
  const [message] = (await heatmapMessages()) as [{ metadata: MaskMetadata; description: MaskDescription }];
  const file = "/m/отзывы о 日本: $(echo).mask.safetensors";
  const run = { model: "/m/мой `model`", task: "it's $HOME.task.json", seed: 3, limit: { train: 5 }, scaleFixed: true };
  const told = { ...describedAs(message, { file }), metadata: { ...message.metadata, run } };
  const opened = await pages.open("heatmap", { state: { tab: "provenance" } });
  const { page, send, posted } = opened;
  await send(told, { type: "compressed", bytes: 12_345 });
  const command = (await page.locator("pre").first().textContent())!;
  const words = execFileSync("sh", ["-c", command.replace("npx masklens train", "printf '%s\\n'")], {
    encoding: "utf8",
  });
  assert.deepEqual(words.trimEnd().split("\n"), [
    ...[
      "--preset",
      "paper",
      "--model",
      run.model,
      "--task",
      run.task,
      "--seed",
      "3",
      "--limit",
      "train=5",
      "--scale-fixed",
    ],
    ...["--out", "masks/отзывы о 日本_ $(echo)-again"],
  ]);
  await page.getByRole("tab", { name: "Numbers" }).click();
  await saved(opened, "Save CSV");
  const asked = (await posted()).at(-1)!;
  assert.equal(asked.name, "отзывы о 日本_ $(echo)-matrices.csv");
  const { type, name, metadata } = asked;
  assert.ok(messageOfPage("heatmap", { type, name, metadata, data: new Uint8Array(1) }), "the editor takes it");
  for (const bad of ["../a.csv", "a/b.csv", "a\\b.csv", "..", "", "a\n.csv"])
    assert.equal(messageOfPage("heatmap", { type, name: bad, data: new Uint8Array(1) }), undefined, bad);
  await page.close();
});
