// The three tree views, updated when files, runs or loaded masks change.

import path from "node:path";
import * as vscode from "vscode";
import type { Loads } from "../masks/loads.ts";
import { isAdaptation } from "../masks/pick.ts";
import type { MaskService } from "../masks/thread/mask-service.ts";
import { masks } from "../masks/view.ts";
import { modelsAndTasks } from "../tasks/view.ts";
import { type Entry, EntryView } from "../ui/entry-view.ts";
import { whenTrusted } from "../ui/trust.ts";
import type { Runs } from "./runs.ts";
import { runEntries } from "./view.ts";

/** The files that the views watch. */
const WATCHED =
  "**/{*.task.json,*.mask.safetensors,*.tuned.safetensors,run.json,model.safetensors,model.safetensors.index.json,pytorch_model.bin,pytorch_model.bin.index.json}";

export class Views implements vscode.Disposable {
  readonly #views;
  readonly #disposables: vscode.Disposable[] = [];
  readonly masks: vscode.TreeView<Entry>;
  readonly runs: vscode.TreeView<Entry>;

  constructor(runs: Runs, loads: Loads, service: () => MaskService) {
    this.#views = {
      models: new EntryView(modelsAndTasks, "masklens.models.looked"),
      masks: new EntryView(() => masks(service, loads), "masklens.masks.looked"),
      runs: new EntryView(() => runEntries(runs), "masklens.runs.looked"),
    };
    this.masks = vscode.window.createTreeView("masklens.masks", {
      treeDataProvider: this.#views.masks,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.runs = vscode.window.createTreeView("masklens.runs", { treeDataProvider: this.#views.runs });
    const refresh = () => this.refresh();
    this.#disposables.push(
      ...[this.masks, this.runs],
      vscode.window.registerTreeDataProvider("masklens.models", this.#views.models),
      whenTrusted(() => this.#watch(runs)),
      vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("masklens") && refresh()),
      vscode.workspace.onDidChangeWorkspaceFolders(refresh),
      vscode.workspace.onDidGrantWorkspaceTrust(refresh),
    );
    runs.onNews(({ state, event }) => {
      if (event?.type === "step") return;
      if (event?.type === "evaluation") void this.#views.runs.refresh(); // shows the best metric so far
      if (!event || event.type === "done" || event.type === "start") this.#refreshSoon();
      if (state !== "running") this.#refreshSoon();
    });
    loads.onChange(() => void this.#views.masks.refresh());
  }

  refresh(): void {
    for (const view of Object.values(this.#views)) void view.refresh();
  }

  refreshModels(): Promise<void> {
    return this.#views.models.refresh();
  }

  dispose(): void {
    for (const one of this.#disposables) one.dispose();
  }

  #refreshSoon(): void {
    for (const view of Object.values(this.#views)) view.refreshSoon();
  }

  #watch(runs: Runs): void {
    const watcher = vscode.workspace.createFileSystemWatcher(WATCHED);
    // Refresh only one view: if a view is redrawn while its context menu is open, the user's choice is lost.
    for (const changed of [watcher.onDidCreate, watcher.onDidDelete, watcher.onDidChange])
      changed(({ fsPath }) => this.#views[viewOf(fsPath)].refreshSoon());

    // A lock shows that another process is training a run: the command line, or this window before a reload.
    const locks = vscode.workspace.createFileSystemWatcher("**/lock", false, true);
    for (const changed of [locks.onDidCreate, locks.onDidDelete])
      changed(({ fsPath }) => void runs.look(path.dirname(fsPath)));
    this.#disposables.push(watcher, locks);
  }
}

/** The view that shows a file. */
function viewOf(file: string): "models" | "masks" | "runs" {
  if (path.basename(file) === "run.json") return "runs";
  return isAdaptation(file, "adaptation") ? "masks" : "models";
}
