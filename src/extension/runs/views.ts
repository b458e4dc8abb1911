// The three tree views, updated when files, runs or loaded masks change.

import path from "node:path";
import * as vscode from "vscode";
import type { Loads } from "../masks/loads.ts";
import { isAdaptation } from "../masks/pick.ts";
import type { MaskService } from "../masks/thread/mask-service.ts";
import { masks } from "../masks/view.ts";
import { modelsAndTasks } from "../tasks/view.ts";
import { onChangedFiles } from "../ui/changed-files.ts";
import { type Entry, EntryView } from "../ui/entry-view.ts";
import { whenTrusted } from "../ui/trust.ts";
import { onFolderMoved } from "../ui/watch.ts";
import type { RunOrder } from "./order.ts";
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
  readonly models: vscode.TreeView<Entry>;

  constructor(
    runs: Runs,
    loads: Loads,
    service: () => MaskService,
    order: () => RunOrder,
    drags: vscode.TreeDragAndDropController<Entry>,
  ) {
    this.#views = {
      models: new EntryView(modelsAndTasks, "masklens.models.looked"),
      masks: new EntryView(() => masks(service, loads), "masklens.masks.looked"),
      runs: new EntryView(() => runEntries(runs, order()), "masklens.runs.looked"),
    };
    const show = (name: "masks" | "runs" | "models", options: Partial<vscode.TreeViewOptions<Entry>> = {}) =>
      vscode.window.createTreeView(`masklens.${name}`, {
        ...{ treeDataProvider: this.#views[name], canSelectMany: true, ...options },
      });
    this.masks = show("masks", { showCollapseAll: true, dragAndDropController: drags });
    this.runs = show("runs");
    this.models = show("models");
    const refresh = () => this.refresh();
    this.#disposables.push(
      ...[this.masks, this.runs, this.models],
      whenTrusted(() => this.#watch(runs)),
      vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("masklens") && refresh()),
      vscode.workspace.onDidChangeWorkspaceFolders(refresh),
      vscode.workspace.onDidGrantWorkspaceTrust(refresh),
    );
    runs.onNews(({ state, event }) => {
      if (event?.type === "step" || event?.type === "transfer") return;
      if (event?.type === "evaluation") void this.#views.runs.refresh(); // shows the best metric so far
      if (!event || event.type === "done" || event.type === "start") this.#refreshSoon();
      if (state !== "running") this.#refreshSoon();
    });
    loads.onChange(() => void this.#views.masks.refresh());
  }

  refresh(): void {
    for (const view of Object.values(this.#views)) void view.refresh();
  }

  refreshRuns(): Promise<void> {
    return this.#views.runs.refresh();
  }

  /** The entries that are selected together with `entry`; `entry` alone if it is not selected. */
  selectedWith(entry: Entry): readonly Entry[] {
    const views = [this.masks, this.runs, this.models];
    return views.find(({ selection }) => selection.includes(entry))?.selection ?? [entry];
  }

  /** Selects a file's entry in its view; false if the view has no such entry. */
  async reveal(view: "masks" | "runs", file: string): Promise<boolean> {
    const entry = await this.#views[view].entryOf(file);
    if (entry) await this[view].reveal(entry, { select: true, focus: true });
    return entry !== undefined;
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
    // Refresh only one view: if a view is redrawn while its context menu is open, the user's choice is lost.
    const files = onChangedFiles(WATCHED, (file) => this.#views[viewOf(file)].refreshSoon());

    const folders = onFolderMoved(WATCHED, () => this.#refreshSoon());

    // A lock shows that another process is training a run: the command line, or this window before a reload.
    const locks = onChangedFiles("**/lock", (file) => void runs.look(path.dirname(file)));
    this.#disposables.push(files, folders, locks);
  }
}

/** The view that shows a file. */
function viewOf(file: string): "models" | "masks" | "runs" {
  if (path.basename(file) === "run.json") return "runs";
  return isAdaptation(file, "adaptation") ? "masks" : "models";
}
