// Saves pictures and tables for pages; a table's metadata is saved in a file beside it.

import path from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import { writeAtomic } from "../../files.ts";
import type { FromPage } from "../../messages.ts";
import { escapedJson } from "../../visible.ts";
import { confirm, showBriefly, showError } from "./window.ts";

/** Asks where to save, once for a table and its metadata; `tool`: the name and version recorded in the metadata. */
export async function save({ name, data, metadata }: FromPage & { type: "save" }, tool: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showSaveDialog({
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
    filters: { [path.extname(name).slice(1).toUpperCase()]: [path.extname(name).slice(1)] },
    ...(metadata !== undefined && {
      title: vscode.l10n.t("Save the table, and its metadata in a JSON file beside it"),
    }),
  });
  if (!chosen) return;
  const beside = metadataBeside(chosen);
  try {
    if (metadata !== undefined) {
      if ((await isForeign(beside)) && !(await mayReplace(beside))) return;
      const file = path.posix.basename(chosen.path);
      const values = { ...(JSON.parse(metadata) as object), file, savedBy: tool };
      const lines = JSON.stringify(values, null, 2).split("\n").map(escapedJson);
      await write(beside, new TextEncoder().encode(`${lines.join("\n")}\n`)); // saved before the table
    }
    await write(chosen, data);
    const file = vscode.workspace.asRelativePath(chosen);
    const saved =
      metadata === undefined
        ? vscode.l10n.t("Saved {0}", file)
        : vscode.l10n.t("Saved {0}, and {1} beside it", file, path.posix.basename(beside.path));
    showBriefly(saved);
  } catch (error) {
    void showError(vscode.l10n.t("{0} could not be saved: {1}", name, messageOf(error)));
  }
}

/** NAME-metadata.json for the table NAME.csv. */
function metadataBeside(table: vscode.Uri): vscode.Uri {
  const { dir, name } = path.posix.parse(table.path);
  return table.with({ path: path.posix.join(dir, `${name}-metadata.json`) });
}

/** Whether the file exists but is not the metadata of a saved table. */
async function isForeign(file: vscode.Uri): Promise<boolean> {
  const bytes = await vscode.workspace.fs.readFile(file).then(
    (read) => read,
    () => undefined,
  );
  if (!bytes) return false;
  try {
    const values: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof values !== "object" || values === null || !("savedBy" in values);
  } catch {
    return true;
  }
}

function mayReplace(file: vscode.Uri): Promise<boolean> {
  return confirm(
    vscode.l10n.t("{0} already exists. Replace it?", path.posix.basename(file.path)),
    vscode.l10n.t("The table's metadata is saved to this file, which MaskLens did not create."),
    vscode.l10n.t("Replace"),
  );
}

/** Writes a file; on disk atomically, so that it never contains only a part of the data. */
async function write(file: vscode.Uri, bytes: Uint8Array): Promise<void> {
  if (file.scheme === "file") await writeAtomic(file.fsPath, [bytes]);
  else await vscode.workspace.fs.writeFile(file, bytes);
}
