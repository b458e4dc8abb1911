// Find…: opens the editor's own field for typing to filter a view.

import * as vscode from "vscode";

export async function findIn(view: "models" | "masks" | "runs"): Promise<void> {
  await vscode.commands.executeCommand(`masklens.${view}.focus`);
  await vscode.commands.executeCommand("list.find");
}
