// Shows a file or folder in the explorer or the system's file manager.

import * as vscode from "vscode";

/** Uses the explorer if the workspace contains the file or folder, otherwise the system's file manager. */
export async function reveal(file: string): Promise<void> {
  const uri = vscode.Uri.file(file);
  const inside = vscode.workspace.getWorkspaceFolder(uri);
  await vscode.commands.executeCommand(inside ? "revealInExplorer" : "revealFileInOS", uri);
}
