// Open Run Table, and Compare Runs…

import path from "node:path";
import * as vscode from "vscode";
import { folderOf } from "../runs/found.ts";
import { type Command, filesOf } from "../ui/command.ts";
import { pickOne } from "../ui/window.ts";
import { findStudies } from "./shown-runs.ts";
import type { TablePanels } from "./table-panel.ts";

/** Shows all runs of the workspace. */
export const runTableCommand =
  (tables: TablePanels): Command =>
  () =>
    tables.show(null);

/** Compares the given runs, or the runs of a study; without either, asks which study if there is one. */
export const compareRunsCommand =
  (tables: TablePanels): Command =>
  async (given, all) => {
    const files = filesOf(given, all);
    const study = files.find((file) => path.basename(file) === "study.json");
    if (study !== undefined) return tables.show(path.dirname(study));
    if (files.length)
      return tables.show(
        null,
        files.map((file) => folderOf(file)!),
      );
    const chosen = await pickScope();
    if (chosen !== undefined) tables.show(chosen.study);
  };

async function pickScope(): Promise<{ readonly study: string | null } | undefined> {
  const studies = await findStudies();
  if (!studies.length) return { study: null };
  const items = [
    { label: vscode.l10n.t("All runs of the workspace"), study: null },
    ...studies.map((study) => ({
      label: path.basename(study),
      description: vscode.l10n.t("study"),
      detail: vscode.workspace.asRelativePath(study),
      study,
    })),
  ];
  return pickOne(items, { title: vscode.l10n.t("Compare Runs"), matchOnDetail: true });
}
