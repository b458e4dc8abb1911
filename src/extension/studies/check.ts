// Check: looks for everything that would stop a study from being run, and says what it needs.

import path from "node:path";
import * as vscode from "vscode";
import { showInformation } from "../ui/window.ts";
import type { Studies } from "./studies.ts";
import { planText } from "./words.ts";

/** Throws a Refusal if any cell cannot be trained. */
export async function checkStudy(studies: Studies, study: string): Promise<void> {
  const planned = await studies.check(study);
  const text = planText(planned, studies.atOnceOf(study), false, false).replaceAll("\n", " ");
  const run = vscode.l10n.t("Run Study");
  const name = path.basename(study);
  const shown = vscode.l10n.t("{0}: all cells can be trained. {1}", name, text);
  void showInformation(shown, ...(planned.todo.length ? [run] : [])).then((chosen) => {
    if (chosen === run)
      void vscode.commands.executeCommand("masklens.runStudy", vscode.Uri.file(path.join(study, "study.json")));
  });
}
