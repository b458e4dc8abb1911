import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Prediction } from "../../src/adaptation/prediction.ts";
import type { MaskDescription } from "../../src/mask/describe.ts";
import { askedFor, axe, drawn, type Opened, PAGES, Pages, THEMES } from "./browser.ts";
import { showEvaluation } from "./evaluation/asked.ts";
import { evaluationOf } from "./evaluation/fixture.ts";
import { answersTo, describedAs, diffMessages, heatmapMessages, LOADED, runEvents } from "./fixture.ts";
import { curvesMessage, curvesOf, runsMessages, sweep } from "./runs/fixture.ts";
import { nothingWrong, picture, SHOWN } from "./shown.ts";
import { live, overview, studyMessage } from "./study/fixture.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** Nothing runs out of the page. */
async function fits({ page }: Opened, what: string): Promise<void> {
  const { wide, room } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
  }));
  assert.ok(wide <= room, `${what}: ${wide} pixels in ${room}`);
}

test("the pages take nothing from the editor's theme that these tests leave out", () => {
  const sources = readdirSync("webview", { recursive: true }).filter((file) => /\.(tsx?|css)$/.test(String(file)));
  const text = sources.map((file) => readFileSync(`webview/${file}`, "utf8")).join("\n");
  const used = new Set(text.match(/--vscode-[\w-]+/g));
  assert.ok(used.size > 10, `${used.size} colours of the theme are used`);
  used.delete("--vscode-contrastBorder"); // only themes of high contrast have it
  for (const [theme, { variables }] of Object.entries(THEMES))
    assert.deepEqual(
      [...used].filter((name) => !(name in variables)),
      [],
      theme,
    );
});

