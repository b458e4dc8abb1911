// The view of studies: each study with its cells.

import path from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import type { CellOverview, StudyLive, StudyOverview, TrainingCell } from "../../messages/study.ts";
import type { CellState } from "../../study/state.ts";
import { visible } from "../../visible.ts";
import { findStudies } from "../table/shown-runs.ts";
import { onChangedFiles } from "../ui/changed-files.ts";
import { type Entry, EntryView } from "../ui/entry-view.ts";
import { leadsOut } from "../ui/search.ts";
import { whenTrusted } from "../ui/trust.ts";
import { onFolderMoved } from "../ui/watch.ts";
import { valueWithSign } from "../ui/words.ts";
import type { Studies } from "./studies.ts";
import { spreadText } from "./words.ts";

/** The files of studies, and those whose changes show what other processes do. */
const WATCHED = "**/study.json";
const CHANGES = "**/{results.jsonl,run.json,lock}";
/** How often the steps of cells that train are shown, in milliseconds. */
const STEPS_EVERY = 2000;

export class StudiesView implements vscode.Disposable {
  readonly #studies: Studies;
  readonly #entries: EntryView;
  readonly #view: vscode.TreeView<Entry>;
  readonly #disposables: vscode.Disposable[] = [];
  #steps: NodeJS.Timeout | undefined;

  constructor(studies: Studies) {
    this.#studies = studies;
    this.#entries = new EntryView(() => studyEntries(studies), "masklens.studies.looked");
    this.#view = vscode.window.createTreeView("masklens.studies", {
      treeDataProvider: this.#entries,
      showCollapseAll: true,
    });
    this.#disposables.push(
      this.#view,
      whenTrusted(() => this.#watch()),
      studies.onNews(({ live }) => (live ? this.#stepsSoon() : this.#entries.refreshSoon())),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#entries.refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#entries.refresh()),
    );
  }

  refresh(): void {
    void this.#entries.refresh();
  }

  dispose(): void {
    clearTimeout(this.#steps);
    for (const one of this.#disposables) one.dispose();
  }

  #stepsSoon(): void {
    this.#steps ??= setTimeout(() => {
      this.#steps = undefined;
      void this.#entries.refresh();
    }, STEPS_EVERY);
  }

  #watch(): void {
    const refresh = () => this.#entries.refreshSoon();
    const files = onChangedFiles(WATCHED, (file) => this.#studies.changed(path.dirname(file)));
    const changes = onChangedFiles(CHANGES, (file) => {
      const study = studyAbove(file);
      if (study !== undefined) this.#studies.changed(study);
    });
    this.#disposables.push(files, changes, onFolderMoved(WATCHED, refresh));
  }
}

/** The study that a file of its own, or of one of its cells, belongs to; undefined for the file of another run. */
function studyAbove(file: string): string | undefined {
  const folder = path.dirname(file);
  if (path.basename(file) === "results.jsonl") return folder;
  const cells = path.dirname(folder);
  return path.basename(cells) === "cells" ? path.dirname(cells) : undefined;
}

async function studyEntries(studies: Studies): Promise<Entry[]> {
  return Promise.all((await findStudies()).map((study) => studyEntry(studies, study)));
}

async function studyEntry(studies: Studies, study: string): Promise<Entry> {
  const name = path.basename(study);
  const entry = { label: name, file: study };
  if (await leadsOut(path.join(study, "study.json")))
    return {
      ...{ ...entry, icon: "link-external", context: "damaged", tooltip: study },
      description: vscode.l10n.t("link to a folder outside the workspace; not read"),
    };
  const open = (id: string) => ({ command: id, title: vscode.l10n.t("Open"), arguments: [{ file: study }] });
  try {
    const overview = await studies.overview(study);
    const live = studies.liveOf(study);
    const state = !studies.isRunning(study) ? "idle" : !live ? "checking" : live.where === "slurm" ? "slurm" : "here";
    return {
      ...entry,
      description: summary(overview, live),
      tooltip: tooltipOf(overview),
      icon: state === "idle" ? "beaker" : live?.paused ? "debug-pause" : "sync~spin",
      context: `study.${state}${live?.paused ? ".paused" : ""}`,
      command: open("masklens.openStudy"),
      open: state !== "idle",
      children: () => inOrder(overview, live).map((cell) => cellEntry(cell, live)),
    };
  } catch (error) {
    const beginning = visible(study + path.sep); // a view is too narrow for the path; the tooltip shows it
    return {
      ...{ ...entry, description: messageOf(error).replace(beginning, ""), tooltip: messageOf(error), icon: "error" },
      ...{ context: "study.damaged", command: open("masklens.editStudy") },
    };
  }
}

