// Watches individual files.

import path from "node:path";
import * as vscode from "vscode";

/** Calls back each time a file is written or replaced; dispose the result to stop. */
export function onWritten(file: string, again: () => void): vscode.Disposable {
  const { dir, base } = path.parse(file);
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(dir), base));
  watcher.onDidChange(again);
  watcher.onDidCreate(again);
  return watcher;
}
