// The view of runs, live and past.

import path from "node:path";
import * as vscode from "vscode";
import type { RunState } from "../../messages.ts";
import { type Entry, linkEntry } from "../ui/entry-view.ts";
import { percent } from "../ui/words.ts";
import { findRuns } from "./found.ts";
import type { Runs } from "./runs.ts";

/** Icons and names of run states. */
const STATES = {
  running: { icon: "sync~spin", word: () => vscode.l10n.t("running") },
  elsewhere: { icon: "sync", word: () => vscode.l10n.t("running in another process") },
  stopped: { icon: "debug-pause", word: () => vscode.l10n.t("stopped") },
  unfinished: { icon: "debug-disconnect", word: () => vscode.l10n.t("interrupted") },
  failed: { icon: "error", word: () => vscode.l10n.t("failed") },
  done: { icon: "check", word: () => vscode.l10n.t("done") },
};

export const stateWord = (state: RunState) => STATES[state].word();

export async function runEntries(runs: Runs): Promise<Entry[]> {
  const found = await findRuns();
  const out = new Set(found.flatMap(({ folder, leadsOut }) => (leadsOut ? folder : [])));
  const folders = [...new Set([...runs.running, ...found.map(({ folder }) => folder)])];
  return Promise.all(
    folders.map(async (folder): Promise<Entry> => {
      if (out.has(folder)) return linkEntry(folder);
      const { outline, state, reason } = await runs.outline(folder);
      const { begun, step, steps, best } = outline;
      const score = best === undefined ? "" : ` · ${vscode.l10n.t("validation {0}", percent(best))}`;
      const lives = state === "running" || state === "elsewhere"; // the step would soon be out of date
      const word = begun || state !== "unfinished" ? stateWord(state) : vscode.l10n.t("not started");
      return {
        label: path.basename(folder),
        description: `${word}${score}${steps && !lives ? ` · ${vscode.l10n.t("step {0} of {1}", step, steps)}` : ""}`,
        tooltip: reason ?? folder,
        icon: STATES[state].icon,
        context: `run.${state}`,
        file: folder,
        command: { command: "masklens.showRun", title: vscode.l10n.t("Show run"), arguments: [{ file: folder }] },
      };
    }),
  );
}