for (const name of PAGES) {
  test(`the script of the page ${name} is smaller than 300,000 bytes`, () => {
    const { size } = statSync(`dist/webview/${name}.js`);
    assert.ok(size < 300_000, `${size}`);
  });

  test(`the page ${name} runs its own script and no other, and loads nothing from elsewhere`, async () => {
    const opened = await pages.open(name);
    await SHOWN[name](opened);
    const { page } = opened;
    const policy = await page.locator("meta[http-equiv]").getAttribute("content");
    assert.match(
      policy!,
      /^default-src 'none'; script-src 'nonce-([\w+/=]+)'; style-src 'nonce-\1'; img-src blob: data:$/,
    );
    nothingWrong(opened);
    const ran = await page.evaluate(async () => {
      const loaded = performance.getEntriesByType("resource").filter(({ name }) => !name.startsWith("blob:"));
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      const fetched = await fetch("theme.css").then(
        () => true,
        () => false,
      );
      return { loaded: loaded.length, script: "ran" in window, fetched };
    });
    assert.deepEqual(ran, { loaded: 0, script: false, fetched: false });
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

  test(`the page ${name} fits a column of 400 pixels, whatever tab is shown`, async () => {
    const opened = await pages.open(name, { width: 400 });
    const { page } = opened;
    await SHOWN[name](opened);
    await picture(opened, `${name}-narrow`);
    await fits(opened, name);
    for (const tab of await page.getByRole("tab").allTextContents()) {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tab", { name: tab, selected: true }).waitFor();
      await fits(opened, tab);
    }
    await page.close();
  });
}

/** Messages whose names have no space to be broken at, as those of files and tasks may be. */
const LONG = "n".repeat(180);

async function longNamed(name: (typeof PAGES)[number], opened: Opened): Promise<void> {
  const { page, send } = opened;
  if (name === "heatmap") {
    const [{ description, ...rest }] = (await heatmapMessages()) as [{ description: MaskDescription }];
    const named = {
      task: { ...description.task, name: LONG },
      base: { ...description.base, id: LONG },
      file: `/${LONG}/${LONG}`,
    };
    await send({ ...rest, ...describedAs({ description }, named) });
  } else if (name === "diff") {
    const [names, pairs] = (await diffMessages("sentiment", "topic", "other")) as [{ names: string[] }, object];
    await send({ ...names, names: names.names.map((one) => one + LONG) }, pairs);
  } else if (name === "run") {
    const [start, ...rest] = runEvents();
    const note = { type: "note", text: LONG };
    await send({ type: "events", reset: true, events: [{ ...start, run: LONG }, note, ...rest] });
    await send({ type: "state", state: "failed", reason: LONG });
  } else if (name === "evaluation") {
    const names = ["one", "two"].map((one) => one + LONG);
    const evaluated = evaluationOf({ names, labels: [LONG, `other${LONG}`], task: LONG, text: () => LONG });
    await showEvaluation(opened, evaluated);
  } else if (name === "runs") {
    const rows = sweep(1).map((row, i) => {
      const options = { ...row.options, task: LONG, method: LONG, schedule: `${LONG}${i}` };
      return { ...row, name: `${LONG}${i}`, state: "failed" as const, metric: LONG, reason: LONG, options };
    });
    await send(...runsMessages(rows, `/${LONG}`), { type: "select", runs: rows.slice(0, 2).map(({ run }) => run) });
    await send(curvesMessage(rows.slice(0, 2).map((row) => curvesOf(row, 40))));
  } else if (name === "study") {
    const { cells, groups, ...rest } = overview();
    await send({
      ...studyMessage(live()),
      overview: {
        ...{ ...rest, name: LONG, description: LONG, refused: [LONG] },
        groups: groups.map((group) => ({ ...group, method: LONG, metric: LONG, options: { [LONG]: LONG } })),
        cells: cells.map((cell) => ({ ...cell, text: LONG, error: LONG })),
      },
    });
  } else {
    const long = { task: LONG, name: LONG, base: LONG };
    await send({ ...LOADED, masks: LOADED.masks.map((mask) => ({ ...mask, ...long })) });
    await page.locator("vscode-text-area textarea").fill(LONG);
    const { answers, ...rest } = answersTo(await askedFor(LONG, { page }), LONG) as {
      answers: Prediction[];
    };
    await send({
      ...rest,
      answers: answers.map((one) => ({
        ...one,
        pieces: [{ text: LONG, entered: true }],
        label: LONG,
        probabilities: { [LONG]: 1 },
      })),
    });
  }
}

for (const name of PAGES)
  test(`names of 180 letters without a space fit the page ${name}, wide and narrow, and axe finds nothing wrong`, async () => {
    for (const width of [400, 1100]) {
      const opened = await pages.open(name, { width });
      const { page } = opened;
      await longNamed(name, opened);
      await page
        .locator(name === "try" ? ".answer" : "h1")
        .first()
        .waitFor();
      const tabs = await page.getByRole("tab").allTextContents();
      for (const tab of tabs.length ? tabs : [""]) {
        if (tab) await page.getByRole("tab", { name: tab }).click();
        await drawn(opened);
        await picture(opened, `${name}-long-${width}-${tab}`);
        await fits(opened, `${tab} at ${width}`);
        assert.deepEqual(await axe(opened), [], `${tab} at ${width}`);
      }
      nothingWrong(opened);
      await page.close();
    }
  });

test("a page keeps what the editor needs to show it again, before and after it remembers something itself", async () => {
  const opened = await pages.open("diff", { state: { tab: "heads" } });
  const { page, kept } = opened;
  assert.deepEqual(await kept(), { tab: "heads", shown: "diff", parts: {} });
  await SHOWN.diff(opened);
  await page.getByRole("tab", { name: "Overlap" }).click();
  const { tab, shown } = (await kept()) as { tab: string; shown: string };
  assert.deepEqual({ tab, shown }, { tab: "overlap", shown: "diff" });
  await page.close();
});

/** What Tab reaches on each page, by tab of the page and kind of element. A table is one stop; arrow keys move in it. */
const REACHED: readonly [page: (typeof PAGES)[number], tab: string, kinds: Readonly<Record<string, number>>][] = [
  ["heatmap", "changed", { ".tab": 1, "vscode-dropdown": 5, "td.cell": 2, ".link": 2, "vscode-button": 3 }],
  [
    "heatmap",
    "numbers",
    { ".tab": 1, ".sort": 33, ".link": 2, td: 3, summary: 1, "vscode-dropdown": 1, "vscode-button": 1 },
  ],
  ["heatmap", "provenance", { ".tab": 1, ".link": 1, pre: 1, summary: 1, "vscode-button": 3 }],
  [
    "run",
    "",
    {
      ...{ "vscode-dropdown": 3, "vscode-button": 4, "svg.chart": 4, ".link": 1, "td.cell": 1, td: 1, ".toggle": 6 },
      ...{ summary: 2, 'input[type="range"]': 1 },
    },
  ],
  ["try", "", { "vscode-text-area": 1, summary: 2, ".link": 2, "vscode-button": 3 }],
  ["evaluation", "metrics", { ".link": 1, ".tab": 1, "vscode-dropdown": 2, "vscode-button": 3, ".sort": 13, td: 2 }],
  [
    "evaluation",
    "labels",
    { ".link": 1, ".tab": 1, "vscode-dropdown": 4, "vscode-button": 4, "td.cell": 1, ".sort": 8, td: 1 },
  ],
  [
    "evaluation",
    "calibration",
    { ".link": 1, ".tab": 1, "vscode-dropdown": 4, "vscode-button": 4, "svg.chart": 1, ".sort": 9, td: 2 },
  ],
  [
    "evaluation",
    "examples",
    { ".link": 1, ".tab": 1, "vscode-dropdown": 8, "vscode-button": 2, input: 1, ".runs-grid": 1 },
  ],
  [
    "runs",
    "",
    {
      ...{ "vscode-dropdown": 3, "vscode-button": 9, input: 4, "table.runs-grid": 1, ".sort": 1, "canvas.plot": 4 },
      ...{ ".link": 1, ".tab": 1, ".toggle": 5 },
    },
  ],
  ["study", "", { ".link": 2, "vscode-button": 5, input: 1, ".sort": 8, td: 1 }],
  [
    "diff",
    "overlap",
    { ".tab": 1, "vscode-dropdown": 2, "td.cell": 2, ".link": 2, td: 1, summary: 1, "vscode-button": 3 },
  ],
  [
    "diff",
    "heads",
    {
      ...{ ".tab": 1, "vscode-dropdown": 4, "td.cell": 5, ".link": 1, td: 1, "svg.scatter": 1, ".sort": 6 },
      ...{ summary: 1, "vscode-button": 3 },
    },
  ],
];

for (const [name, tab, kinds] of REACHED)
  test(`Tab reaches everything on the page ${name}${tab && `, ${tab}`}, and shows where the focus is`, async () => {
    const opened = await pages.open(name, { state: { tab }, height: 1600 });
    const { page } = opened;
    if (name === "diff") {
      await opened.send(...(await diffMessages("sentiment", "topic", "other")));
      await page.locator("table.grid").first().waitFor();
    } else if (name === "heatmap") {
      await opened.send(...(await heatmapMessages()));
      await page.locator("#panel").waitFor();
    } else await SHOWN[name](opened);
    await page.locator("h1").click(); // Tab goes on from here
    const reached: Record<string, number> = {};
    for (let steps = 0; steps < 60; steps++) {
      await page.keyboard.press("Tab");
      const found = await page.evaluate((selectors) => {
        const at = document.activeElement;
        if (!at || at === document.body) return null;
        const { x, y, width, height } = at.getBoundingClientRect();
        const kind = selectors.find((selector) => at.matches(selector)) ?? at.outerHTML.slice(0, 80);
        return { kind, box: { x: Math.max(0, x - 5), y: Math.max(0, y - 5), width: width + 10, height: height + 10 } };
      }, Object.keys(kinds));
      if (!found) break;
      reached[found.kind] = (reached[found.kind] ?? 0) + 1;
      const clip = found.box;
      const focused = await page.screenshot({ clip });
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      const not = await page.screenshot({ clip });
      assert.ok(!focused.equals(not), `the focus is not seen on ${found.kind}`);
    }
    assert.deepEqual(reached, kinds);
    await page.close();
  });
