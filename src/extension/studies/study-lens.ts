// CodeLenses in a study.json: the actions for its study.

import path from "node:path";
import * as vscode from "vscode";
import { isTrusted } from "../ui/trust.ts";
import type { Studies } from "./studies.ts";

const SELECTOR: vscode.DocumentSelector = { scheme: "file", pattern: "**/study.json" };

export function registerStudyLens(studies: Studies): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const lenses = vscode.languages.registerCodeLensProvider(SELECTOR, {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: ({ uri }) => (isTrusted() ? lensesOf(uri, studies) : []),
  });
  return vscode.Disposable.from(
    ...[changed, lenses],
    studies.onNews(() => changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
  );
}

function lensesOf(uri: vscode.Uri, studies: Studies): vscode.CodeLens[] {
  const study = path.dirname(uri.fsPath);
  const top = new vscode.Range(0, 0, 0, 0);
  const lens = (title: string, command: string) =>
    new vscode.CodeLens(top, { title, command: `masklens.${command}`, arguments: [uri] });
  const live = studies.liveOf(study);
  return [
    ...(studies.isRunning(study)
      ? [
          ...(live?.where !== "here"
            ? []
            : live.paused
              ? [lens(vscode.l10n.t("$(debug-continue) Resume"), "resumeStudy")]
              : [lens(vscode.l10n.t("$(debug-pause) Pause"), "pauseStudy")]),
          lens(vscode.l10n.t("$(debug-stop) Stop"), "stopStudy"),
        ]
      : [lens(vscode.l10n.t("$(play) Run"), "runStudy"), lens(vscode.l10n.t("$(checklist) Check"), "checkStudy")]),
    lens(vscode.l10n.t("$(beaker) Open study"), "openStudy"),
    lens(vscode.l10n.t("$(table) Open run table"), "studyTable"),
  ];
}
