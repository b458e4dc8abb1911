// Open Sample: opens an editable copy of the bundled base model and tasks, and the walkthrough beside it.

import { cp } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import type { Command } from "../ui/command.ts";
import { showDueWalkthrough, walkthroughIn } from "../ui/walkthrough.ts";

export const openSampleCommand =
  (context: vscode.ExtensionContext): Command =>
  async () => {
    const target = vscode.Uri.joinPath(context.globalStorageUri, "sample");
    // Changed files are kept, missing ones restored.
    await cp(path.join(context.extensionPath, "media", "sample"), target.fsPath, { recursive: true, force: false });
    // Adding a window's first or second folder restarts the extensions, so another instance opens the walkthrough.
    await walkthroughIn(context, target.fsPath);
    const folders = vscode.workspace.workspaceFolders ?? [];
    if (folders.some(({ uri }) => uri.fsPath === target.fsPath)) {
      await vscode.commands.executeCommand("masklens.models.focus");
      await showDueWalkthrough(context);
    } else if (!folders.length) await vscode.commands.executeCommand("vscode.openFolder", target);
    else
      vscode.workspace.updateWorkspaceFolders(folders.length, 0, {
        uri: target,
        name: vscode.l10n.t("MaskLens sample"),
      });
  };
