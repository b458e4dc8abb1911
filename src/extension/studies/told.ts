// Says how a study ended.

import path from "node:path";
import * as vscode from "vscode";
import { showError, showInformation } from "../ui/window.ts";
import type { StudyEnd } from "./thread/requests.ts";
import { countText } from "./words.ts";

/** Says nothing about a study that the user stopped. Do not await this: the message may stay open for hours. */
export async function told(study: string, { failed, left }: StudyEnd, stopped: boolean): Promise<void> {
  const name = path.basename(study);
  const [table, page] = [vscode.l10n.t("Open Run Table"), vscode.l10n.t("Open Study")];
  if (stopped) return;
  const chosen = failed.length
    ? await showError(
        vscode.l10n.t(
          "{0}: {1} failed. The study's page says why; run the study again to retry.",
          name,
          countText(failed.length),
        ),
        page,
      )
    : left.length
      ? await showInformation(
          vscode.l10n.t("{0}: {1} not finished. Run the study again to resume.", name, countText(left.length)),
          page,
        )
      : await showInformation(vscode.l10n.t("{0}: all cells are finished.", name), table, page);
  const file = vscode.Uri.file(path.join(study, "study.json"));
  if (chosen === table) await vscode.commands.executeCommand("masklens.compareRuns", file);
  if (chosen === page) await vscode.commands.executeCommand("masklens.openStudy", file);
}
