// The entries that a command of the views works on.

import * as vscode from "vscode";
import type { Views } from "../runs/views.ts";
import type { Command, Given } from "../ui/command.ts";
import type { Entry } from "../ui/entry-view.ts";

/** An entry with a file. */
export type FileEntry = Entry & { readonly file: string };

const hasFile = (entry: Entry): entry is FileEntry => entry.file !== undefined;

/**
 * A command over the chosen entries with a file: those of a context menu, or for a key the focused entry and, if it is selected,
 * the other selected ones, as in the explorer. Does nothing without an entry.
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

/** Whether an entry is a run, whose file is its folder. */
export const isRun = ({ context }: Entry): boolean => context?.startsWith("run.") ?? false;
