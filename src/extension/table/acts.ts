// What the table of runs does with the selected runs.

import path from "node:path";
import * as vscode from "vscode";
import { exists } from "../../files.ts";
import type { RunAct } from "../../messages.ts";
import { adaptationIn } from "../../train/outline.ts";
import { adaptationsOf } from "../masks/chosen.ts";
import { isAdaptation, type Takes } from "../masks/pick.ts";
import type { RunPanels } from "../runs/run-panel.ts";
import type { Runs } from "../runs/runs.ts";
import { Refusal } from "../ui/log.ts";

export async function act(what: RunAct, folders: readonly string[], runs: Runs, panels: RunPanels): Promise<void> {
  if (!folders.length) return;
  if (what === "run") return panels.show(folders[0]!);
  const takes = what === "evaluate" ? "adaptation" : "mask";
  const files = (await Promise.all(folders.map((folder) => fileOf(folder, runs, takes)))).flatMap((file) =>
    file === undefined ? [] : vscode.Uri.file(file),
  );
  if (what === "heatmap" && files.length) {
    await vscode.commands.executeCommand("vscode.open", files[0]);
    return;
  }
  if (what === "diff" && files.length > 1) await vscode.commands.executeCommand("masklens.diff", files[0], files);
  else if (what === "evaluate" && files.length)
    await vscode.commands.executeCommand("masklens.evaluate", files[0], files);
  else throw new Refusal(missing(what, folders.length));
}

function missing(what: RunAct, count: number): string {
  if (what === "diff")
    return vscode.l10n.t("A diff needs two or more masks. Select at least two finished runs that trained masks.");
  return count === 1
    ? vscode.l10n.t("The selected run has no file to open. It may not be finished.")
    : vscode.l10n.t("The selected runs have no files to open. They may not be finished.");
}

/** The adaptation that a run has left; its folder or its file may have been renamed. */
async function fileOf(folder: string, runs: Runs, takes: Takes): Promise<string | undefined> {
  const { adaptation } = (await runs.outline(folder)).outline;
  const logged = adaptation && adaptationIn(folder, path.basename(adaptation));
  if (logged && isAdaptation(logged, takes) && (await exists(logged))) return logged;
  const [only, ...others] = (await adaptationsOf(folder)).filter((file) => isAdaptation(file, takes));
  return others.length ? undefined : only;
}
