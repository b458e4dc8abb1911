// Open Heatmap

import * as vscode from "vscode";
import type { Command } from "../ui/command.ts";
import type { ChooseAdaptations } from "./chosen.ts";

export const openHeatmapCommand =
  (choose: ChooseAdaptations): Command =>
  async (given, all) => {
    const files = await choose(given, all, "mask", {
      placeholder: vscode.l10n.t("Choose the masks whose heatmaps to open"),
    });
    const options = files.length > 1 ? { preview: false } : undefined; // a preview is replaced by the next one
    for (const file of files) await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(file), options);
  };
