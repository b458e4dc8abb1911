// Where VS Code enters: wires the parts of the extension together, and does nothing before it is asked.

import { cp } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { visible } from "../visible.ts";
import { DEVICES, type DeviceState, probe } from "../worker/devices.ts";
import { ComputeProcess } from "./compute.ts";
import { restoreDiffs, showDiff } from "./diff.ts";
import { addModelFolders, downloadCommand } from "./download.ts";
import { evaluateCommand } from "./evaluate.ts";
import { exportCommand } from "./export.ts";
import { registerHeatmap } from "./heatmap.ts";
import { Loads } from "./loads.ts";
import { log, Refusal, requireTrust, telling } from "./log.ts";
import { MaskService } from "./mask-service.ts";
import { modelsIn } from "./model-folders.ts";
import { newTask } from "./new-task.ts";
import { isAdaptation, pickAdaptations, pickLoaded, pickRun, pickRunning, type Takes } from "./pick.ts";
import { relateTasksCommand } from "./references.ts";
import { registerRunLens } from "./run-lens.ts";
import { RunPanels } from "./run-panel.ts";
import { Runs } from "./runs.ts";
import { trainMask } from "./train.ts";
import { whenTrusted } from "./trust.ts";
import { restoreTryPanel, showTryPanel } from "./try-panel.ts";
import { type Entry, EntryView, masks, modelsAndTasks, runEntries } from "./views.ts";
import { type Item, pickOne, progressing, StatusEntry } from "./window.ts";
import { adaptationNames, megabytes } from "./words.ts";

/** Files whose coming, going and changing the views show. */
const WATCHED =
  "**/{*.task.json,*.mask.safetensors,*.tuned.safetensors,run.json,model.safetensors,model.safetensors.index.json,pytorch_model.bin,pytorch_model.bin.index.json}";

let runs: Runs | undefined;
const processes: ComputeProcess[] = [];

