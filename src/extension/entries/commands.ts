// The commands that the views share. They apply to entries that have a file.

import type { Loads } from "../masks/loads.ts";
import type { RunPanels } from "../runs/run-panel.ts";
import type { Runs } from "../runs/runs.ts";
import type { Views } from "../runs/views.ts";
import type { Command } from "../ui/command.ts";
import { reveal } from "../ui/reveal.ts";
import { type FileEntry, overEntries } from "./chosen.ts";
import { copyPaths } from "./copy-path.ts";
import { showMaskOf, showRunOf } from "./counterpart.ts";
import { deleteEntries } from "./delete.ts";
import { findIn } from "./find.ts";
import { openEntries, openRunJson, openToSide } from "./open.ts";
import { renameEntry } from "./rename.ts";

export function entryCommands(views: Views, runs: Runs, panels: RunPanels, loads: Loads): Record<string, Command> {
  const over = (work: (entries: readonly FileEntry[]) => unknown) => overEntries(views, work);
  const overOne = (work: (entry: FileEntry) => unknown) => over(([entry]) => work(entry!));
  return {
    open: over(openEntries),
    openToSide: over((entries) => openToSide(entries, panels)),
    openRunJson: over(openRunJson),
    reveal: overOne(({ file }) => reveal(file)),
    copyPath: over(copyPaths),
    delete: over((entries) => deleteEntries(entries, runs, loads)),
    rename: overOne((entry) => renameEntry(entry, runs, loads, views)),
    showRunOfMask: overOne((entry) => showRunOf(entry, views)),
    showMaskOfRun: overOne((entry) => showMaskOf(entry, views)),
    findModels: () => findIn("models"),
    findMasks: () => findIn("masks"),
    findRuns: () => findIn("runs"),
  };
}
