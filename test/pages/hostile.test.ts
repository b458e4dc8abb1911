// Every name that a page shows, as it would be in a file by somebody who wants more of it than to be read.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Prediction } from "../../src/adaptation/prediction.ts";
import type { MaskDescription } from "../../src/mask/describe.ts";
import { HOST, HOSTILE, UNSAFE } from "../hostile-strings.ts";
import { askedFor, drawn, type Opened, PAGES, Pages } from "./browser.ts";
import { answerLines } from "./evaluation/asked.ts";
import { evaluationOf } from "./evaluation/fixture.ts";
import {
  answersTo,
  describedAs,
  diffMessages,
  GENERATORS,
  generatedFor,
  heatmapMessages,
  LOADED,
  RUN_OPTIONS,
  runEvents,
} from "./fixture.ts";
import { curvesMessage, curvesOf, runsMessages, sweep } from "./runs/fixture.ts";
import { nothingWrong } from "./shown.ts";
import { live, overview, studyMessage } from "./study/fixture.ts";
import { last, showEvidence } from "./try/shown-evidence.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** Tabs of the evaluation page that are yet to be shown, one for each set of strings. */
const tabs: string[] = [];

/** Sends a page what it shows, with these strings for its names; `name(i)` gives one after the other. */
const SHOW: Record<(typeof PAGES)[number], (opened: Opened, name: (i: number) => string) => Promise<void>> = {
  async heatmap({ send }, name) {
    const [{ description, metadata, ...rest }] = (await heatmapMessages()) as [
      { description: MaskDescription; metadata: object },
    ];
    const score = { value: 0.5, low: null, high: null, reason: name(5) };
    const changed = {
      task: { ...description.task, name: name(0), labels: [name(1), name(2)] },
      base: { ...description.base, id: name(3) },
      file: `/masks/${name(4)}`,
      metrics: { test: { examples: 3, [description.task.metric]: score } },
    };
    const run = { method: name(6), [name(7)]: name(8), key: name(9) };
    const whole = { ...metadata, ...changed, run, tool: name(10) };
    const message = describedAs({ description }, changed as unknown as Partial<MaskDescription>);
    await send({ ...rest, ...message, metadata: whole });
    await send({ type: "seeds", seeds: [{ name: name(11), maskSeed: 5, heads: description.heads }] });
  },
  async diff({ send }, name) {
    const [names, pairs] = (await diffMessages("sentiment", "topic", "other")) as [
      { names: string[]; masks: { file: string; task: object; base: object }[] },
      { pairs: { notes: string[] }[] },
    ];
    const masks = names.masks.map((mask, i) => ({ ...mask, task: { ...mask.task, name: name(i) }, tool: name(6 + i) }));
    await send({ ...names, names: names.names.map((_, i) => name(3 + i)), masks });
    await send({ ...pairs, pairs: pairs.pairs.map((pair) => ({ ...pair, notes: [name(9), name(10)] })) });
    await send({ type: "related", groups: [[name(0), name(1)]] });
  },
  async run({ send }, name) {
    const [start, ...rest] = runEvents();
    const labels = [...Array(5).keys()].map((i) => ({ label: name(i), train: 10, validation: 5, test: 5 }));
    const explanations = { ...RUN_OPTIONS.explanations, [name(6)]: name(7) };
    await send({
      ...RUN_OPTIONS,
      type: "run",
      options: { task: name(5), [name(6)]: name(7) },
      explanations,
      tool: name(8),
    });
    await send({
      type: "events",
      reset: true,
      events: [{ ...start, run: name(9), labels }, { type: "note", text: name(10) }, ...rest],
    });
    await send({ type: "state", state: "failed", reason: name(11) });
  },
  async try(opened, name) {
    const { page, send } = opened;
    const masks = LOADED.masks.map((mask, i) => ({ ...mask, task: name(i), name: name(2 + i), base: name(4 + i) }));
    await send({ ...LOADED, masks });
    await page.locator("vscode-text-area textarea").first().fill("words");
    const { answers, ...rest } = answersTo(await askedFor("words", { page }), "words") as { answers: Prediction[] };
    await send({
      ...rest,
      answers: answers.map((answer) => ({
        ...{ ...answer, text: name(6), label: name(7), probabilities: { [name(7)]: 0.6, [name(8)]: 0.4 } },
        pieces: [9, 10, 11].map((i) => ({ text: name(i), entered: i < 11 })),
      })),
    });
    const tokens = [9, 10, 11].map((i) => ({ token: name(i), value: i - 10, special: i === 9 }));
    await showEvidence(opened, {}, { label: name(7), tokens });
    const generators = GENERATORS.masks.map((mask, i) => {
      const generation = { ...mask.generation, notes: [name(4)] };
      return { ...mask, task: name(i), name: name(2 + i), base: name(5), generation };
    });
    await send({ ...LOADED, masks: [...masks, ...generators] });
    await page.locator("details:not([open]) > summary", { hasText: "Settings" }).or(page.locator("h1")).first().click();
    await page.getByRole("button", { name: "Generate" }).click();
    const { request } = await last(opened, "generate");
    const event = { type: "generated", index: 0, answer: generatedFor("words", name(6)) };
    await send({ type: "generated", request, event }, { type: "generationOver", request, failed: name(7) });
  },
  async evaluation(opened, name) {
    const given = { labels: [name(0), `${name(1)} 2`], names: [name(2), `${name(3)} 2`], task: name(4), text: name };
    const evaluated = evaluationOf({ ...given, count: 3 });
    const message = evaluated.message as { views: object[] };
    const views = message.views.map((view) => ({ ...view, notes: [name(5)] }));
    await opened.send({ ...message, views, tool: name(6), device: name(7) });
    if (tabs.length === 0) tabs.push("metrics", "labels", "calibration", "examples");
    const tab = tabs.pop()!;
    await opened.page.locator(`#tab-${tab}`).click();
    await answerLines(opened, evaluated);
    if (tab !== "examples") return;
    await opened.page.locator(".runs-grid tbody tr").first().click();
    await answerLines(opened, evaluated);
  },
  async runs({ send }, name) {
    const rows = sweep(1).map((row, i) => ({
      ...{ ...row, run: `/w/masks/${i}`, name: name(i), metric: name(i + 1), reason: name(i + 2) },
      options: { ...row.options, task: name(i + 3), method: name(i + 4), [name(11)]: name(i + 5) },
    }));
    const [{ run }] = rows as [(typeof rows)[number]];
    await send(...runsMessages(rows, `/studies/${name(10)}`), { type: "select", runs: [run] });
    await send(curvesMessage([{ ...curvesOf(rows[0]!, 40), reason: name(9) }]));
  },
  async study({ send }, name) {
    const { cells, groups, ...rest } = overview();
    const options = { [name(0)]: name(1) };
    await send({
      ...studyMessage(live()),
      overview: {
        ...{ ...rest, name: name(2), description: name(3), refused: [name(4)] },
        groups: groups.map((group, i) => ({ ...group, method: name(5 + i), task: name(7), metric: name(8), options })),
        cells: cells.map((cell) => ({ ...cell, text: name(9), metric: name(10), error: name(11) })),
      },
    });
  },
};

