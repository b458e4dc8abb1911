// Delete: moves masks, tasks and runs to the trash after asking.

import { readdir } from "node:fs/promises";
import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import type { Loads } from "../masks/loads.ts";
import type { Runs } from "../runs/runs.ts";
import { requireTrust } from "../ui/log.ts";
import { confirm } from "../ui/window.ts";
import type { FileEntry } from "./chosen.ts";
import { isRun } from "./chosen.ts";
import { loadedIn, requireIdle } from "./in-use.ts";

/** Moves the entries' files to the trash if the user confirms. Loaded masks are unloaded first. */
export async function deleteEntries(entries: readonly FileEntry[], runs: Runs, loads: Loads): Promise<void> {
  requireTrust();
  for (const entry of entries) requireIdle(entry, runs);
  const loaded = entries.flatMap((entry) => loadedIn(loads, entry));
  const question =
    entries.length === 1
      ? vscode.l10n.t("Delete {0}?", entries[0]!.label)
      : vscode.l10n.t("Delete these {0} entries?", entries.length);
  const unloads =
    loaded.length === 1
      ? vscode.l10n.t("1 loaded mask will be unloaded first.")
      : loaded.length
        ? vscode.l10n.t("{0} loaded masks will be unloaded first.", loaded.length)
        : "";
  const what = await Promise.all(entries.map(goes));
  const detail = [...what, unloads].filter(Boolean).join("\n");
  if (!(await confirm(question, detail, vscode.l10n.t("Move to Trash")))) return;
  for (const entry of entries) requireIdle(entry, runs); // a run may have been resumed meanwhile
  if (loaded.length) await loads.unload(loaded);
  for (const { file, label } of entries) if (!(await removed(file, label))) return;
}

/** Names what would be deleted: a file, or a run's folder and the number of files in it. */
async function goes(entry: FileEntry): Promise<string> {
  const { file } = entry;
  if (!isRun(entry)) return vscode.l10n.t("The file {0}", file);
  const names = await readdir(file, { recursive: true }).catch(() => []);
  return names.length === 1
    ? vscode.l10n.t("The folder {0} with 1 file", file)
    : vscode.l10n.t("The folder {0} with all its {1} files", file, names.length);
}

/** Moves a file or folder to the trash; if that fails, asks whether to delete it permanently. Returns whether it was deleted. */
async function removed(file: string, label: string): Promise<boolean> {
  const uri = vscode.Uri.file(file);
  try {
    await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: true });
    return true;
  } catch (error) {
    const question = vscode.l10n.t("{0} could not be moved to the trash. Delete it permanently?", label);
    const detail = vscode.l10n.t(
      "{0}\nThis cannot be undone. It could not be moved to the trash: {1}",
      file,
      messageOf(error),
    );
    if (!(await confirm(question, detail, vscode.l10n.t("Delete Permanently")))) return false;
    await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: false });
    return true;
  }
}
