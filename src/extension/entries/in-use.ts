// Checks whether an entry's file or folder may be moved or deleted, and finds the loaded masks in it.

import path from "node:path";
import * as vscode from "vscode";
import { holderOf } from "../../train/run-folder.ts";
import type { Loads } from "../masks/loads.ts";
import { isAdaptation } from "../masks/pick.ts";
import type { Runs } from "../runs/runs.ts";
import { Refusal } from "../ui/log.ts";
import type { FileEntry } from "./chosen.ts";
import { isRun } from "./chosen.ts";

/** The loaded masks in an entry: the entry's file itself, or files in its folder. */
export function loadedIn({ all }: Loads, { file }: FileEntry): string[] {
  return all.map(({ adaptation }) => adaptation).filter((one) => one === file || one.startsWith(`${file}${path.sep}`));
}

/**
 * Throws a Refusal for a run that is training, for a run whose folder is or contains a workspace folder, and for an
 * entry that is not a mask, a task or a run, such as a base model.
 */
export function requireIdle(entry: FileEntry, runs: Runs): void {
  const { file, label } = entry;
  if (isAdaptation(file, "adaptation") || file.endsWith(".task.json")) return;
  if (!isRun(entry))
    throw new Refusal(vscode.l10n.t("{0} is not a mask, a task or a run. Rename or delete it in the explorer.", label));
  if (runs.isRunning(file) || holderOf(file))
    throw new Refusal(vscode.l10n.t("{0} is training. Stop it, or wait until it finishes.", label));
  const roots = vscode.workspace.workspaceFolders ?? [];
  if (roots.some(({ uri }) => uri.fsPath === file || uri.fsPath.startsWith(`${file}${path.sep}`)))
    throw new Refusal(
      vscode.l10n.t(
        "The folder of {0} is or contains a workspace folder. Remove the workspace folder from the workspace first.",
        label,
      ),
    );
}
