// Resume: continues a run from its last checkpoint.

import * as vscode from "vscode";
import { type Command, filesOf } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import { folderOf } from "./found.ts";
import { pickRun } from "./pick.ts";
import type { RunPanels } from "./run-panel.ts";
import type { Runs } from "./runs.ts";

export const resumeCommand =
  (runs: Runs, panels: RunPanels): Command =>
  async (given) => {
    requireTrust();
    const folder = given
      ? folderOf(filesOf(given)[0])
      : await pickRun(
          runs,
          (state) => state === "stopped" || state === "unfinished" || state === "failed",
          vscode.l10n.t("No run in this workspace can be resumed. Train a mask first."),
        );
    if (!folder) return;
    panels.show(folder);
    await runs.resume(folder);
  };