/** What a command is called with: an entry of a view, a file of the explorer, or nothing. */
type Given = Entry | vscode.Uri | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const training = new ComputeProcess(context);
  const serving = new ComputeProcess(context);
  processes.push(training, serving);
  const live = new Runs(training);
  runs = live;
  const loads = new Loads(serving);
  const panels = new RunPanels(context, live);
  let reader: MaskService | undefined;
  const service = () => {
    if (!reader || reader.ended) reader = new MaskService();
    return reader;
  };

  // Views
  const views = {
    models: new EntryView(modelsAndTasks, "masklens.models.looked"),
    masks: new EntryView(() => masks(service, loads), "masklens.masks.looked"),
    runs: new EntryView(() => runEntries(live), "masklens.runs.looked"),
  };
  const maskView = vscode.window.createTreeView("masklens.masks", {
    treeDataProvider: views.masks,
    canSelectMany: true,
    showCollapseAll: true,
  });
  const runView = vscode.window.createTreeView("masklens.runs", { treeDataProvider: views.runs });
  const refreshAll = () => {
    for (const view of Object.values(views)) void view.refresh();
  };
  const refreshSoon = () => {
    for (const view of Object.values(views)) view.refreshSoon();
  };
  const watching = whenTrusted(() => {
    const watcher = vscode.workspace.createFileSystemWatcher(WATCHED);
    // One view alone: what is chosen from a menu of a view that is drawn anew at that moment is lost.
    for (const changed of [watcher.onDidCreate, watcher.onDidDelete, watcher.onDidChange])
      changed(({ fsPath }) => views[viewOf(fsPath)].refreshSoon());

    // A run that another process trains is known by its lock: that of the command line, or of this window before a reload.
    const locks = vscode.workspace.createFileSystemWatcher("**/lock", false, true);
    for (const changed of [locks.onDidCreate, locks.onDidDelete])
      changed(({ fsPath }) => void live.look(path.dirname(fsPath)));
    context.subscriptions.push(watcher, locks);
  });

  // Status bar: the run that is going on, and what is loaded.
  const status = new StatusEntry("masklens.status", "MaskLens");
  const totals = new Map<string, number>();
  /** How far the run is that made a step last. */
  let progress = "";
  const showStatus = () => {
    const running = live.running.length > 0;
    const loaded = loadedWords(loads);
    const text = running ? progress || vscode.l10n.t("training") : loaded;
    const command = running ? "masklens.runs.focus" : "masklens.tryText";
    status.show(running ? "sync~spin" : "layers", text, statusTooltip(live, loads), command);
    runView.badge = running ? { value: live.running.length, tooltip: vscode.l10n.t("Runs in training") } : undefined;
    void vscode.commands.executeCommand("setContext", "masklens.loaded", loads.all.length > 0);
  };
  live.onNews(({ folder, state, event }) => {
    if (event?.type === "start") totals.set(folder, event.steps);
    if (event?.type === "step") progress = `${path.basename(folder)} ${event.step}/${totals.get(folder)}`;
    if (state !== "running") progress = "";
    showStatus();
    if (event?.type === "step") return;
    if (event?.type === "evaluation") void views.runs.refresh(); // the best score so far
    if (!event || event.type === "done" || event.type === "start") refreshSoon();
    if (state !== "running") refreshSoon();
  });
  loads.onChange(() => {
    showStatus();
    void views.masks.refresh();
  });

  // Commands
  let toCompare: string | undefined;
  /** The files that a command is called with: of one entry, or of all that are selected together. */
  const filesOf = (given: Given, all?: readonly Given[]): string[] =>
    (all?.length ? all : [given]).flatMap((one) => (one instanceof vscode.Uri ? one.fsPath : (one?.file ?? [])));
  /** The same, asked for where the command was called without any; what is selected or open is chosen beforehand. */
  const someOf = async (given: Given, all: readonly Given[] | undefined, takes: Takes, several = true) => {
    const files = filesOf(given, all).filter((file) => isAdaptation(file, takes));
    if (files.length) return files;
    const open = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    const selected = [
      ...maskView.selection.flatMap(({ file }) => file ?? []),
      ...(open instanceof vscode.TabInputCustom && open.uri.scheme === "file" ? [open.uri.fsPath] : []),
    ].filter((file) => isAdaptation(file, takes));
    return (await pickAdaptations(takes, selected, several)) ?? [];
  };
  const commands: Record<string, (given: Given, all?: readonly Given[]) => Promise<unknown>> = {
    newTask: async (given) => newTask(given instanceof vscode.Uri ? given.fsPath : undefined),
    train: (given) => {
      const context_ = given instanceof vscode.Uri ? undefined : given?.context;
      const file = given ? filesOf(given)[0] : undefined;
      const chosen = !file
        ? {}
        : context_ === "model"
          ? { model: file }
          : file.endsWith(".task.json")
            ? { task: file }
            : {};
      return trainMask(context, live, chosen);
    },
    resume: async (given) => {
      requireTrust();
      const folder = given
        ? folderOf(filesOf(given)[0])
        : await pickRun(
            live,
            (state) => state === "stopped" || state === "unfinished" || state === "failed",
            vscode.l10n.t("There is no run in this workspace that waits to go on; train a mask first."),
          );
      if (!folder) return;
      panels.show(folder);
      await live.resume(folder);
    },
    stop: async (given) => {
      for (const folder of given ? [folderOf(filesOf(given)[0])!] : await pickRunning(live)) live.stop(folder);
    },
    showRun: async (given) => {
      const folder = given
        ? folderOf(filesOf(given)[0])
        : await pickRun(live, () => true, vscode.l10n.t("There is no run in this workspace yet; train a mask first."));
      if (folder) panels.show(folder);
    },
    load: async (given, all) => {
      requireTrust();
      const files = await someOf(given, all, "adaptation");
      if (files.length) await loads.load(files);
    },
    unload: async (given, all) => {
      const files = given ? filesOf(given, all) : await pickLoaded(loads);
      if (files?.length) await loads.unload(files);
    },
    tryText: async () => {
      requireTrust();
      if (!loads.all.length) {
        const files = await someOf(undefined, undefined, "adaptation");
        if (!files.length) return;
        await loads.load(files);
      }
      showTryPanel(context, loads);
    },
    evaluate: async (given, all) => {
      requireTrust();
      const files = await someOf(given, all, "adaptation");
      if (files.length) await evaluateCommand(serving, files);
    },
    diff: async (given, all) => {
      const files = await someOf(given, all, "mask");
      if (files.length >= 2) showDiff(context, files);
      else if (files.length) throw new Refusal(vscode.l10n.t("A diff takes two or more masks; select them together."));
    },
    selectForCompare: async (given) => {
      toCompare = filesOf(given)[0];
      await vscode.commands.executeCommand("setContext", "masklens.toCompare", toCompare !== undefined);
    },
    compareWithSelected: async (given) => {
      const [file] = filesOf(given);
      if (!file || !toCompare) return;
      if (file === toCompare)
        throw new Refusal(vscode.l10n.t("This mask is the selected one; choose another to compare."));
      showDiff(context, [toCompare, file]);
    },
    relateTasks: () => relateTasksCommand(),
    openHeatmap: async (given, all) => {
      const files = await someOf(given, all, "mask");
      const options = files.length > 1 ? { preview: false } : undefined; // a preview gives way to the next one
      for (const file of files) await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(file), options);
    },
    export: async (given) => {
      requireTrust();
      const [adaptation] = await someOf(given, undefined, "adaptation", false);
      if (adaptation) await exportCommand(serving, adaptation);
    },
    addModelFolder: async () => {
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
              "{0}: no model lies here; choose a folder with config.json and model.safetensors (or pytorch_model.bin), or one of such folders.",
              fsPath,
            ),
          );
      await addModelFolders(chosen.map(({ fsPath }) => fsPath));
      await views.models.refresh();
    },
    download: () => downloadCommand(context),
    openSample: async () => {
      const target = vscode.Uri.joinPath(context.globalStorageUri, "sample");
      // What was changed in it stays, what is missing comes again.
      await cp(path.join(context.extensionPath, "media", "sample"), target.fsPath, { recursive: true, force: false });
      const folders = vscode.workspace.workspaceFolders ?? [];
      if (folders.some(({ uri }) => uri.fsPath === target.fsPath))
        await vscode.commands.executeCommand("masklens.models.focus");
      else if (!folders.length) await vscode.commands.executeCommand("vscode.openFolder", target);
      else
        vscode.workspace.updateWorkspaceFolders(folders.length, 0, {
          uri: target,
          name: vscode.l10n.t("MaskLens sample"),
        });
    },
    devices: async () => {
      requireTrust();
      const states = await progressing({ title: vscode.l10n.t("Trying the devices"), where: "notification" }, () =>
        Promise.all(DEVICES.map((device) => probe(device, () => new ComputeProcess(context).client))),
      );
      const items = states.map((state) => ({ ...state, ...deviceLine(state) }));
      const placeholder = vscode.l10n.t("Choose a device that works to compute on it from now on");
      const chosen = await pickOne(items, { title: vscode.l10n.t("Devices"), placeholder });
      if (!chosen?.works) return;
      const settings = vscode.workspace.getConfiguration("masklens");
      const { Global, Workspace } = vscode.ConfigurationTarget;
      const overridden = settings.inspect("device")?.workspaceValue !== undefined;
      await settings.update("device", chosen.device, overridden ? Workspace : Global);
    },
    showLog: async () => log.show(),
    refresh: async () => refreshAll(),
  };
  context.subscriptions.push(
    registerHeatmap(context),
    registerRunLens(live),
    ...[restoreDiffs(context), panels.restore(), restoreTryPanel(context, loads)],
    vscode.window.registerTreeDataProvider("masklens.models", views.models),
    ...[maskView, runView, watching, status],
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(`masklens.${name}`, telling(run))),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("masklens") && refreshAll()),
    vscode.workspace.onDidChangeWorkspaceFolders(refreshAll),
    vscode.workspace.onDidGrantWorkspaceTrust(refreshAll),
    { dispose: () => reader?.dispose() },
  );
}

