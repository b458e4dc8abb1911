// Add Model Folder…: a folder outside the workspace in which base models lie.

import * as vscode from "vscode";
import type { Command } from "../ui/command.ts";
import { Refusal } from "../ui/log.ts";
import { addModelFolders } from "./download.ts";
import { modelsIn } from "./model-folders.ts";

/** `added` is called when the settings name the folders. */
export const addModelFolderCommand =
  (added: () => Promise<void>): Command =>
  async () => {
    const chosen = await vscode.window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      canSelectMany: true,
    });
    if (!chosen) return;
    for (const { fsPath } of chosen)
      if (!(await modelsIn(fsPath)).length)
        throw new Refusal(
          vscode.l10n.t(
            "{0}: no model found; choose a folder with config.json and model.safetensors (or pytorch_model.bin), or a folder that contains such folders.",
            fsPath,
          ),
        );
    await addModelFolders(chosen.map(({ fsPath }) => fsPath));
    await added();
  };
