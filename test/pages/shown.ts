// What the tests of all pages start from: each page with something to show, and a look at what went wrong.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { askedFor, type Opened, type PAGES } from "./browser.ts";
import { showEvaluation } from "./evaluation/asked.ts";
import { answersTo, diffMessages, heatmapMessages, LOADED, RUN_OPTIONS, runEvents } from "./fixture.ts";
import { curvesMessage, curvesOf, runsMessages, sweep } from "./runs/fixture.ts";
import { live, studyMessage } from "./study/fixture.ts";

/** The toolkit's one report: a style of its own that the policy refuses, without harm. */
const HARMLESS = /inline style/i;
export const nothingWrong = ({ complaints }: Opened) =>
  assert.deepEqual(
    complaints.filter((text) => !HARMLESS.test(text)),
    [],
  );

/** For whoever wants to look: PICTURES=FOLDER node test/run.mjs pages */
export async function picture({ page }: Opened, name: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** A saved CSV, whose first line is its header: each further line by its columns' names. */
export function tableOf(csv: string): Record<string, string>[] {
  const [columns, ...rows] = csv
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(","));
  return rows.map((cells) => {
    assert.equal(cells.length, columns!.length, cells.join());
    return Object.fromEntries(columns!.map((column, i) => [column, cells[i]!]));
  });
}

/** Chooses from a list by its label. */
export async function choose({ page }: Opened, label: string, option: string): Promise<void> {
  const chooser = page.locator(`vscode-dropdown[aria-label='${label}']`);
  await chooser.click();
  await chooser.getByRole("option", { name: option, exact: true }).click();
}

/** Saves the table of this title. */
export async function savedTable(opened: Opened, title?: string) {
  const { page, posted } = opened;
  if (title) await choose(opened, "Table to save", title);
  await page.getByRole("button", { name: "Save CSV" }).click();
  const { type, name, data, metadata } = (await posted()).at(-1)! as Record<
    "type" | "name" | "data" | "metadata",
    string
  >;
  assert.equal(type, "save");
  return { name, csv: data, rows: tableOf(data), metadata: JSON.parse(metadata) as Record<string, unknown> };
}

export const MATRIX = "encoder.layer.1.output.dense.weight";

/** Each page with something to show. */
export const SHOWN: Record<(typeof PAGES)[number], (opened: Opened) => Promise<void>> = {
  async heatmap({ page, send }) {
    await send(...(await heatmapMessages()));
    await page.locator("table.grid").first().waitFor();
  },
  async run({ page, send }) {
    const events = { type: "events", reset: true, events: runEvents() };
    await send(RUN_OPTIONS, events, { type: "state", state: "running" });
    await page.locator("#flips path").first().waitFor();
  },
  async try({ page, send }) {
    await send(LOADED);
    await page.locator("vscode-text-area textarea").fill("Worth every cent.");
    await send(answersTo(await askedFor("Worth every cent.", { page }), "Worth every cent."));
    await page.locator(".answer").nth(1).waitFor();
  },
  async diff({ page, send }) {
    await send(...(await diffMessages("sentiment", "topic", "other")));
    await page.locator("table.grid").nth(1).waitFor();
  },
  async evaluation(opened) {
    await showEvaluation(opened);
  },
  async runs({ page, send }) {
    const rows = sweep(2);
    const selected = rows.slice(0, 3);
    await send(...runsMessages(rows), { type: "select", runs: selected.map(({ run }) => run) });
    await page.locator(".runs-grid tbody tr[aria-selected=true]").nth(2).waitFor();
    await send(curvesMessage(selected.map((row) => curvesOf(row, 80))));
    await page.locator("#curve-loss").waitFor();
  },
  async study({ page, send }) {
    await send(studyMessage(live()));
    await page.locator("table.numbers").nth(1).waitFor();
  },
};
