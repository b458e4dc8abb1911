// The status bar item: shows the current run, or the loaded masks.

import * as vscode from "vscode";
import { autoDevice } from "../../device/auto.ts";
import { runName } from "../../file-name.ts";
import { visible } from "../../visible.ts";
import type { Loads } from "../masks/loads.ts";
import { cudaFolderOf } from "../models/compute.ts";
import { StatusEntry } from "../ui/window.ts";
import { megabytes, namesWithTasks } from "../ui/words.ts";
import type { Runs } from "./runs.ts";

/** The maximum number of masks shown by name; the rest are only counted. */
const NAMED = 3;

/** Shows the status bar item until disposed; `view` gets a badge while runs are training. */
export function showStatus(
  context: vscode.ExtensionContext,
  runs: Runs,
  loads: Loads,
  view: vscode.TreeView<unknown>,
): vscode.Disposable {
  const status = new StatusEntry("masklens.status", "MaskLens");
  /** What "auto" stands for; it is read from files, so not at each step. */
  let auto = autoDevice(cudaFolderOf(context));
  const totals = new Map<string, number>();
  /** Progress of the run that completed the latest step. */
  let progress = "";
  const show = () => {
    const running = runs.running.length > 0;
    const text = running ? progress || vscode.l10n.t("training") : loadedWords(loads);
    const command = running ? "masklens.runs.focus" : "masklens.tryText";
    status.show(running ? "sync~spin" : "layers", text, tooltip(runs, loads, auto), command);
    view.badge = running ? { value: runs.running.length, tooltip: vscode.l10n.t("Runs in progress") } : undefined;
    void vscode.commands.executeCommand("setContext", "masklens.loaded", loads.all.length > 0);
  };
  runs.onNews(({ folder, state, event }) => {
    if (event?.type === "start") {
      totals.set(folder, event.steps);
      auto = autoDevice(cudaFolderOf(context));
    }
    if (event?.type === "transfer")
      progress = vscode.l10n.t("{0} transfer {1}/{2}", runName(folder), event.step, event.steps);
    if (event?.type === "step") progress = `${runName(folder)} ${event.step}/${totals.get(folder)}`;
    if (state !== "running") progress = "";
    show();
  });
  loads.onChange(() => {
    auto = autoDevice(cudaFolderOf(context));
    show();
  });
  return status;
}

/** The loaded masks by name and task. */
function loadedWords({ all }: Loads): string {
  const names = namesWithTasks(all);
  const more = names.length > NAMED ? [vscode.l10n.t("{0} more", names.length - NAMED)] : [];
  return [...names.slice(0, NAMED), ...more].join(", ");
}

/** The device, the current runs, and the loaded masks by base model. */
function tooltip(runs: Runs, loads: Loads, auto: string): string {
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const lines = [vscode.l10n.t("MaskLens device: {0}", device === "auto" ? `auto (${auto})` : device)];
  for (const folder of runs.running) lines.push(visible(vscode.l10n.t("Training {0}", runName(folder))));
  for (const folder of new Set(loads.all.map((one) => one.folder))) {
    const over = loads.all.filter((one) => one.folder === folder);
    lines.push(visible(vscode.l10n.t("Loaded over {0} ({1}):", over[0]!.base, megabytes(over[0]!.baseBytes))));
    const names = namesWithTasks(over);
    const deleted = (file: string) => (loads.isDeleted(file) ? ` (${vscode.l10n.t("its file was deleted")})` : "");
    for (const [i, { adaptation, bytes }] of over.entries())
      lines.push(visible(`- ${names[i]}: ${megabytes(bytes)}${deleted(adaptation)}`));
  }
  return lines.join("\n");
}
