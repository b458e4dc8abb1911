// The adaptations that a command applies to: those it is called with, or those the user picks.

import { readdir } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { filesOf, type Given } from "../ui/command.ts";
import type { Entry } from "../ui/entry-view.ts";
import { isAdaptation, type PickOptions, pickAdaptations, type Takes } from "./pick.ts";

/** Returns adaptation files, from the picker if the command was called with fewer than `least`; none if the user cancels. */
export type ChooseAdaptations = (
  given: Given,
  all: readonly Given[] | undefined,
  takes: Takes,
  options: PickOptions,
) => Promise<string[]>;

/** In the picker, masks that are selected in the view or open in the editor are preselected. */
export function chooseAdaptations(view: vscode.TreeView<Entry>): ChooseAdaptations {
  return async (given, all, takes, options) => {
    const files = (await Promise.all(filesOf(given, all).map(adaptationsOf)))
      .flat()
      .filter((file) => isAdaptation(file, takes));
    if (files.length >= (options.least ?? 1)) return files;
    const open = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    const selected = [
      ...files,
      ...view.selection.flatMap(({ file }) => file ?? []),
      ...(open instanceof vscode.TabInputCustom && open.uri.scheme === "file" ? [open.uri.fsPath] : []),
    ].filter((file) => isAdaptation(file, takes));
    return (await pickAdaptations(takes, selected, options)) ?? [];
  };
}

/** The adaptations at a path: the file itself if it is one, or those in a run's folder. */
export async function adaptationsOf(file: string): Promise<string[]> {
  if (isAdaptation(file, "adaptation")) return [file];
  const names = await readdir(file).catch(() => []); // not a folder
  return names.filter((name) => isAdaptation(name, "adaptation")).map((name) => path.join(file, name));
}
