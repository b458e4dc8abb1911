// Determines the view entries that a command applies to.

import * as vscode from "vscode";
import type { Views } from "../runs/views.ts";
import type { Command, Given } from "../ui/command.ts";
import type { Entry } from "../ui/entry-view.ts";

/** An entry with a file. */
export type FileEntry = Entry & { readonly file: string };

const hasFile = (entry: Entry): entry is FileEntry => entry.file !== undefined;

/**
 * A command that applies to the chosen entries that have a file. From a context menu, these are the entries that the menu was
 * opened on; from a keyboard shortcut, the focused entry and, if it is selected, the other selected entries, as in the explorer.
 * Does nothing if no entry has a file.
 */
export const overEntries =
  (views: Views, work: (entries: readonly FileEntry[]) => unknown): Command =>
  async (given, all) => {
    const entries = chosen(views, given, all).filter(hasFile);
    if (entries.length) await work(entries);
  };

function chosen(views: Views, given: Given, all: readonly Given[] | undefined): readonly Entry[] {
  const isEntry = (one: Given | null): one is Entry => !!one && !(one instanceof vscode.Uri);
  if (all?.length) return all.filter(isEntry);
  return isEntry(given) ? views.selectedWith(given) : [];
}

/** Whether an entry is a run. The `file` of a run's entry is the run's folder. */
export const isRun = ({ context }: Entry): boolean => context?.startsWith("run.") ?? false;
