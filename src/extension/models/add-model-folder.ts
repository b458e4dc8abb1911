// Add Model Folder…: adds a folder of base models outside the workspace.

import * as vscode from "vscode";
import type { Command } from "../ui/command.ts";
import { Refusal } from "../ui/log.ts";
import { addModelFolders } from "./download.ts";
import { modelsIn } from "./model-folders.ts";

/** `added` is called once the folders are in the settings. */
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