/** Cells that are trained, then those that wait in the order in which they start, then the others. */
function inOrder({ cells }: StudyOverview, live: StudyLive | undefined): readonly CellOverview[] {
  if (!live) return cells;
  const first = [...live.running.map(({ cell }) => cell), ...live.waiting];
  const byNumber = new Map(cells.map((one) => [one.cell, one]));
  return [
    ...first.flatMap((number) => byNumber.get(number) ?? []),
    ...cells.filter(({ cell }) => !first.includes(cell)),
  ];
}

function summary({ cells }: StudyOverview, live: StudyLive | undefined): string {
  const count = (state: CellState) => cells.filter((cell) => cell.state === state).length;
  const [done, failed] = [count("done"), count("failed")];
  return [
    vscode.l10n.t("{0} of {1} done", done, cells.length),
    failed ? vscode.l10n.t("{0} failed", failed) : "",
    live?.stopping ? vscode.l10n.t("stopping") : live?.paused ? vscode.l10n.t("paused") : "",
    live?.running.length ? vscode.l10n.t("{0} training", live.running.length) : "",
    !live && count("running") ? vscode.l10n.t("{0} running in another process", count("running")) : "",
    !live && count("stopped") ? vscode.l10n.t("{0} stopped", count("stopped")) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The groups with at least one finished seed, a line each. */
function tooltipOf({ name, description, groups, folder }: StudyOverview): string {
  const lines = groups.flatMap(({ model, task, method, options, cells, metric, validation }) => {
    if (!validation) return [];
    const what = [model, task].map((file) => path.basename(file).replace(/\.task\.json$/, ""));
    const values = Object.entries(options).map(([option, value]) => `${option}=${value}`);
    return vscode.l10n.t(
      "{0}: validation {1} {2} ({3} of {4} seeds)",
      ...[
        [...what, method, ...values].join(", "),
        metric ?? "",
        spreadText(metric, validation),
        validation.n,
        cells.length,
      ],
    );
  });
  const shown = lines.slice(0, MOST_LINES);
  const left = lines.length - shown.length;
  return [
    name,
    description ?? "",
    ...shown,
    left > 0 ? vscode.l10n.t("and {0} more groups", left) : "",
    lines.length ? vscode.l10n.t("Mean ± sample standard deviation over seeds; it is not an interval.") : "",
    folder,
  ]
    .filter(Boolean)
    .join("\n");
}

/** The maximum number of groups in a tooltip. */
const MOST_LINES = 12;

const STATES: Readonly<Record<CellState | "next", { icon: string; word: () => string }>> = {
  waiting: { icon: "circle-outline", word: () => vscode.l10n.t("not started") },
  next: { icon: "watch", word: () => vscode.l10n.t("waiting") },
  running: { icon: "sync", word: () => vscode.l10n.t("running in another process") },
  stopped: { icon: "debug-pause", word: () => vscode.l10n.t("stopped") },
  failed: { icon: "error", word: () => vscode.l10n.t("failed") },
  done: { icon: "check", word: () => vscode.l10n.t("done") },
};

function cellEntry(cell: CellOverview, live: StudyLive | undefined): Entry {
  const training = live?.running.find((one) => one.cell === cell.cell);
  const waits = !training && live?.waiting.includes(cell.cell);
  const { icon, word } = STATES[waits ? "next" : cell.state];
  const state = training ? trainingText(training) : word();
  const value = cell.value === null ? "" : valueWithSign(cell.metric, cell.value);
  const { metric, interval, error, linked } = cell;
  const range =
    interval?.low === null || interval?.high === null || !interval
      ? ""
      : vscode.l10n.t(
          "95 % confidence interval {0} to {1}",
          valueWithSign(metric, interval.low),
          valueWithSign(metric, interval.high),
        );
  return {
    label: cell.name,
    description: [value, state, cell.text].filter(Boolean).join(" · "),
    tooltip: [
      `${cell.name}: ${state}`,
      cell.text,
      value && [vscode.l10n.t("validation {0} {1}", metric ?? "", value), range].filter(Boolean).join(", "),
      linked ? vscode.l10n.t("Linked to a run of another cell or study") : "",
      error ?? "",
      cell.run,
    ]
      .filter(Boolean)
      .join("\n"),
    icon: training ? "sync~spin" : icon,
    context: `cell.${training ? "training" : waits && live?.where === "here" ? "next" : cell.state}`,
    file: cell.run,
    ...((cell.state !== "waiting" || training) && {
      command: { command: "masklens.showRun", title: vscode.l10n.t("Show run"), arguments: [{ file: cell.run }] },
    }),
  };
}

function trainingText({ step, steps, transfer }: TrainingCell): string {
  if (transfer) return vscode.l10n.t("training, transfer step {0} of {1}", transfer.step, transfer.steps);
  return steps ? vscode.l10n.t("training, step {0} of {1}", step, steps) : vscode.l10n.t("training");
}
