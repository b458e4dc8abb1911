// Find…: opens the editor's built-in find box, which filters a view.

import * as vscode from "vscode";

export async function findIn(view: "models" | "masks" | "runs"): Promise<void> {
  await vscode.commands.executeCommand(`masklens.${view}.focus`);
  await vscode.commands.executeCommand("list.find");
}