/** Strings that a page is sent together. */
const TOGETHER = 12;

/** All that a page shows or reads out, and what in it is more than text. */
async function shownOn({ page }: Opened): Promise<{ texts: string[]; more: string[] }> {
  return page.evaluate(() => {
    const texts: string[] = [];
    const walker = document.createTreeWalker(document.getElementById("page")!, NodeFilter.SHOW_ALL);
    for (let node: Node | null = walker.currentNode; node; node = walker.nextNode()) {
      if (node instanceof Text) texts.push(node.data);
      if (node instanceof Element)
        for (const name of ["title", "aria-label", "alt", "placeholder"]) texts.push(node.getAttribute(name) ?? "");
    }
    const active =
      "img, iframe, object, embed, link, base, form, script, style, a, video, audio, foreignObject, use, image";
    const more = [
      ...document.querySelectorAll(`#page :is(${active}), #page [onload], #page [onerror], #page [onmouseover]`),
    ];
    return { texts, more: more.map(({ outerHTML }) => outerHTML.slice(0, 200)) };
  });
}

for (const name of PAGES)
  test(`the page ${name} shows hostile names as text and nothing else, and asks no one for anything`, async () => {
    const opened = await pages.open(name);
    const { page } = opened;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("dialog", (dialog) => asked.push(`dialog ${dialog.message()}`));
    page.on("framenavigated", (frame) => asked.push(`navigated ${frame.url()}`));
    page.on("popup", () => asked.push("popup"));
    for (let at = 0; at < HOSTILE.length; at += TOGETHER) {
      await SHOW[name](opened, (i) => HOSTILE[(at + i) % HOSTILE.length]!);
      await drawn(opened);
      await check(opened);
      for (const tab of name === "heatmap" && at % (4 * TOGETHER) === 0 ? ["numbers", "provenance", "changed"] : []) {
        await page.locator(`#tab-${tab}`).click();
        await drawn(opened);
        await check(opened);
      }
      assert.deepEqual(asked, [], `from ${at}`);
    }
    nothingWrong(opened);
    await page.close();
  });

