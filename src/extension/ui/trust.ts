// Workspace trust: in an untrusted workspace only files that the user opens are read.

import * as vscode from "vscode";

export const isTrusted = (): boolean => vscode.workspace.isTrusted;

/** Runs `work` now in a trusted workspace, otherwise when trust is granted, without a reload; dispose to cancel. */
export function whenTrusted(work: () => void): vscode.Disposable {
  if (isTrusted()) {
    work();
    return new vscode.Disposable(() => {});
  }
  return vscode.workspace.onDidGrantWorkspaceTrust(work);
}
