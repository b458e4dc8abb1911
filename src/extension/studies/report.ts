// Write Report of Study: one HTML file and Markdown of what the finished cells show, beside study.json.

import path from "node:path";
import * as vscode from "vscode";
import { cancellable } from "../ui/log.ts";
import { toolOf } from "../ui/page.ts";
import { showInformation } from "../ui/window.ts";
import type { Studies } from "./studies.ts";

export async function reportStudy(context: vscode.ExtensionContext, studies: Studies, study: string): Promise<void> {
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const name = path.basename(study);
  const { html, markdown } = await cancellable(vscode.l10n.t("Writing the report of {0}", name), (signal) =>
    studies.report({ study, tool: toolOf(context), device }, signal),
  );
  const [browser, preview] = [vscode.l10n.t("Open in Browser"), vscode.l10n.t("Show Markdown")];
  const told = vscode.l10n.t("Wrote report.html and report.md of {0}.", name);
  const chosen = await showInformation(told, browser, preview);
  if (chosen === browser) await vscode.env.openExternal(vscode.Uri.file(html));
  if (chosen === preview) await vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.file(markdown));
}
