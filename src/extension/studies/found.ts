// The studies of the workspace, and quick picks for commands that are called without one.

import path from "node:path";
import * as vscode from "vscode";
import { findStudies } from "../table/shown-runs.ts";
import { filesOf, type Given } from "../ui/command.ts";
import { Refusal } from "../ui/log.ts";
import { newStudy } from "../ui/remedies.ts";
import { pickOne } from "../ui/window.ts";

/** The folder of a study, given the folder or its study.json. */
export const studyOf = (file: string): string => (path.basename(file) === "study.json" ? path.dirname(file) : file);

/**
 * The study that a command is called with, or the one that the user picks among those that fit; without a choice, the
 * only one. undefined if the list was closed. Throws a Refusal if there is none.
 */
export async function chosenStudy(
  given: Given,
  fits: (folder: string) => boolean = () => true,
  none?: string,
): Promise<string | undefined> {
  const [file] = filesOf(given);
  if (file !== undefined) return studyOf(file);
  const found = (await findStudies()).filter(fits);
  if (!found.length)
    throw new Refusal(none ?? vscode.l10n.t("There are no studies in this workspace yet. Create one with New Study."), {
      remedies: [newStudy()],
    });
  if (found.length === 1) return found[0];
  const items = found.map((folder) => ({
    label: path.basename(folder),
    detail: vscode.workspace.asRelativePath(folder),
    folder,
  }));
  return (await pickOne(items, { title: vscode.l10n.t("Studies"), matchOnDetail: true }))?.folder;
}
