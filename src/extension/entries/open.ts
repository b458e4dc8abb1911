// Open, Open to the Side and Open run.json

import path from "node:path";
import * as vscode from "vscode";
import type { RunPanels } from "../runs/run-panel.ts";
import type { FileEntry } from "./chosen.ts";
import { isRun } from "./chosen.ts";

/**
 * Opens each entry as a click does. Several files open in permanent tabs, because each would replace the previous
 * preview.
 */
export async function openEntries(entries: readonly FileEntry[]): Promise<void> {
  for (const { command } of entries) {
    if (!command) continue;
    const { command: id, arguments: given = [] } = command;
    const isPreview = id === "vscode.open" && entries.length > 1;
    await vscode.commands.executeCommand(id, ...given, ...(isPreview ? [{ preview: false }] : []));
  }
}

export async function openToSide(entries: readonly FileEntry[], panels: RunPanels): Promise<void> {
  const options = { viewColumn: vscode.ViewColumn.Beside, preview: false };
  for (const entry of entries) {
    if (isRun(entry)) panels.show(entry.file, vscode.ViewColumn.Beside);
    else if (entry.command) await vscode.commands.executeCommand("vscode.open", entry.command.arguments?.[0], options);
    options.viewColumn = vscode.ViewColumn.Active; // the first editor creates the side column, which then has the focus
  }
}

export async function openRunJson(entries: readonly FileEntry[]): Promise<void> {
  for (const { file } of entries) {
    const options = { preview: entries.length === 1 };
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(path.join(file, "run.json")), options);
  }
}
