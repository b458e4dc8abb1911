// Rename: a mask's or a task's file, or a run's folder.

import { readdir } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { writeAtomic } from "../../files.ts";
import { readOptions } from "../../train/run-folder.ts";
import type { Loads } from "../masks/loads.ts";
import type { Runs } from "../runs/runs.ts";
import type { Views } from "../runs/views.ts";
import { BACK, enter } from "../ui/choose.ts";
import { Refusal, requireTrust } from "../ui/log.ts";
import type { FileEntry } from "./chosen.ts";
import { isRun } from "./chosen.ts";
import { loadedIn, requireIdle } from "./in-use.ts";
import { nameFault, nameOf, renamed } from "./new-name.ts";

/** Asks for a new name and renames the entry's file or folder. Loaded masks are reloaded from their new path. */
export async function renameEntry(entry: FileEntry, runs: Runs, loads: Loads, views: Views): Promise<void> {
  requireTrust();
  requireIdle(entry, runs);
  const { file } = entry;
  const taken = await readdir(path.dirname(file));
  const placeholder = isRun(entry)
    ? vscode.l10n.t("New name of the run's folder; its files keep their names")
    : vscode.l10n.t("New name; the file extension stays the same");
  const title = vscode.l10n.t("Rename {0}", nameOf(file));
  const check = (name: string) => nameFault(file, name, taken);
  const name = await enter({ title, step: 1, steps: 1, placeholder }, nameOf(file), check);
  if (name === undefined || name === BACK || name === nameOf(file)) return;
  requireIdle(entry, runs); // a run may have been resumed meanwhile
  const loaded = loadedIn(loads, entry);
  if (loaded.length) await loads.unload(loaded);
  const next = renamed(file, name);
  const edit = new vscode.WorkspaceEdit(); // unlike renaming on disk, makes open editors follow
  edit.renameFile(vscode.Uri.file(file), vscode.Uri.file(next), { overwrite: false });
  if (!(await vscode.workspace.applyEdit(edit))) {
    if (loaded.length) await loads.load(loaded);
    throw new Refusal(vscode.l10n.t("{0} could not be renamed to {1}.", file, name));
  }
  views.refresh();
  if (isRun(entry)) await updateOut(file, next);
  if (loaded.length) await loads.load(loaded.map((one) => `${next}${one.slice(file.length)}`));
}

/** Updates the run's folder in its run.json; otherwise, Train would start the run again in a folder with the old name. */
async function updateOut(old: string, folder: string): Promise<void> {
  const options = await readOptions(folder);
  if (typeof options.out !== "string" || path.resolve(options.out) !== old) return;
  const text = `${JSON.stringify({ ...options, out: folder }, null, 2)}\n`;
  await writeAtomic(path.join(folder, "run.json"), [new TextEncoder().encode(text)]);
}
