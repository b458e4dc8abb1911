// What the tests of the page of runs start from: the page with some runs, and what its table shows.

import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import type { RunRow } from "../../../src/messages.ts";
import { drawn, type Opened, type Pages } from "../browser.ts";
import { runsMessages } from "./fixture.ts";

export const ROWS = ".runs-grid tbody tr";

/** The page with these runs. */
export async function showing(
  pages: Pages,
  rows: readonly RunRow[],
  options: Parameters<Pages["open"]>[1] = {},
): Promise<Opened> {
  const opened = await pages.open("runs", { height: 1100, ...options });
  await opened.send(...runsMessages(rows));
  if (rows.length) await opened.page.locator(ROWS).first().waitFor();
  await drawn(opened);
  return opened;
}

/** The texts of a column in the displayed order. */
export async function columnOf({ page }: Opened, title: string): Promise<string[]> {
  const titles = await page.locator(".runs-grid th").allTextContents();
  const rows = await page.locator(ROWS).all();
  const place = titles.indexOf(title);
  assert.ok(place >= 0, `${title} of ${titles}`);
  const cells = rows.map(async (row) => [
    Number(await row.getAttribute("aria-rowindex")),
    await row.locator("td").nth(place).locator(".text").textContent(),
  ]);
  return (await Promise.all(cells)).sort((a, b) => Number(a[0]) - Number(b[0])).map(([, text]) => String(text));
}

export const selected = ({ page }: Opened): Locator => page.locator(`${ROWS}[aria-selected=true]`);
export const grid = ({ page }: Opened): Locator => page.locator(".runs-grid");
