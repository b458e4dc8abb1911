// Start Run and Resume: train a run from its run.json, or from its last checkpoint.

import * as vscode from "vscode";
import type { RunState } from "../../messages.ts";
import { type Command, filesOf } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import { folderOf } from "./found.ts";
import { pickRun } from "./pick.ts";
import type { RunPanels } from "./run-panel.ts";
import type { Runs } from "./runs.ts";

/** Starts a run whose run.json was written but that was never trained. */
export const startCommand = (runs: Runs, panels: RunPanels): Command =>
  trainCommand(runs, panels, ["unstarted"], () =>
    vscode.l10n.t("No run in this workspace is waiting to be started. Create one with Train Mask."),
  );

export const resumeCommand = (runs: Runs, panels: RunPanels): Command =>
  trainCommand(runs, panels, ["stopped", "unfinished", "failed"], () =>
    vscode.l10n.t("No run in this workspace can be resumed. Train a mask first."),
  );

/** `states`: the states of the runs to choose from; `none`: the message if there are no such runs. */
function trainCommand(runs: Runs, panels: RunPanels, states: readonly RunState[], none: () => string): Command {
  return async (given) => {
    requireTrust();
    const folder = given ? folderOf(filesOf(given)[0]) : await pickRun(runs, (state) => states.includes(state), none());
    if (!folder) return;
    panels.show(folder);
    await runs.resume(folder);
  };
}
