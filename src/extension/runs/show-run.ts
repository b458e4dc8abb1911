// Show Run

import * as vscode from "vscode";
import { type Command, filesOf } from "../ui/command.ts";
import { folderOf } from "./found.ts";
import { pickRun } from "./pick.ts";
import type { RunPanels } from "./run-panel.ts";
import type { Runs } from "./runs.ts";

export const showRunCommand =
  (runs: Runs, panels: RunPanels): Command =>
  async (given) => {
    const folder = given
      ? folderOf(filesOf(given)[0])
      : await pickRun(runs, () => true, vscode.l10n.t("There are no runs in this workspace yet. Train a mask first."));
    if (folder) panels.show(folder);
  };