async function check(opened: Opened): Promise<void> {
  const { texts, more } = await shownOn(opened);
  assert.deepEqual(more, []);
  assert.ok(texts.some((text) => text.trim()));
  for (const text of texts) {
    assert.doesNotMatch(text.replaceAll("\t", ""), UNSAFE, JSON.stringify(text.slice(0, 200)));
    assert.ok(text.length < 60_000, `a text of ${text.length} characters`);
  }
}

test("what is saved is no formula to a table's program, keeps its lines, and its picture is a picture of text", async () => {
  const opened = await pages.open("heatmap");
  const [{ description, ...rest }] = (await heatmapMessages()) as [{ description: MaskDescription }];
  const evil = `=cmd|' /C calc'!A0\n=2+2,"</desc><script>alert(1)</script>\u202e\0`;
  const matrices = description.matrices.map((matrix) => ({ ...matrix, name: `@SUM(A1)${matrix.name}` }));
  const task = { ...description.task, name: evil };
  const file = `/m/${evil.replaceAll("/", "")}.mask.safetensors`;
  await opened.send({ ...rest, ...describedAs({ description }, { task, matrices, file }) });
  await drawn(opened);
  for (const format of ["CSV", "SVG"])
    await opened.page.locator("vscode-button", { hasText: `Save ${format}` }).click();
  await opened.send({ type: "compressed", bytes: 1 }); // the table waits for the last of its numbers
  await drawn(opened);
  const saved = (await opened.posted()).filter(({ type }) => type === "save") as { name: string; data: string }[];
  const [csv, svg] = [".csv", ".svg"].map((ending) => saved.find(({ name }) => name.endsWith(ending))!) as [
    (typeof saved)[number],
    (typeof saved)[number],
  ];
  assert.equal(csv.name, "=cmd_' C calc'!A0_=2+2,__desc__script_alert(1)_script___-matrices.csv");
  const cells = csv.data.split("\n").flatMap((line) => line.split(","));
  assert.ok(cells.some((cell) => cell.startsWith("'@SUM")));
  for (const cell of cells) assert.ok(!/^"?[=+\-@]/.test(cell) || Number.isFinite(Number(cell)), cell);
  assert.ok(csv.data.split("\n").every((line) => /,|^$/.test(line)));
  for (const { data } of saved) assert.doesNotMatch(data, UNSAFE);
  assert.doesNotMatch(svg.data, /<script|<\/desc>.*<\/desc>/);
  const parsed = await opened.page.evaluate((text) => {
    const drawing = new DOMParser().parseFromString(text, "image/svg+xml");
    return [drawing.querySelectorAll("parsererror, script").length, drawing.querySelector("desc")?.textContent ?? ""];
  }, svg.data);
  assert.equal(parsed[0], 0);
  assert.match(String(parsed[1]), /<script>alert\(1\)<\/script>\\u\{202e\}\\x00/);
  await opened.page.close();
});

test(`no hostile string names a host but ${HOST}`, () => {
  assert.ok(HOSTILE.length >= 200 && HOSTILE.some((text) => text.includes(HOST)));
});
