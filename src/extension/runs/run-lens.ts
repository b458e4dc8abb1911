// CodeLenses in a run.json: the actions for its run.

import path from "node:path";
import * as vscode from "vscode";
import { parseJsonObject } from "../../json.ts";
import { parseRunOptions } from "../../recipe/options.ts";
import { adaptationIn } from "../../train/outline.ts";
import { readEvents } from "../../train/run-folder.ts";
import { Refusal, requireTrust, telling } from "../ui/log.ts";
import { isTrusted } from "../ui/trust.ts";
import type { RunPanels } from "./run-panel.ts";
import type { Runs } from "./runs.ts";

/** Runs are in masks/NAME/run.json; a run.json elsewhere may belong to another tool. */
const SELECTOR: vscode.DocumentSelector = { scheme: "file", pattern: "**/masks/*/run.json" };
export const TRAIN_FILE = "masklens.trainFile";

export function registerRunLens(runs: Runs, panels: RunPanels): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const lenses = vscode.languages.registerCodeLensProvider(SELECTOR, {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: ({ uri }) => (isTrusted() ? lensesOf(uri, runs) : []), // reads the run's log
  });
  const command = vscode.commands.registerCommand(
    TRAIN_FILE,
    telling((uri: vscode.Uri) => trainFile(uri.fsPath, runs, panels)),
  );
  const news = runs.onNews(({ event }) => {
    if (!event || event.type === "start" || event.type === "done") changed.fire();
  });
  const trust = vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire());
  return vscode.Disposable.from(changed, lenses, command, news, trust);
}

async function lensesOf(uri: vscode.Uri, runs: Runs): Promise<vscode.CodeLens[]> {
  const folder = path.dirname(uri.fsPath);
  const { state, outline } = await runs.outline(folder);
  const { begun, adaptation } = outline;
  const top = new vscode.Range(0, 0, 0, 0);
  const lens = (title: string, command: string, argument: unknown) =>
    new vscode.CodeLens(top, { title, command, arguments: [argument] });
  const entry = { file: folder };
  const lenses =
    state === "running"
      ? [lens(vscode.l10n.t("$(debug-stop) Stop"), "masklens.stop", entry)]
      : adaptation !== undefined || state === "elsewhere"
        ? []
        : begun
          ? [lens(vscode.l10n.t("$(debug-continue) Resume"), "masklens.resume", entry)]
          : [lens(vscode.l10n.t("$(play) Train"), TRAIN_FILE, uri)];
  if (begun) lenses.push(lens(vscode.l10n.t("$(graph-line) Show run"), "masklens.showRun", entry));
  const mask = adaptation && adaptationIn(folder, adaptation);
  if (mask?.endsWith(".mask.safetensors")) {
    lenses.push(lens(vscode.l10n.t("$(symbol-color) Open heatmap"), "masklens.openHeatmap", vscode.Uri.file(mask)));
  }
  return lenses;
}

/** Trains the run that a run.json describes, in its own folder or in the one that its options name. */
async function trainFile(file: string, runs: Runs, panels: RunPanels): Promise<void> {
  requireTrust();
  const document = await vscode.workspace.openTextDocument(file);
  if (document.isDirty) await document.save();
  const options = parseRunOptions(parseJsonObject(document.getText(), file, "correct it"), file);
  const folder = path.dirname(file);
  const isHere = path.resolve(options.out) === folder;
  if (isHere && (await readEvents(folder)).length)
    throw new Refusal(vscode.l10n.t("This run has already started. Resume it, or copy run.json to a new folder."));
  // A folder with options but no log starts at the first step.
  await (isHere ? runs.resume(folder, () => panels.show(folder)) : runs.train(options, () => panels.show(options.out)));
}
