// A run's entry in the view: its name, state and metric; the tooltip contains all known details.

import * as vscode from "vscode";
import type { RunState } from "../../messages.ts";
import type { Outline } from "../../train/outline.ts";
import { visible } from "../../visible.ts";
import type { Entry } from "../ui/entry-view.ts";
import { dateText, percent, timeText, valueWithSign } from "../ui/words.ts";
import type { RunFacts } from "./facts.ts";
import { presetWords } from "./preset-words.ts";

/** The icon and the name of each state of a run. */
const STATES = {
  unstarted: { icon: "circle-outline", word: () => vscode.l10n.t("not started") },
  running: { icon: "sync~spin", word: () => vscode.l10n.t("running") },
  elsewhere: { icon: "sync", word: () => vscode.l10n.t("running in another process") },
  stopped: { icon: "debug-pause", word: () => vscode.l10n.t("stopped") },
  unfinished: { icon: "debug-disconnect", word: () => vscode.l10n.t("interrupted") },
  failed: { icon: "error", word: () => vscode.l10n.t("failed") },
  done: { icon: "check", word: () => vscode.l10n.t("done") },
};

export const stateWord = (state: RunState) => STATES[state].word();

/** A run with everything that its entry shows. */
export interface ShownRun extends RunFacts {
  readonly folder: string;
  readonly name: string;
  readonly state: RunState;
  readonly reason?: string;
  readonly outline: Outline;
  readonly best: number | undefined;
  readonly metric?: string | undefined;
}

export function runEntry(run: ShownRun): Entry {
  const { folder, name, state, outline, time, task, best } = run;
  const { step, steps, metric = "" } = outline;
  const isOver = state === "done" || state === "unstarted";
  const lives = state === "running" || state === "elsewhere"; // a step shown here would soon be out of date
  // What people compare comes first: a narrow sidebar cuts off the rest, and the icon shows the state.
  const parts = [
    best === undefined ? "" : scoreText(metric, best),
    stateWord(state),
    task === name ? "" : task,
    steps && !lives && !isOver ? vscode.l10n.t("step {0} of {1}", step, steps) : "",
    time === undefined || lives ? "" : dateText(time),
  ];
  return {
    label: name,
    description: parts.filter(Boolean).join(" · "),
    tooltip: tooltipOf(run),
    icon: STATES[state].icon,
    context: `run.${state}`,
    file: folder,
    command: { command: "masklens.showRun", title: vscode.l10n.t("Show run"), arguments: [{ file: folder }] },
  };
}

function tooltipOf({ folder, name, state, reason, outline, time, device, task, best, recipe }: ShownRun): string {
  const { metric = "", test } = outline;
  const scores = [
    best === undefined ? "" : validationText(metric, best),
    test === undefined ? "" : testText(metric, test),
  ].filter(Boolean);
  const lines = [
    `${name}: ${stateWord(state)}`,
    reason,
    task && vscode.l10n.t("Task: {0}", task),
    time !== undefined &&
      (outline.begun ? vscode.l10n.t("Started: {0}", timeText(time)) : vscode.l10n.t("Written: {0}", timeText(time))),
    device && vscode.l10n.t("Device: {0}", device),
    scores.length > 0 && vscode.l10n.t("Best step: {0}", scores.join(", ")),
    recipe && recipeText(recipe),
    folder,
  ];
  return lines.flatMap((line) => (line ? visible(line) : [])).join("\n");
}

const scoreText = (metric: string, value: number): string =>
  metric
    ? vscode.l10n.t("{0} validation {1}", valueWithSign(metric, value), metric)
    : vscode.l10n.t("{0} in validation", percent(value));

const validationText = (metric: string, value: number): string =>
  metric
    ? vscode.l10n.t("validation {0} {1}", metric, valueWithSign(metric, value))
    : vscode.l10n.t("validation {0}", percent(value));

const testText = (metric: string, value: number): string =>
  metric
    ? vscode.l10n.t("test {0} {1}", metric, valueWithSign(metric, value))
    : vscode.l10n.t("test {0}", percent(value));

/** The preset, and the options that differ from it. */
function recipeText({ preset, changes }: NonNullable<ShownRun["recipe"]>): string {
  const { label } = presetWords(preset);
  return changes.length
    ? vscode.l10n.t("Preset: {0}, but {1}", label, changes.join(", "))
    : vscode.l10n.t("Preset: {0}", label);
}
