// The view of runs, live and past.

import { runName } from "../../file-name.ts";
import { type Entry, linkEntry } from "../ui/entry-view.ts";
import { factsOf } from "./facts.ts";
import { findRuns } from "./found.ts";
import { inRunOrder, type RunOrder } from "./order.ts";
import { runEntry, type ShownRun } from "./run-entry.ts";
import type { Runs } from "./runs.ts";

/** The view's entries. Links out of the workspace, which are not read, come last. */
export async function runEntries(runs: Runs, order: RunOrder): Promise<Entry[]> {
  const found = await findRuns();
  const out = found.flatMap(({ folder, leadsOut }) => (leadsOut ? folder : []));
  const folders = [...new Set([...runs.running, ...found.map(({ folder }) => folder)])];
  const inside = folders.filter((folder) => !out.includes(folder));
  const shown = await Promise.all(inside.map((folder) => shownRun(runs, folder)));
  return [...inRunOrder(shown, order).map(runEntry), ...out.map(linkEntry)];
}

async function shownRun(runs: Runs, folder: string): Promise<ShownRun> {
  const stand = await runs.outline(folder);
  const facts = await factsOf(folder, stand.outline);
  return { folder, name: runName(folder), ...stand, ...facts, best: stand.outline.best, metric: stand.outline.metric };
}
