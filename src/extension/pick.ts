// Lists to pick masks and runs from, where a command was called without any.

import path from "node:path";
import * as vscode from "vscode";
import type { RunState } from "../messages.ts";
import { findAdaptations, findRuns, readHead } from "./found.ts";
import type { Loads } from "./loads.ts";
import { Refusal } from "./log.ts";
import type { Runs } from "./runs.ts";
import { stateWord } from "./views.ts";
import { pickOne, pickSeveral } from "./window.ts";

/** What a command takes: masks alone, or tuned files as well. */
export type Takes = "mask" | "adaptation";

export function isAdaptation(file: string, takes: Takes): boolean {
  return file.endsWith(".mask.safetensors") || (takes === "adaptation" && file.endsWith(".tuned.safetensors"));
}

/** Adaptations of the workspace, and those that are selected or open, which are ticked beforehand. */
export async function pickAdaptations(
  takes: Takes,
  selected: readonly string[],
  several: boolean,
): Promise<string[] | undefined> {
  const found = (await findAdaptations()).filter(({ file }) => isAdaptation(file, takes));
  // What is open may lie outside the workspace.
  const outside = selected.filter((file) => !found.some((one) => one.file === file));
  const all = [...found, ...(await Promise.all(outside.map(readHead)))];
  if (!all.length) throw new Refusal(vscode.l10n.t("There is no mask in this workspace yet; train one first."));
  const choices = all.map(({ file, metadata }) => ({
    label: path.basename(file),
    description: metadata?.task.name ?? "",
    detail: vscode.workspace.asRelativePath(file),
    picked: selected.includes(file),
    file,
  }));
  const options = { title: vscode.l10n.t("Masks"), matchOnDetail: true };
  if (several) {
    const chosen = await pickSeveral(choices, options);
    return chosen?.map(({ file }) => file);
  }
  choices.sort((a, b) => Number(b.picked) - Number(a.picked)); // what is selected or open stands first
  const chosen = await pickOne(choices, options);
  return chosen && [chosen.file];
}

/** Some of the loaded adaptations; where only one is, that one. */
export async function pickLoaded({ all }: Loads): Promise<string[] | undefined> {
  if (!all.length) throw new Refusal(vscode.l10n.t("Nothing is loaded; load a mask first."));
  if (all.length === 1) return [all[0]!.adaptation];
  const chosen = await pickSeveral(
    all.map(({ adaptation, task, base }) => ({
      ...{ label: path.basename(adaptation), description: `${task} · ${base}`, adaptation, picked: true },
    })),
    { title: vscode.l10n.t("Unload") },
  );
  return chosen?.map(({ adaptation }) => adaptation);
}

/** Some of the runs that train here; where only one does, that one. */
export async function pickRunning({ running }: Runs): Promise<readonly string[]> {
  if (running.length < 2) return running;
  const title = vscode.l10n.t("Stop at a checkpoint");
  const chosen = await pickSeveral(running.map(runItem), { title });
  return chosen?.map(({ folder }) => folder) ?? [];
}

/** One of the runs that stand so; an error where there is none. */
export async function pickRun(
  live: Runs,
  fits: (state: RunState) => boolean,
  none: string,
): Promise<string | undefined> {
  const folders = (await findRuns()).map(({ folder }) => folder);
  const states = await Promise.all(folders.map((folder) => live.outline(folder)));
  const choices = folders.flatMap((folder, i) => {
    const { state } = states[i]!;
    return fits(state) ? { ...runItem(folder), description: stateWord(state) } : [];
  });
  if (!choices.length) throw new Refusal(none);
  const title = vscode.l10n.t("Runs");
  const chosen = await pickOne(choices, { title, matchOnDetail: true });
  return chosen?.folder;
}

/** Runs of one name may lie in several folders of the workspace. */
const runItem = (folder: string) => ({
  label: path.basename(folder),
  detail: vscode.workspace.asRelativePath(folder),
  folder,
});
