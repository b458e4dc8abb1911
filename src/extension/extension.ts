// The extension's entry point: wires its parts together. Nothing is computed until the user asks for it.

import * as vscode from "vscode";
import { entryCommands } from "./entries/commands.ts";
import { evaluateCommand } from "./evaluation/commands.ts";
import { EvaluationPanels } from "./evaluation/evaluation-panels.ts";
import { chooseAdaptations } from "./masks/chosen.ts";
import { compareCommands } from "./masks/compare.ts";
import { restoreDiffs } from "./masks/diff.ts";
import { diffCommand } from "./masks/diff-masks.ts";
import { dragMasks } from "./masks/drag.ts";
import { exportCommand } from "./masks/export.ts";
import { registerHeatmap } from "./masks/heatmap.ts";
import { importCommand } from "./masks/import.ts";
import { loadCommand } from "./masks/load.ts";
import { Loads } from "./masks/loads.ts";
import { openHeatmapCommand } from "./masks/open-heatmap.ts";
import { relateTasksCommand } from "./masks/references.ts";
import { MaskService } from "./masks/thread/mask-service.ts";
import { unloadCommand } from "./masks/unload.ts";
import { addModelFolderCommand } from "./models/add-model-folder.ts";
import { ComputeProcess } from "./models/compute.ts";
import { cudaCommands } from "./models/cuda.ts";
import { devicesCommand } from "./models/devices.ts";
import { downloadCommand } from "./models/download.ts";
import { openSampleCommand } from "./models/open-sample.ts";
import { anotherSeedCommand } from "./runs/another-seed.ts";
import { resumeCommand, startCommand } from "./runs/resume.ts";
import { registerRunLens } from "./runs/run-lens.ts";
import { RunPanels } from "./runs/run-panel.ts";
import { Runs } from "./runs/runs.ts";
import { showRunCommand } from "./runs/show-run.ts";
import { runOrder, sortRunsCommand } from "./runs/sort-runs.ts";
import { showStatus } from "./runs/status-bar.ts";
import { stopCommand } from "./runs/stop.ts";
import { trainCommand } from "./runs/train.ts";
import { Views } from "./runs/views.ts";
import { studyCommands } from "./studies/commands.ts";
import { Studies } from "./studies/studies.ts";
import { registerStudyLens } from "./studies/study-lens.ts";
import { StudyPanels } from "./studies/study-panel.ts";
import { StudiesView } from "./studies/view.ts";
import { compareRunsCommand, runTableCommand } from "./table/commands.ts";
import { TablePanels } from "./table/table-panel.ts";
import { newTaskCommand } from "./tasks/new-task.ts";
import { restoreTryPanel } from "./texts/try-panel.ts";
import { tryTextCommand } from "./texts/try-text.ts";
import type { Command } from "./ui/command.ts";
import { log, telling } from "./ui/log.ts";
import { openWalkthroughCommand, showDueWalkthrough } from "./ui/walkthrough.ts";

let runs: Runs | undefined;
let studies: Studies | undefined;
const processes: ComputeProcess[] = [];

export function activate(context: vscode.ExtensionContext): void {
  const training = new ComputeProcess(context, { background: true }); // the editor goes first
  const serving = new ComputeProcess(context);
  processes.push(training, serving);
  const live = new Runs(training);
  runs = live;
  const loads = new Loads(serving);
  const panels = new RunPanels(context, live);
  const tables = new TablePanels(context, live, panels);
  const evaluations = new EvaluationPanels(context, serving);
  const many = new Studies(context, live);
  studies = many;
  const pages = new StudyPanels(context, many, panels);
  let reader: MaskService | undefined;
  const service = () => {
    if (!reader || reader.ended) reader = new MaskService();
    return reader;
  };
  const views = new Views(live, loads, service, () => runOrder(context), dragMasks(context));
  const studiesView = new StudiesView(many);
  const choose = chooseAdaptations(views.masks);
  const commands: Readonly<Record<string, Command>> = {
    newTask: newTaskCommand,
    train: trainCommand(context, live, panels),
    resume: resumeCommand(live, panels),
    start: startCommand(live, panels),
    sortRuns: sortRunsCommand(context, () => void views.refreshRuns()),
    stop: stopCommand(live),
    showRun: showRunCommand(live, panels),
    runTable: runTableCommand(tables),
    compareRuns: compareRunsCommand(tables),
    load: loadCommand(loads, choose),
    unload: unloadCommand(loads),
    tryText: tryTextCommand(context, loads, choose),
    evaluate: evaluateCommand(evaluations, choose),
    diff: diffCommand(context, choose),
    ...compareCommands(context, choose),
    relateTasks: relateTasksCommand,
    openHeatmap: openHeatmapCommand(choose),
    export: exportCommand(serving, choose),
    importMask: importCommand(serving),
    addModelFolder: addModelFolderCommand(() => views.refreshModels()),
    download: downloadCommand(context),
    openSample: openSampleCommand(context),
    openWalkthrough: openWalkthroughCommand(context),
    devices: devicesCommand(context, processes),
    ...cudaCommands(context, processes),
    showLog: () => log.show(),
    refresh() {
      views.refresh();
      studiesView.refresh();
    },
    ...studyCommands(context, many, pages, tables),
    ...entryCommands(views, live, panels, loads),
    anotherSeed: anotherSeedCommand(live),
  };
  context.subscriptions.push(
    registerHeatmap(context, serving),
    registerRunLens(live, panels),
    registerStudyLens(many),
    ...[restoreDiffs(context), panels.restore(), tables.restore(), pages.restore(), evaluations.restore()],
    restoreTryPanel(context, loads),
    ...[views, studiesView, showStatus(context, live, loads, views.runs)],
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(`masklens.${name}`, telling(run))),
    vscode.workspace.onDidChangeWorkspaceFolders(() => showDueWalkthrough(context)),
    { dispose: () => reader?.dispose() },
  );
  void showDueWalkthrough(context);
}

/** Stops all runs and studies, each run after a checkpoint, so that they can be resumed. */
export async function deactivate(): Promise<void> {
  await studies?.stopAll();
  await runs?.stopAll();
  await Promise.all(processes.map((process) => process.close()));
}
