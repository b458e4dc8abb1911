// Quick picks for runs, for commands called without one.

import * as vscode from "vscode";
import { runName } from "../../file-name.ts";
import type { RunState } from "../../messages.ts";
import { Refusal } from "../ui/log.ts";
import { trainMask } from "../ui/remedies.ts";
import { pickOne, pickSeveral } from "../ui/window.ts";
import { findRuns } from "./found.ts";
import { stateWord } from "./run-entry.ts";
import type { Runs } from "./runs.ts";

/** The running runs that the user picks; if only one run is running, returns it without asking. */
export async function pickRunning({ running }: Runs): Promise<readonly string[]> {
  if (running.length < 2) return running;
  const title = vscode.l10n.t("Stop at a checkpoint");
  const chosen = await pickSeveral(running.map(runItem), { title });
  return chosen?.map(({ folder }) => folder) ?? [];
}

/** The run that the user picks among those in a matching state; throws if there is none. */
export async function pickRun(
  live: Runs,
  fits: (state: RunState) => boolean,
  none: string,
): Promise<string | undefined> {
  const folders = (await findRuns()).map(({ folder }) => folder);
  const states = await Promise.all(folders.map((folder) => live.outline(folder)));
  const choices = folders.flatMap((folder, i) => {
    const { state } = states[i]!;
    return fits(state) ? { ...runItem(folder), description: stateWord(state) } : [];
  });
  if (!choices.length) throw new Refusal(none, { remedies: [trainMask()] });
  const title = vscode.l10n.t("Runs");
  const chosen = await pickOne(choices, { title, matchOnDetail: true });
  return chosen?.folder;
}

/** Several workspace folders may contain runs of the same name. */
const runItem = (folder: string) => ({
  label: runName(folder),
  detail: vscode.workspace.asRelativePath(folder),
  folder,
});