/** Runs end at a checkpoint, from which they can be resumed. */
export async function deactivate(): Promise<void> {
  await runs?.stopAll();
  await Promise.all(processes.map((process) => process.close()));
}

/** So many masks are named in the status bar; the rest are counted. */
const NAMED = 3;

/** The tasks of what is loaded; masks of one task by their own names. */
function loadedWords({ all }: Loads): string {
  const own = adaptationNames(all.map(({ adaptation }) => adaptation));
  const names = all.map(({ task }, i) => (all.filter((other) => other.task === task).length > 1 ? own[i]! : task));
  const more = names.length > NAMED ? [vscode.l10n.t("{0} more", names.length - NAMED)] : [];
  return [...names.slice(0, NAMED), ...more].join(", ");
}

/** Device, runs, and what is loaded over which base model. */
function statusTooltip(live: Runs, loads: Loads): string {
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const lines = [vscode.l10n.t("MaskLens on device {0}", device)];
  for (const folder of live.running) lines.push(visible(vscode.l10n.t("Training {0}", path.basename(folder))));
  for (const folder of new Set(loads.all.map((one) => one.folder))) {
    const over = loads.all.filter((one) => one.folder === folder);
    lines.push(visible(vscode.l10n.t("Loaded over {0} ({1}):", over[0]!.base, megabytes(over[0]!.baseBytes))));
    lines.push(
      over
        .map(({ adaptation, task, bytes }) => visible(`- ${task}: ${path.basename(adaptation)}, ${megabytes(bytes)}`))
        .join("\n"),
    );
  }
  return lines.join("\n");
}

/** The view that shows a file. */
function viewOf(file: string): "models" | "masks" | "runs" {
  if (path.basename(file) === "run.json") return "runs";
  return isAdaptation(file, "adaptation") ? "masks" : "models";
}

/** A run's folder from itself or from its run.json. */
function folderOf(file: string | undefined): string | undefined {
  return file?.endsWith("run.json") ? path.dirname(file) : file;
}

function deviceLine({ device, works, reason, details }: DeviceState): Item {
  if (works) return { icon: "check", label: device, description: vscode.l10n.t("works") };
  log.info(`${device}: ${details}`);
  return { icon: "circle-slash", label: device, description: vscode.l10n.t("does not work here"), detail: reason! };
}
