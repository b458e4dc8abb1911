// What a workspace that is not trusted lets happen: nothing is read in it that nobody asked for.

import * as vscode from "vscode";

export const isTrusted = (): boolean => vscode.workspace.isTrusted;

/** Does `work` now in a trusted workspace, and else as soon as trust is granted, without a reload; dispose it to forget that. */
export function whenTrusted(work: () => void): vscode.Disposable {
  if (isTrusted()) {
    work();
    return new vscode.Disposable(() => {});
  }
  return vscode.workspace.onDidGrantWorkspaceTrust(work);
}
