// Shows a file or folder where the user keeps it.

import * as vscode from "vscode";

/** In the explorer if the workspace contains it, otherwise in the system's file manager. */
export async function reveal(file: string): Promise<void> {
  const uri = vscode.Uri.file(file);
  const inside = vscode.workspace.getWorkspaceFolder(uri);
  await vscode.commands.executeCommand(inside ? "revealInExplorer" : "revealFileInOS", uri);
}
